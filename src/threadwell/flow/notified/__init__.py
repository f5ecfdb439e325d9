"""Notified: when a notice goes outside, and how it gets there."""
