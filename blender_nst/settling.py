"""The end of a run: its result goes where it belongs, and the artist hears of it."""

from __future__ import annotations

import logging

from ..core.protocol import JobError
from .notice import Notice, well_done
from .runs import Run, State, Written
from .storage import discard
from .windows import push_undo

log = logging.getLogger(__name__)


def settle(run: Run) -> Written | None:
    """Use what an ended run has made and drop its files; None for one that was cancelled or has no target.

    Raises JobError when it failed or its result cannot be used; then its files stay, as they do when
    one of its objects could not take its texture.
    """
    status = run.status
    if status.error is not None:
        raise status.error
    written: Written | None = None
    if status.state is State.DONE and run.target is not None:
        written = run.target.write_back(run)
    if written is None or not written.lost:
        discard(run.folder)
    return written


def undo_step(run: Run) -> str:
    """What the undo history calls what a run has written."""
    return f"{run.target.action} {run.title}" if run.target is not None else run.title


def settled(run: Run) -> Notice | None:
    """``settle``, with an undo step for what it has written, for a timer, which may not raise.

    Returns what to say of it: why it failed, or that it is there; None where there is nothing to say.
    """
    kind = run.kind
    try:
        written = settle(run)
    except JobError as error:
        folder = str(run.folder) if run.folder.exists() else ""
        return Notice(error.message, True, error.remedy, folder, job=kind)
    except Exception as error:  # a timer that raises is gone for good, and the queue with it
        log.exception("The result of %s could not be used", run.title)
        text = f"The result of {run.title} could not be used: {error}."
        return Notice(text, True, folder=str(run.folder), job=kind)
    if written is not None:
        push_undo(undo_step(run))
        done, kept = written.done or f"{run.title} is painted.", str(run.folder) if written.lost else ""
        return well_done(done, written.notes, kept, kind)
    if run.target is None and run.status.state is State.DONE:
        seconds = float(run.status.info.get("seconds", 0.0))
        return Notice(f"The engine works: it painted a test texture in {seconds:.0f} s.")
    return None
