"""What operators of jobs have in common: prepare a run, start it, or wait for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..runs import Run, State
from ..session import get_session
from ..settling import undo_step
from ..storage import discard, new_job_folder
from ..windows import push_undo


class StartsJob:
    """An operator whose button starts a job, and which a script waits for; ``size`` overrules the panel's.

    Those derived say why it cannot begin (``problem``), and make the run (``made``).
    """

    size: bpy.props.IntProperty(
        name="Size",
        description="Pixels; 0 takes the size from the panel",
        min=0,
        default=0,
        options={"SKIP_SAVE"},
    )

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """Why it cannot begin; None if it can."""
        raise NotImplementedError

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run; None, with the reason reported, if there is none. waits: whether Blender waits for it."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = cls.problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)  # type: ignore[attr-defined]
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: start the job and return; the session's timer takes it from there."""
        return start(self, self.made(context, waits=False))

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until the result is in the scene."""
        return finish(self, self.made(context, waits=True))


def prepared(operator: Any, make: Callable[[Path], Run]) -> Run | None:
    """The run that ``make`` makes in a new job folder; None, with the reason reported, if it cannot."""
    run = folder = None
    try:
        folder = new_job_folder()
        run = make(folder)
    except JobError as error:
        operator.report({"ERROR"}, error.message)
    finally:
        if run is None and folder is not None:
            discard(folder)
    return run


def start(operator: Any, run: Run | None, begin: Callable[[Run], None] | None = None) -> set[str]:
    """For ``invoke``: submit the run and return; the session's timer takes it from there.

    begin: submits it, where it has to wait for something; it may raise JobError.
    """
    if run is None:
        return {"CANCELLED"}
    try:
        (begin or get_session().submit)(run)
    except JobError as error:
        discard(run.folder)
        operator.report({"ERROR"}, error.message)
        return {"CANCELLED"}
    return {"FINISHED"}


def finish(operator: Any, run: Run | None) -> set[str]:
    """For ``execute``, from a script or in background: wait until the result is in the scene."""
    if run is None:
        return {"CANCELLED"}
    try:
        written = get_session().wait(run)
    except JobError as error:
        operator.report({"ERROR"}, error.message)
        return {"CANCELLED"}
    if run.status.state is not State.DONE or written is None:
        return {"CANCELLED"}
    if written.done:
        operator.report({"INFO"}, written.done)
    for note in written.notes:
        operator.report({"WARNING"}, note)
    push_undo(undo_step(run))
    return {"FINISHED"}
