"""Commands that start, stop and check the product itself; those of the trade are in interfaces/commands."""
