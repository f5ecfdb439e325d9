"""Template tags of the agents' desk."""
