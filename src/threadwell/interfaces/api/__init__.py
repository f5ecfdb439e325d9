"""API: the desk for programs, under /api/v1."""
