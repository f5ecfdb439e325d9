"""Fuzzing: what nobody would write on purpose, for a fixed time; what was found stays as a case."""
