"""The worker's end of the wire: whole lines, from any thread, to a peer that may have gone."""

from __future__ import annotations

import threading
from typing import BinaryIO

from ..protocol import Message, encode


class Wire:
    """Sends messages. Once the peer has gone they are dropped: reading stdin notices that too."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send one message as one line."""
        line = memoryview((encode(message) + "\n").encode("utf-8"))
        with self._lock:
            try:
                while line:  # an unbuffered pipe may take a part only
                    line = line[self._sink.write(line) or 0 :]
            except OSError:
                return
