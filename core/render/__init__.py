"""What a renderer knows beside its picture: passes, mattes, motion."""
