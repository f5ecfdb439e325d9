"""Tests of threadwell.config."""
