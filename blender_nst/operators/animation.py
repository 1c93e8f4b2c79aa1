"""The operator of stylized animations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..animation import FilmPlan, render_planned
from ..host.window_film import WindowFilm
from ..readiness import animation_problem
from ..runs import Condition, Target
from ..shot import prepare, shot_from_scene, title_of
from .rendering import RendersFirst


class NST_OT_stylize_animation(RendersFirst, bpy.types.Operator):
    """Render the scene's frames and paint them so that strokes stick to things; goes on where it stopped"""

    bl_idname = "nst.stylize_animation"
    bl_label = "Stylize Animation"

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """As the panel says it."""
        return animation_problem(context)

    @staticmethod
    def plan(scene: Any, folder: Path) -> tuple[str, FilmPlan, Target]:
        """Of the scene's frames."""
        return title_of(scene), *prepare(scene, shot_from_scene(scene), folder)

    @staticmethod
    def render(scene: Any, planned: FilmPlan) -> None:
        """All frames that are not there."""
        render_planned(scene, planned)

    @staticmethod
    def rendering(scene: Any, planned: FilmPlan) -> Condition | None:
        """As Ctrl F12 does."""
        if planned.film is None:
            return None
        layer = scene.view_layers[planned.layer]
        return WindowFilm(scene, layer, planned.passes, planned.film, planned.numbers)


CLASSES = (NST_OT_stylize_animation,)
