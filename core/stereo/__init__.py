"""Pictures for two eyes: painted so that both see the same strokes on the same things."""
