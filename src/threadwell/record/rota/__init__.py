"""Rota: who is there, for how much work, with which skills, and whose turn it is."""
