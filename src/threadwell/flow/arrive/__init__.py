"""Arrive: capture, identify, thread."""
