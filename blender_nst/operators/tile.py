"""Operator of the tileable texture feature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..readiness import engine_python, tile_problem
from ..runs import Run
from ..tile import options_from_scene, prepare
from .running import finish, prepared, start


class NST_OT_make_tile(bpy.types.Operator):
    """Make a material of a texture that looks like the exemplar and repeats without a seam"""

    bl_idname = "nst.make_tile"
    bl_label = "Make Material"

    size: bpy.props.IntProperty(
        name="Size",
        description="Pixels; 0 takes the size from the panel",
        min=0,
        default=0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = tile_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: start the job and return; the session's timer takes it from there."""
        return start(self, self._prepared(context))

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until the material is there."""
        return finish(self, self._prepared(context))

    def _prepared(self, context: Any) -> Run | None:
        def make(folder: Path) -> Run:
            options = options_from_scene(context.scene)
            if self.size:
                options = replace(options, size=self.size)
            python = engine_python(context)
            job, target = prepare(context.active_object, options, folder)
            return Run(Path(options.exemplar).stem, job, folder, python, target)

        return prepared(self, make)


CLASSES = (NST_OT_make_tile,)
