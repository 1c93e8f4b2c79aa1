"""What operators of jobs have in common: prepare a run, start it, or wait for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.protocol import JobError
from ..runs import Run, State
from ..session import get_session
from ..settling import undo_step
from ..storage import discard, new_job_folder
from ..windows import push_undo


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
    for note in written.notes:
        operator.report({"WARNING"}, note)
    push_undo(undo_step(run))
    return {"FINISHED"}
