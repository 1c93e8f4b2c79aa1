"""Panels, one file per feature; thin."""
