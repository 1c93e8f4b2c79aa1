"""Operator of the tileable texture feature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..readiness import engine_python, tile_problem
from ..runs import Run
from ..tile import options_from_scene, prepare
from .running import StartsJob, prepared


class NST_OT_make_tile(StartsJob, bpy.types.Operator):
    """Make a material of a texture that looks like the exemplar and repeats without a seam"""

    bl_idname = "nst.make_tile"
    bl_label = "Make Material"

    problem = staticmethod(tile_problem)

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run of the panel's settings."""

        def make(folder: Path) -> Run:
            options = options_from_scene(context.scene)
            if self.size:
                options = replace(options, size=self.size)
            python = engine_python(context)
            job, target = prepare(context.active_object, options, folder)
            return Run(Path(options.exemplar).stem, job, folder, python, target)

        return prepared(self, make)


CLASSES = (NST_OT_make_tile,)
