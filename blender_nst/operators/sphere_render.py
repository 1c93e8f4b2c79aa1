"""Operators of renders and animations that look like painted spheres."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from .. import shot
from ..host.window_film import WindowFilm
from ..host.window_render import WindowRender, start_render
from ..readiness import sphere_animation_problem, sphere_render_problem
from ..runs import Condition, Target
from ..sphere_render import CHANGES, SpherePlan, render_planned
from ..sphere_result import prepare_shot, prepare_still
from .rendering import RendersFirst


class NST_OT_sphere_render(RendersFirst, bpy.types.Operator):
    """Render this frame once and paint it with what the spheres have where they face the same way"""

    bl_idname = "nst.sphere_render"
    bl_label = "Stylize Render"

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """Why it cannot begin."""
        return sphere_render_problem(context)

    @staticmethod
    def plan(scene: Any, folder: Path) -> tuple[str, SpherePlan, Target]:
        """Of the present frame."""
        return f"{scene.name}, frame {scene.frame_current}", *prepare_still(scene, folder)

    @staticmethod
    def render(scene: Any, planned: SpherePlan) -> None:
        """The frame."""
        render_planned(scene, planned)

    @staticmethod
    def rendering(scene: Any, planned: SpherePlan) -> Condition | None:
        """As F12 does."""
        layer, path = scene.view_layers[planned.layer], Path(planned.job.guides)
        return WindowRender(scene, layer, planned.passes, path, start_render, CHANGES)


class NST_OT_sphere_animation(RendersFirst, bpy.types.Operator):
    """Render the scene's frames and paint them as the spheres are, so that strokes stick to things"""

    bl_idname = "nst.sphere_animation"
    bl_label = "Stylize Animation"

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """Why it cannot begin."""
        return sphere_animation_problem(context)

    @staticmethod
    def plan(scene: Any, folder: Path) -> tuple[str, SpherePlan, Target]:
        """Of the scene's frames."""
        return shot.title_of(scene), *prepare_shot(scene, folder)

    @staticmethod
    def render(scene: Any, planned: SpherePlan) -> None:
        """All frames that are not there."""
        render_planned(scene, planned)

    @staticmethod
    def rendering(scene: Any, planned: SpherePlan) -> Condition | None:
        """As Ctrl F12 does."""
        if planned.film is None:
            return None
        layer = scene.view_layers[planned.layer]
        return WindowFilm(scene, layer, planned.passes, planned.film, planned.numbers)


CLASSES = (NST_OT_sphere_render, NST_OT_sphere_animation)
