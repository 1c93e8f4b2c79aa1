"""Numbers that say how good a result is: seams, painted share, strokes, style, what the unwrap changes."""
