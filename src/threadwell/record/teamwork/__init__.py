"""Teamwork: how agents work together: hand-overs, followers, reactions."""
