"""What the jobs have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from .images import Picture, check_writable, load_picture
from .protocol import JobError, Remedy
from .solve.progress import Watcher, check_cancelled

COARSEST = 144  # pixels of the painting's longer side at the first scale: its composition
MAGNIFY = 2.0  # how far a painting is enlarged beyond its own pixels
MAX_STYLE = 4096  # pixels of the longer side that a painting is read at


def announce(watcher: Watcher, stage: str, fraction: float = 0.0) -> None:
    """Say what a job does now. Raises JobCancelled if it should not."""
    check_cancelled(watcher)
    watcher.progress(stage, fraction, 0, 0, 0.0, -1.0, "")


def check_output(output: str, sources: Mapping[str, str]) -> None:
    """Make sure, before any work, that the picture can be written and replaces none of the job's sources.

    Raises JobError as ``check_sources`` and ``check_writable``.
    """
    check_sources(output, sources)
    check_writable(Path(output))


def check_sources(output: str, sources: Mapping[str, str]) -> None:
    """Make sure that a result replaces none of its sources. sources: paths by role; empty ones do not count.

    Raises JobError ("overwrites_source").
    """
    target = Path(output)
    for role, source in sources.items():
        if source and target.exists() and Path(source).exists() and target.samefile(source):
            raise JobError(
                "overwrites_source",
                f"The result would be written over the {role} ({source}). Choose another file for it.",
                Remedy.CHOOSE_FOLDER,
            )


def load_style(path: str) -> tuple[Picture, dict[str, str]]:
    """A painting, and what identifies it later: its name and the hash of its file.

    Raises JobError as ``load_picture``, and "style_transparent" if nothing of it can be seen.
    """
    picture = load_picture(path, "style", MAX_STYLE)
    if picture.alpha is not None and float(picture.alpha.max()) < 0.5:
        raise JobError(
            "style_transparent",
            f"The style image {path} is transparent everywhere. Choose one with paint in it.",
            Remedy.CHOOSE_IMAGE,
        )
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return picture, {"style": Path(path).name, "style_sha256": digest}
