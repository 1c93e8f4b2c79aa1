"""How an animation's motion is known: by its renders' vectors, or estimated from its pictures."""

from __future__ import annotations

from pathlib import Path

from ..exr import is_exr
from ..motion.clip import Frame, read_frame
from ..protocol import AUTO, RAFT, VECTORS, JobError, Remedy
from ..stereo.layout import ONE, Side
from .layers import read_layers

ESTIMATE = "have the motion estimated from the pictures (--flow raft or --flow dis)"


def flow_of(wanted: str, path: Path, view_layer: str) -> str:
    """What a job with a flow of ``core.protocol.FLOWS`` takes for frames like one: anything of it but "auto".

    A picture has its motion estimated. A render with passes does not: its vectors were forgotten, and are
    better than any estimate. Raises JobError as ``read_layers``.
    """
    if wanted != AUTO:
        return wanted
    has_passes = is_exr(path) and any(read_layers(path, view_layer).planes)
    return VECTORS if has_passes else RAFT


def read_vectors(path: Path, view_layer: str, side: Side = ONE) -> Frame:
    """As ``read_frame``, with errors that name the way out. Raises JobError."""
    if not is_exr(path):
        raise JobError(
            "pass_missing",
            f"{path.name} is a picture, which has no motion vectors. Render multilayer EXR files with the "
            f"pass Vector, or {ESTIMATE}.",
            Remedy.CHOOSE_IMAGE,
        )
    try:
        return read_frame(path, view_layer, side)
    except JobError as error:
        if error.code != "pass_missing":
            raise
        raise JobError(error.code, f"{error.message} Or {ESTIMATE}.", error.remedy) from error
