"""Cut: what joining, moving and splitting do to what belongs where."""
