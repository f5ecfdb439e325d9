"""Routing: the rules that say who gets what, and what was decided by them."""
