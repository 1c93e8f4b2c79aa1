"""Numbers that say how good a result is: seams, strokes, style, what the unwrap changes."""
