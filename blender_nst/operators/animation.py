"""The operator of stylized animations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..animation import FilmPlan, render_planned
from ..host.window_film import WindowFilm
from ..readiness import animation_problem, engine_python
from ..runs import Run
from ..session import get_session
from ..shot import prepare, shot_from_scene, title_of
from .running import finish, prepared, start


class NST_OT_stylize_animation(bpy.types.Operator):
    """Render the scene's frames and paint them so that strokes stick to things; goes on where it stopped"""

    bl_idname = "nst.stylize_animation"
    bl_label = "Stylize Animation"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = animation_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: let Blender render as Ctrl F12 does, and the engine paint after that."""
        plans: list[FilmPlan] = []
        run = self._prepared(context, plans.append)

        def begin(run: Run) -> None:
            (planned,) = plans
            session, scene = get_session(), context.scene
            if planned.film is None:
                session.submit(run)
                return
            layer = scene.view_layers[planned.layer]
            film = WindowFilm(scene, layer, planned.passes, planned.film, planned.numbers)
            session.submit_when(run, film)

        return start(self, run, begin)

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until all frames are there."""
        return finish(self, self._prepared(context, lambda planned: render_planned(context.scene, planned)))

    def _prepared(self, context: Any, use: Callable[[FilmPlan], None]) -> Run | None:
        """The run; ``use`` is called with its plan and may raise JobError."""

        def make(folder: Path) -> Run:
            scene = context.scene
            options, python = shot_from_scene(scene), engine_python(context)
            planned, target = prepare(scene, options, folder)
            use(planned)
            return Run(title_of(scene), planned.job, folder, python, target)

        get_session().live.hide()
        return prepared(self, make)


CLASSES = (NST_OT_stylize_animation,)
