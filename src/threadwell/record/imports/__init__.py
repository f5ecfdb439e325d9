"""Imports: tables of records that are taken in, what they made and changed, and what was refused."""
