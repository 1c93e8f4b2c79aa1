"""What is waited for to do something with it, a render above all. No bpy in here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..core.protocol import JobCancelled, JobError
from .notice import Notice
from .runs import Condition

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Awaited:
    """title: what is waited for. condition: that comes about. then: is called after that and says what to
    tell. job: the kind of job whose panel tells it. drop: is called in the end, whatever that was.
    """

    title: str
    condition: Condition
    then: Callable[[], Notice | None]
    job: str
    drop: Callable[[], None]

    def settle(self) -> tuple[bool, Notice | None]:
        """Whether it has ended, and what is to be told of it. It never raises: a timer calls it."""
        try:
            if not self.condition.ready():
                return False, None
            notice = self.then()
        except JobCancelled:
            notice = None
        except JobError as error:
            notice = Notice(error.message, True, error.remedy, job=self.job)
        except Exception as error:  # a timer that raises is gone for good
            log.exception("%s could not be had", self.title)
            notice = Notice(f"{self.title} could not be had: {error}.", True, job=self.job)
        self.drop()
        return True, notice

    def close(self) -> None:
        """Nobody waits for it any more."""
        self.condition.close()
        self.drop()
