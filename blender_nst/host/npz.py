"""NumPy archives, written with the standard library: some builds of Blender come without NumPy."""

from __future__ import annotations

import sys
import zipfile
from array import array
from collections.abc import Mapping
from pathlib import Path

_KINDS = {"f": "f4", "d": "f8", "i": "i4", "q": "i8"}


def write_npz(path: Path, arrays: Mapping[str, tuple[array[float] | array[int], tuple[int, ...]]]) -> None:
    """Write name to (values in C order, shape) as an uncompressed .npz file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, (values, shape) in arrays.items():
            # Without the present time: the same arrays are the same file, by which work is known again.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, _header(values.typecode, shape) + values.tobytes())


def _header(typecode: str, shape: tuple[int, ...]) -> bytes:
    """The header of NumPy's format 1.0, padded so that the data starts at a multiple of 64."""
    order = "<" if sys.byteorder == "little" else ">"
    described = {"descr": order + _KINDS[typecode], "fortran_order": False, "shape": shape}
    text = repr(described).encode("latin1")
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
