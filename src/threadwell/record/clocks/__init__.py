"""Clocks: by when we owe an answer, what was agreed about it, and what happens when we are late."""
