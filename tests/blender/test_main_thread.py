"""What the thread that renders leaves to the main thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from nst.blender_nst.main_thread import MainThread
from nst.core.protocol import JobError


def apart(act: Callable[[], None]) -> tuple[threading.Thread, list[Exception]]:
    """Run it in a thread; what it raises comes into the list."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def pump_until_ended(main: MainThread, thread: threading.Thread) -> None:
    while thread.is_alive():
        main.pump(renders=True)
        time.sleep(0.001)


def test_it_is_done_in_the_main_thread_while_the_other_waits() -> None:
    main, seen = MainThread(), list[object]()
    thread, raised = apart(lambda: main.call(lambda: seen.append(threading.current_thread())))
    pump_until_ended(main, thread)
    assert (seen, raised) == ([threading.main_thread()], [])
    main.call(lambda: seen.append(1))
    assert seen[-1] == 1


def test_its_errors_are_the_callers() -> None:
    def fails() -> None:
        raise JobError("render_failed", "No picture.")

    main = MainThread()
    thread, raised = apart(lambda: main.call(fails))
    pump_until_ended(main, thread)
    assert [error.code for error in raised if isinstance(error, JobError)] == ["render_failed"]


def test_a_main_thread_that_never_comes_is_given_up() -> None:
    """As when it waits for the render to end; what was asked is not done any more."""
    main, seen = MainThread(patience=0.01), list[int]()
    thread, raised = apart(lambda: main.call(lambda: seen.append(1)))
    thread.join()
    main.pump(renders=True)
    assert [error.code for error in raised if isinstance(error, JobError)] == ["window_busy"]
    assert seen == []


@pytest.mark.parametrize("ends", [True, False])
def test_later_is_when_nothing_is_rendered(ends: bool) -> None:
    main, seen = MainThread(), list[str]()
    main.later(lambda: seen.append("done"), lambda: seen.append("given up"))
    main.pump(renders=True)
    assert (seen, main.busy) == ([], True)
    if ends:
        main.pump(renders=False)
    main.close()
    assert (seen, main.busy) == (["done" if ends else "given up"], False)
