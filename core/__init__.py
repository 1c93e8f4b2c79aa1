"""The engine of Neural Style Transfer: torch and numpy, never bpy.

Importing this package imports nothing heavy, so that Blender can reach
``core.protocol`` without torch.
"""

__version__ = "0.1.0"
