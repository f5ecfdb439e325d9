"""Rooms of what time brings about: stories, what was agreed, ladders."""
