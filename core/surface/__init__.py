"""The surface of a mesh: its texels, seams, and windows laid upon it."""
