"""An artist's sessions in a real Blender window. ``drive.py`` starts them."""
