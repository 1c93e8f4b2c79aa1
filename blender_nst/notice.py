"""What the panels say until it is dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.protocol import Remedy, TextureJob


@dataclass(frozen=True)
class Notice:
    """Something that the panel says.

    folder: files that were kept, or empty. notable: more than "done". job: the kind of run that it is about.
    """

    text: str
    is_error: bool = False
    remedy: Remedy = Remedy.NONE
    folder: str = ""
    notable: bool = False
    job: str = TextureJob.kind

    @property
    def stays(self) -> bool:
        """Whether it matters even where there is no result any more, after an undo for example."""
        return self.is_error or bool(self.folder)

    @property
    def icon(self) -> str:
        """What it is at a glance: trouble, something to know, or success."""
        if self.is_error:
            return "ERROR"
        return "INFO" if self.folder or self.notable else "CHECKMARK"


def well_done(done: str, notes: Sequence[str], folder: str = "", job: str = TextureJob.kind) -> Notice:
    """A job that ended well. done: a sentence that says so. notes: what the artist should know of its result.

    folder: files that were kept.
    """
    return Notice(" ".join((done, *notes)), folder=folder, notable=bool(notes), job=job)
