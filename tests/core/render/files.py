"""EXR files with layers, small and made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR


def write_layers(
    path: Path, planes: Mapping[str, Any], metadata: Mapping[str, str] | None = None, parts: bool = False
) -> Path:
    """Write planes (H, W) by their full names. parts: a part for each layer, as Blender 5 does."""
    header: dict[str, Any] = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    header |= metadata or {}
    channels = {name: np.ascontiguousarray(plane, dtype=np.float32) for name, plane in planes.items()}
    if not parts:
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
        return path
    layers = dict.fromkeys(name.rpartition(".")[0] for name in channels)
    written = [
        OpenEXR.Part(
            header | {"name": layer},
            {name: plane for name, plane in channels.items() if name.rpartition(".")[0] == layer},
        )
        for layer in layers
    ]
    with OpenEXR.File(written) as file:
        file.write(str(path))
    return path
