"""Tests of the API, as programs meet it."""
