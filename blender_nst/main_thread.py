"""What threads of Blender's own, its render above all, leave to the main thread. No bpy in here."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..core.protocol import JobError, Remedy

PATIENCE_SECONDS = 30.0
"""How long a render waits for the main thread, which may itself wait for the render to end."""


class MainThread:
    """Keeps what is to be done until ``pump`` is called there."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._calls: deque[_Call] = deque()
        self._later: deque[tuple[Callable[[], None], Callable[[], None]]] = deque()

    @property
    def busy(self) -> bool:
        """Whether something is to be done."""
        return bool(self._calls or self._later)

    def call(self, act: Callable[[], None]) -> None:
        """Have something done now, and wait for it. Raises what it raises, JobError ("window_busy").

        A thread that asked Blender for its picture while the window draws it could wait for ever.
        """
        if threading.current_thread() is threading.main_thread():
            act()
            return
        call = _Call(act)
        self._calls.append(call)
        call.wait(self._patience)

    def later(self, act: Callable[[], None], give_up: Callable[[], None]) -> None:
        """Have something done once nothing is rendered. give_up: is called instead by ``close``."""
        self._later.append((act, give_up))

    def pump(self, renders: bool) -> None:
        """Do what can be done. renders: whether Blender renders."""
        while self._calls:
            self._calls.popleft().do()
        if self._later and not renders:
            act, _ = self._later.popleft()
            act()

    def close(self) -> None:
        """Forget everything; who waits for it gives up in time."""
        self._calls.clear()
        while self._later:
            _, give_up = self._later.popleft()
            give_up()


class _Call:
    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._lock = threading.Lock()
        self._given_up = False
        self._done = threading.Event()
        self._error: Exception | None = None

    def do(self) -> None:
        with self._lock:
            if self._given_up:
                return
            try:
                self._act()
            except Exception as error:  # it is the caller's
                self._error = error
            self._done.set()

    def wait(self, seconds: float) -> None:
        if not self._done.wait(seconds):
            with self._lock:
                self._given_up = True
        if self._error is not None:
            raise self._error
        if not self._done.is_set():
            raise JobError(
                "window_busy",
                "Blender's window was busy for too long to take what was rendered. Render again.",
                Remedy.RETRY,
            )
