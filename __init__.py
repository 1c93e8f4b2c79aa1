"""Neural Style Transfer for Blender: the extension's entry points.

Blender imports this package as ``bl_ext.<repository>.neural_style_transfer``. The
add-on itself is imported only when Blender registers it, so that the engine's
process and the shell can use ``core`` where there is no ``bpy``.
"""

from __future__ import annotations


def register() -> None:
    """Called by Blender when the extension is enabled."""
    from . import blender_nst

    blender_nst.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    from . import blender_nst

    blender_nst.unregister()
