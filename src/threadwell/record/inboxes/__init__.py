"""Inboxes: the addresses customers write to, what arrived at them, and how healthy they are."""
