"""What Blender is in the middle of, so that nothing in the file may change under it."""

from __future__ import annotations

from collections.abc import Set

import bpy

_JOBS = {"RENDER": "the render", "OBJECT_BAKE": "the bake"}  # these read materials from threads of their own


def occupation() -> str:
    """A render, a bake or an operator that the artist has in hand, as a sentence names it; empty for none."""
    for job, name in _JOBS.items():
        if bpy.app.is_job_running(job):
            return name
    for window in bpy.context.window_manager.windows:
        for operator in window.modal_operators:
            if in_hand(operator.bl_options):
                return f"'{operator.name}'"
    return ""


def in_hand(options: Set[str]) -> bool:
    """Whether a modal operator with these ``bl_options`` is in the middle of one change of the file.

    Brush strokes and transforms hold the cursor, or push an undo step of their own when they end; a step of
    another's in between would hold half of their work. Those that run in the background, as add-ons' timers
    and playback do, do neither, for they would keep the cursor, or their step, for ever.
    """
    return not options.isdisjoint({"BLOCKING", "UNDO", "UNDO_GROUPED"})
