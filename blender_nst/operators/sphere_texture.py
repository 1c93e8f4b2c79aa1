"""Operators of textures that look like a painted sphere: paint them, and again once that is painted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..readiness import engine_problem, engine_python, painted_objects, sphere_texture_problem
from ..runs import Run
from ..session import get_session
from ..sphere_files import sphere_source
from ..sphere_refresh import outdated
from ..sphere_texture import SphereTextureOptions, options_from_scene, prepare
from ..texture import title_of
from .running import StartsJob, finish, prepared, start


class NST_OT_sphere_texture(StartsJob, bpy.types.Operator):
    """Paint the textures of the selected meshes with what the sphere has where it faces the same way"""

    bl_idname = "nst.sphere_texture"
    bl_label = "Paint Texture"

    problem = staticmethod(sphere_texture_problem)

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run of the panel's settings."""
        options = options_from_scene(context.scene)
        if self.size:
            options = replace(options, size=self.size)
        sphere = context.scene.nst_sphere.active_sphere
        return _prepared(self, context, painted_objects(context), sphere, options)


class NST_OT_sphere_refresh(bpy.types.Operator):
    """Paint textures again that were made of spheres which have been painted on since"""

    bl_idname = "nst.sphere_refresh"
    bl_label = "Refresh"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only with an engine."""
        problem = engine_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: start the jobs and return."""
        return self._each(context, start)

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until all textures are painted again."""
        return self._each(context, finish)

    def _each(self, context: Any, do: Any) -> set[str]:
        found = outdated(context.scene)
        if not found:
            self.report({"INFO"}, "All textures are as their spheres are painted")
            return {"CANCELLED"}
        done = [
            do(self, _prepared(self, context, each.objects, each.sphere, each.options, again=True))
            for each in found
        ]
        return {"FINISHED"} if {"FINISHED"} in done else {"CANCELLED"}


def _prepared(
    operator: Any,
    context: Any,
    objects: Sequence[Any],
    sphere: Any,
    options: SphereTextureOptions,
    again: bool = False,
) -> Run | None:
    """The run that paints a sphere onto objects; None, with the reason reported, if it cannot."""

    def make(folder: Path) -> Run:
        python = engine_python(context)
        source = sphere_source(sphere, folder)
        depsgraph = context.evaluated_depsgraph_get()
        job, target = prepare(objects, source, options, folder, depsgraph, again=again)
        return Run(title_of(objects), job, folder, python, target)

    get_session().live.hide()
    return prepared(operator, make)


CLASSES = (NST_OT_sphere_texture, NST_OT_sphere_refresh)
