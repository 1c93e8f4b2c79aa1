"""A small PNG writer, for pictures that the add-on makes up itself."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

Color = tuple[int, int, int]


def encode_png(rows: Sequence[Sequence[Color]]) -> bytes:
    """A PNG file of rows of 8-bit sRGB pixels, top row first; all rows are of one length."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    # Each row starts with its filter: 0, "none".
    data = b"".join(b"\0" + bytes(part for pixel in row for part in pixel) for row in rows)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"sRGB", b"\0"),
            _chunk(b"IDAT", zlib.compress(data)),
            _chunk(b"IEND", b""),
        )
    )


def write_png(path: Path, rows: Sequence[Sequence[Color]]) -> None:
    """Write ``encode_png`` to a file."""
    path.write_bytes(encode_png(rows))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
