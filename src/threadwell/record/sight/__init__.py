"""Sight: what stands behind a wall inside the workspace, and who may look there."""
