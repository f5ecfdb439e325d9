"""Flow: what happens, in which order; knows no HTTP."""
