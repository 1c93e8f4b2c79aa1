"""What an MP4 or QuickTime file says of its pictures: that they are panoramas, or of two eyes.

Source: Google, "Spherical Video V2 RFC" (boxes st3d and sv3d), and ISO/IEC 14496-12 for the boxes around.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ...core.protocol import EQUIRECT, SIDE_BY_SIDE, TOP_BOTTOM, VR180

SPHERICAL = (".mp4", ".mov")
"""How the names of such files end."""
_MODES = {"": 0, TOP_BOTTOM: 1, SIDE_BY_SIDE: 2}
_BEYOND = {EQUIRECT: 0, VR180: 1 << 30}
"""What of a whole panorama's width lies left and right of the picture, in 2^-32."""
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_ENTRY = 78  # bytes of a picture's sample entry, before the boxes in it
_MADE_BY = b"Neural Style Transfer for Blender\0"

Change = Callable[[bytes, bytes], bytes]
"""From a box's kind and content to its new content."""


def say_what_is_seen(path: Path, layout: str, projection: str) -> None:
    """Write into a movie how its eyes are laid out and what it shows. One of one flat eye stays as it is.

    layout: "", "side-by-side" or "top-bottom". projection: "flat", "equirect" or "vr180". Raises OSError, and
    ValueError for what is no such file; then it is as it was.
    """
    boxes = _boxes_of(layout, projection)
    if not boxes:
        return
    draft = path.with_name(f"{path.name}.spherical")
    try:
        with path.open("rb") as source, draft.open("wb") as target:
            start, length = _find(source)
            source.seek(start)
            before = source.read(length)
            told = _changed(before, lambda kind, body: _told(body, boxes) if kind == b"trak" else body)
            added = len(told) - length
            source.seek(0)
            _copy(source, target, start)
            target.write(_changed(told, lambda kind, body: _moved(kind, body, start, added)))
            source.seek(start + length)
            shutil.copyfileobj(source, target)
        os.replace(draft, path)
    except struct.error as error:
        raise ValueError("its boxes are broken") from error
    finally:
        draft.unlink(missing_ok=True)


def can_say(path: Path, layout: str, projection: str) -> bool:
    """Whether a movie of this name can say what it shows, or has nothing to say. The rest as above."""
    return path.suffix.lower() in SPHERICAL or not _boxes_of(layout, projection)


def _boxes_of(layout: str, projection: str) -> bytes:
    """The boxes that say so; none for a flat picture of one eye."""
    mode = _box(b"st3d", bytes([0, 0, 0, 0, _MODES[layout]]))
    if projection not in _BEYOND:
        return mode if layout else b""
    beyond = _BEYOND[projection]
    pose = _box(b"prhd", bytes(16))
    bounds = _box(b"equi", struct.pack(">5I", 0, 0, 0, beyond, beyond))
    header = _box(b"svhd", bytes(4) + _MADE_BY)
    return mode + _box(b"sv3d", header + _box(b"proj", pose + bounds))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def _header(head: bytes, left: int) -> tuple[bytes, int, int]:
    """Of a box's first 16 bytes: its kind, the length of its header and its own. left: bytes in all."""
    length, kind = struct.unpack_from(">I4s", head)
    size = 8
    if length == 1:
        size, (length,) = 16, struct.unpack_from(">Q", head, 8)
    length = length or left
    if not size <= length <= left:
        raise ValueError("its boxes are broken")
    return kind, size, length


def _find(file: BinaryIO) -> tuple[int, int]:
    """Where the box is that describes the movie, and how long."""
    at, end = 0, file.seek(0, os.SEEK_END)
    while at < end:
        file.seek(at)
        kind, _, length = _header(file.read(16), end - at)
        if kind == b"moov":
            return at, length
        at += length
    raise ValueError("it describes no movie")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box. QuickTime ends some lists with four zeros, which are none."""
    at = 0
    while len(data) - at >= 8:
        kind, size, length = _header(data[at : at + 16], len(data) - at)
        yield kind, data[at + size : at + length]
        at += length


def _changed(data: bytes, change: Change) -> bytes:
    """Boxes with what they hold changed, from the outermost to the innermost, and their lengths mended."""

    def one(kind: bytes, body: bytes) -> bytes:
        body = change(kind, body)
        return _box(kind, _changed(body, change) if kind in _PARENTS else body)

    return b"".join(one(kind, body) for kind, body in _boxes(data))


def _told(track: bytes, boxes: bytes) -> bytes:
    """A track whose pictures have further boxes; of sound it stays as it is."""
    media = dict(_boxes(dict(_boxes(track)).get(b"mdia", b"")))
    if media.get(b"hdlr", b"")[8:12] != b"vide":
        return track
    return _changed(track, lambda kind, body: _described(body, boxes) if kind == b"stsd" else body)


def _described(body: bytes, boxes: bytes) -> bytes:
    """Sample entries, each with further boxes behind its own."""
    entries = []
    for kind, entry in _boxes(body[8:]):
        own = [_box(*each) for each in _boxes(entry[_ENTRY:]) if each[0] not in (b"st3d", b"sv3d")]
        entries.append(_box(kind, b"".join([entry[:_ENTRY], *own, boxes])))
    return body[:8] + b"".join(entries)


def _moved(kind: bytes, body: bytes, start: int, added: int) -> bytes:
    """Where the pictures are in the file, of which what comes after ``start`` lies further behind."""
    code = {b"stco": "I", b"co64": "Q"}.get(kind)
    if code is None:
        return body
    (count,) = struct.unpack_from(">I", body, 4)
    places = struct.unpack_from(f">{count}{code}", body, 8)
    return body[:8] + struct.pack(f">{count}{code}", *(at + added if at > start else at for at in places))


def _copy(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length:
        part = source.read(min(length, 1 << 20))
        if not part:
            raise ValueError("it ends too early")
        target.write(part)
        length -= len(part)
