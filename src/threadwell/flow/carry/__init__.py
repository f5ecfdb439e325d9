"""Carry: rooms that bring tables of records in and out."""
