"""Notices: what the product tells an agent, until they have seen it."""
