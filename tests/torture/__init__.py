"""Torture: the product's own processes, killed and starved in the middle of their work."""
