"""Tests of the commitments family."""
