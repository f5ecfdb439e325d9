"""Web: the agents' desk in a browser."""
