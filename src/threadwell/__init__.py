"""Threadwell remembers every conversation with a customer, on one timeline."""

__version__ = "0.1.0.dev0"
