"""Migrations of this noun family."""
