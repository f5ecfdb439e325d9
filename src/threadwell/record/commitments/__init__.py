"""Commitments: what is to be done, what was promised and decided, what was said on the phone and on site."""
