"""Making the shell command known to Blender."""

from __future__ import annotations

from typing import Any

import bpy

from .run import run_in_blender


class _Holder:
    """Blender's handle of the command, needed to take it back."""

    handle: Any = None


def register() -> None:
    """Offer ``blender --command nst``."""
    _Holder.handle = bpy.utils.register_cli_command("nst", run_in_blender)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_cli_command(_Holder.handle)
    _Holder.handle = None
