"""Start of the engine's process.

Its real stdin and stdout go to private descriptors first, before anything that might
print is imported: from then on a stray print lands on stderr, and nothing else reads the wire.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import BinaryIO

from .. import __version__
from ..memory import release_memory
from ..protocol import PROTOCOL_VERSION, Failure, Hello, JobError
from ..runner import load_engine, run_job
from .server import Server
from .wire import Wire

EXIT_BROKEN = 3


def main() -> int:
    """Serve until stdin closes. Exit status: 0, or 3 when the engine cannot be loaded."""
    source, sink = take_standard_streams()
    be_modest()
    return serve(source, Wire(sink), greeting)


def serve(source: BinaryIO, wire: Wire, greet: Callable[[], Hello]) -> int:
    """Take messages from the beginning, so that nobody waits for a full pipe; say hello, then work."""
    server = Server(wire.send, run_job, release_memory)
    threading.Thread(target=server.read, args=(source,), name="nst-reader", daemon=True).start()
    try:
        hello = greet()
    except JobError as error:
        wire.send(Failure("", error.code, error.message, error.remedy.value, traceback.format_exc()))
        return EXIT_BROKEN
    wire.send(hello)
    server.work()
    return 0


def take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """The wire's two ends; stdin is then empty, and stdout the same as stderr."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def be_modest() -> None:
    """Leave the machine responsive, and leave Ctrl-C to the parent, which closes stdin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)


def greeting() -> Hello:
    """What there is. Imports torch, and so takes seconds. Raises JobError ("engine_broken")."""
    load_engine()
    import torch

    from ..devices import list_devices, resolve

    return Hello(
        protocol=PROTOCOL_VERSION,
        engine=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        devices=list_devices(),
        default_device=str(resolve("auto")),
    )


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # taking torch down tidily costs seconds, and there is nothing left to save
