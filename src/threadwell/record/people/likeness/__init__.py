"""Likeness: are two records one person, or one organisation? Pure functions over values."""
