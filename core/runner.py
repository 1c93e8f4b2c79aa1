"""Does a job: finds the code for it, and says in an artist's words what went wrong.

Importing this module imports neither torch nor the engine; ``run_job`` does.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .memory import is_out_of_memory, keep_freed_memory
from .plain import plain
from .protocol import (
    AnimationJob,
    BallJob,
    ImageJob,
    Job,
    JobCancelled,
    JobError,
    Remedy,
    RenderJob,
    SphereJob,
    SphereTextureJob,
    SynthesisJob,
    TextureJob,
)

if TYPE_CHECKING:
    from .solve.plan import Plan
    from .solve.progress import Watcher

_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)


def run_job(job: Job, watcher: Watcher) -> dict[str, Any]:
    """Do the job and return what is worth keeping with its result, in plain JSON values.

    Raises JobError (see ``load_engine`` and ``as_job_error``) and JobCancelled, nothing else.
    """
    return guarded(lambda: _stylize(job, watcher))


def plan_job(job: Job, watcher: Watcher) -> dict[str, Any]:
    """What the job would cost ("seconds", "bytes", "text"), as plain JSON values. Nothing is written.

    Raises as ``run_job``.
    """
    return guarded(lambda: _plan(job, watcher))


def guarded(do: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What a piece of the engine's work finds, as plain JSON values.

    Raises JobError (see ``load_engine`` and ``as_job_error``) and JobCancelled, nothing else.
    """
    load_engine()
    try:
        info = do()
    except (JobError, JobCancelled):
        raise
    except Exception as error:
        raise as_job_error(error) from error
    return {str(key): plain(value) for key, value in info.items()}


@dataclass(frozen=True)
class _Room:
    """Where a kind of job is done: a module, and functions of it. plan: "" for jobs that are soon done."""

    module: str
    stylize: str
    plan: str = ""


_ROOMS: dict[type[Job], _Room] = {
    TextureJob: _Room(".texture", "stylize_texture", "plan_texture"),
    ImageJob: _Room(".image", "stylize_image", "plan_image"),
    SynthesisJob: _Room(".synthesis", "synthesize_texture", "plan_synthesis"),
    RenderJob: _Room(".stereo.one_or_two", "stylize_seen", "plan_seen"),
    AnimationJob: _Room(".stereo.one_or_two", "stylize_film", "plan_film"),
    SphereJob: _Room(".exemplar.job", "stylize_sphere"),
    SphereTextureJob: _Room(".exemplar.texture", "sphere_texture"),
    BallJob: _Room(".exemplar.cutout", "cut_out_ball"),
}


def _stylize(job: Job, watcher: Watcher) -> dict[str, Any]:
    room = _ROOMS[type(job)]
    result: dict[str, Any] = getattr(import_module(room.module, __package__), room.stylize)(job, watcher)
    return result


def _plan(job: Job, watcher: Watcher) -> dict[str, Any]:
    room = _ROOMS[type(job)]
    if not room.plan:
        raise JobError(
            "usage", "This kind of job takes seconds, and has no plan. Start it.", Remedy.CHANGE_SETTING
        )
    plan: Plan = getattr(import_module(room.module, __package__), room.plan)(job, watcher)
    return {"seconds": plan.seconds, "bytes": plan.bytes, "text": str(plan)}


def load_engine() -> None:
    """Import torch and everything else that the largest job needs.

    Raises JobError: "engine_broken" that names what is missing, "out_of_memory".
    """
    # Waiting threads sleep instead of spinning: beside a busy Blender the engine is then about
    # twice as fast and leaves Blender the processor. Read when torch loads its OpenMP library.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # large pages, which the system clears faster
    keep_freed_memory()
    try:
        from . import texture  # noqa: F401
    except (ImportError, OSError, MemoryError) as error:  # OSError: torch's libraries are missing or broken
        if is_out_of_memory(error):
            raise as_job_error(error) from error
        raise JobError(
            "engine_broken",
            f"The engine's packages cannot be loaded in Python {sys.version.split()[0]} ({sys.executable}): "
            f"{error}. Install the engine again, or choose another Python.",
            Remedy.SETUP_ENGINE,
        ) from error


def as_job_error(error: Exception) -> JobError:
    """The failure as a JobError.

    Codes: out_of_memory, disk_full, no_permission, file_missing, and internal for what is our
    own mistake; a JobError comes back as it is.
    """
    if isinstance(error, JobError):
        return error
    if is_out_of_memory(error):
        return JobError(
            "out_of_memory",
            "There is not enough memory for this job. Choose a smaller size, close other programs, "
            "or use another device.",
            Remedy.SMALLER_SIZE,
        )
    if isinstance(error, OSError) and error.errno is not None:
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in _DISK_FULL:
            return JobError(
                "disk_full",
                f"The disk is full{where}. Free some space, or choose another folder.",
                Remedy.CHOOSE_FOLDER,
            )
        if error.errno in _NO_PERMISSION:
            return JobError(
                "no_permission",
                f"There is no permission for this file or folder{where}. Choose another one.",
                Remedy.CHOOSE_FOLDER,
            )
        if error.errno == errno.ENOENT:
            return JobError("file_missing", f"A file is missing{where}. Check that it is still there.")
    text = " ".join(str(error).split())
    return JobError(
        "internal",
        f"The engine made a mistake ({type(error).__name__}{': ' if text else ''}{text[:300]}). "
        "Please report it with the log; other settings may work.",
        Remedy.RETRY,
    )
