"""Decide: who gets it, how urgent it is."""
