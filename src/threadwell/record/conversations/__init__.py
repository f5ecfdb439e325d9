"""Conversations: what was said, in which thread, and what became of it."""
