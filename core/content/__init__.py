"""Content: what is kept of the picture that is painted over, and smoothness."""
