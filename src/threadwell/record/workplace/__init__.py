"""Workplace: workspaces, the people who work in them, their teams and what they may do."""
