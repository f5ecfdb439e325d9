"""Tests: mirrors of src, tables and samples."""
