"""Makes the next of a series while the last is being used."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class _Pending(Generic[K, T, S]):
    kind: K
    before: S
    making: Future[T]


class Ahead(Generic[K, T, S]):
    """A series whose members change a state, which nothing else may touch: made one ahead, in a thread.

    make: the next member, of a kind. save, load: the state, to go back to where a member was made in vain.
    What is taken, and the state in between, are the same as if each were made when it is asked for.
    """

    def __init__(self, make: Callable[[K], T], save: Callable[[], S], load: Callable[[S], None]) -> None:
        self._make, self._save, self._load = make, save, load
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._pending: _Pending[K, T, S] | None = None

    def take(self, kind: K) -> T:
        """The next member; raises what making it raised."""
        if self._pending is not None and self._pending.kind != kind:
            self.forget()
        pending, self._pending = self._pending, None
        made = self._make(kind) if pending is None else pending.making.result()
        self._pending = _Pending(kind, self._save(), self._thread.submit(self._make, kind))
        return made

    def state(self) -> S:
        """As of ``save`` after the last member that was taken."""
        return self._save() if self._pending is None else self._pending.before

    def forget(self) -> None:
        """Go back to the state after the last member that was taken."""
        pending, self._pending = self._pending, None
        if pending is not None:
            if not pending.making.cancel():
                pending.making.exception()  # waits
            self._load(pending.before)
