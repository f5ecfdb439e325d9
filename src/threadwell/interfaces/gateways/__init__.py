"""Gateways: where mail comes in."""
