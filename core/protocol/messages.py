"""The lines on the wire: one JSON object a line, one dataclass a message.

Blender writes Submit, Finish, Cancel and Shutdown on the worker's stdin; the worker writes
Hello once, then Progress, and one Result or Failure for each job, on its stdout.
Pixels never travel here: they are files in the job's own folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Union

PROTOCOL_VERSION = 1


@dataclass(frozen=True)
class Device:
    """A compute device: ``id`` as torch names it ("cuda:0"), memory in bytes (0 unknown)."""

    id: str
    name: str
    memory: int


@dataclass(frozen=True)
class Hello:
    """The worker is ready. ``default_device`` is what "auto" means there."""

    type: ClassVar[str] = "hello"
    protocol: int
    engine: str
    python: str
    torch: str
    devices: tuple[Device, ...]
    default_device: str


@dataclass(frozen=True)
class Submit:
    """Please do this job (``job_to_dict`` form)."""

    type: ClassVar[str] = "submit"
    id: str
    job: dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a job is. ``fraction`` in [0, 1]; ``eta`` seconds left, -1 unknown.

    stage: a sentence for people ("Painting, pass 2 of 4"). preview: path of a picture
    that was just rewritten, or empty; live: the same of the whole result so far.
    """

    type: ClassVar[str] = "progress"
    id: str
    stage: str
    fraction: float
    step: int = 0
    total: int = 0
    loss: float = 0.0
    eta: float = -1.0
    preview: str = ""
    live: str = ""


@dataclass(frozen=True)
class Result:
    """The job is done. ``output`` is its file, ``info`` what is worth keeping with it."""

    type: ClassVar[str] = "result"
    id: str
    output: str
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """The job (or, with an empty id, the worker) failed; ``code`` "cancelled" was asked for."""

    type: ClassVar[str] = "error"
    id: str
    code: str
    message: str
    remedy: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class Finish:
    """What this job has painted is good enough: please end now, with that as its result."""

    type: ClassVar[str] = "finish"
    id: str


@dataclass(frozen=True)
class Cancel:
    """Please stop this job; nothing of it is kept."""

    type: ClassVar[str] = "cancel"
    id: str


@dataclass(frozen=True)
class Shutdown:
    """Please end, once nothing runs any more."""

    type: ClassVar[str] = "shutdown"


Message = Union[Hello, Submit, Progress, Result, Failure, Finish, Cancel, Shutdown]
_TYPES: dict[str, type[Message]] = {
    message.type: message for message in (Hello, Submit, Progress, Result, Failure, Finish, Cancel, Shutdown)
}


def encode(message: Message) -> str:
    """The message as one line of JSON, without its newline."""
    return json.dumps({"type": message.type, **asdict(message)}, separators=(",", ":"))


def decode(line: str) -> Message:
    """The message of a line. Raises ValueError for anything that is not one.

    Fields that this side does not know are left out, so that a newer peer may say more.
    """
    data = json.loads(line)
    if not isinstance(data, Mapping):
        raise ValueError("a message must be a JSON object")
    message_type = _TYPES.get(str(data.get("type")))
    if message_type is None:
        raise ValueError(f"unknown message type {data.get('type')!r}")
    known = {entry.name for entry in fields(message_type)}
    values = {key: value for key, value in data.items() if key in known}
    try:
        if message_type is Hello:
            values["devices"] = tuple(Device(**device) for device in values.get("devices", ()))
        return message_type(**values)
    except TypeError as error:
        raise ValueError(f"incomplete {data.get('type')} message: {error}") from error
