"""The option that stylizes what Blender renders by itself, in the panel of stylized renders."""

from __future__ import annotations

from typing import Any

from ...core.protocol import JobError
from ..readiness import automatic_problem, render_problem
from ..session import get_session
from .texture import draw_problem


def draw_automatic(layout: Any, context: Any) -> None:
    """Its box to tick and, where it is on, what it does or what is missing for it."""
    scene = context.scene
    column = layout.column()
    column.prop(scene.nst.render, "automatic", text="Stylize Every Render (F12, Ctrl F12)")
    if not scene.nst.render.automatic:
        return
    get_session().wake()  # it may have been appended
    problem, of_button = automatic_problem(context, scene), render_problem(context)
    if problem is not None:
        if of_button is None or problem.code != of_button.code:  # which is said above
            draw_problem(column, context, problem)
        return
    problem = automatic_problem(context, scene, moving=True)
    if problem is not None:
        message = f"F12 is stylized, Ctrl F12 is not: {problem.message}"
        draw_problem(column, context, JobError(problem.code, message, problem.remedy))
