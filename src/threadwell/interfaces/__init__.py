"""Interfaces: how the world comes in and sees what we hold."""
