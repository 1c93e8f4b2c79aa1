"""Operators, one file per feature."""
