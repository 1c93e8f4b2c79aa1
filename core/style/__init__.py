"""Style: what is measured of a painting, and how far a canvas is from it."""
