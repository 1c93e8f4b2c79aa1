"""The two eyes of a job: their renders, and how far away what they see is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..motion.clip import surfaces_of
from ..motion.visibility import Surfaces
from ..protocol import JobError, Remedy, RenderJob
from ..render.job import Render, read_render
from ..render.layers import DEPTH, Layers, read_layers
from ..render.mattes import depth
from .layout import both

FAR = 1e9  # of distances that are not of any thing


@dataclass(frozen=True, eq=False)
class Eye:
    """render: of one eye. depth: (1, 1, H, W), infinite where nothing is. surfaces: what its pixels show."""

    render: Render
    depth: Tensor
    surfaces: Surfaces

    @property
    def content(self) -> Tensor:
        return self.render.content


def open_eyes(job: RenderJob) -> tuple[Eye, Eye]:
    """The left and the right eye of a job.

    Raises JobError as ``read_render``; "pass_missing" without depth, "sizes_differ".
    """
    left, right = (read_render(job, side.file(job.content), side) for side in both(job.stereo.layout))
    return eyes_of(job, left, right)


def eyes_of(job: RenderJob, left: Render, right: Render) -> tuple[Eye, Eye]:
    """As ``open_eyes``, of renders that are read already."""
    renders = (left, right)
    depths = _depths(job, renders)
    eyes = [_eye(render, far) for render, far in zip(renders, depths, strict=True)]
    sizes = {tuple(plane.shape[-2:]) for eye in eyes for plane in (eye.content, eye.depth)}
    if len(sizes) > 1:
        listed = ", ".join(f"{width} by {height}" for height, width in sorted(sizes))
        raise JobError(
            "sizes_differ",
            f"The two eyes and their depth are not of one size: {listed} pixels. Render them alike.",
            Remedy.CHOOSE_IMAGE,
        )
    return eyes[0], eyes[1]


def _depths(job: RenderJob, renders: Sequence[Render]) -> list[Tensor]:
    if job.stereo.depth:
        sides = both(job.stereo.layout)
        files = [side.file(job.stereo.depth) for side in sides]
        return [
            _distances(read_layers(file, "", side, "depth file", is_light=False))
            for file, side in zip(files, sides, strict=True)
        ]
    layers = [render.layers for render in renders]
    if any(each is None for each in layers):
        raise JobError(
            "pass_missing",
            "Nothing says how far away things are, which ties the eyes together. Choose multilayer EXR files "
            "with a pass Depth, or an EXR file of distances.",
            Remedy.CHOOSE_IMAGE,
        )
    return [torch.from_numpy(depth(each))[None, None] for each in layers if each is not None]


def _distances(layers: Layers) -> Tensor:
    """The pass Depth of a file, or its only plane."""
    if layers.has(DEPTH):
        return torch.from_numpy(depth(layers))[None, None]
    planes = [plane for channels in layers.planes.values() for plane in channels.values()]
    if planes and all(np.array_equal(plane, planes[0]) for plane in planes[1:]):
        found = planes[0]
        return torch.from_numpy(np.where(found > 0, found, np.float32(np.inf)))[None, None]
    raise JobError(
        "pass_missing",
        f"{layers.path.name} has no pass Depth. Choose an EXR file of distances.",
        Remedy.CHOOSE_IMAGE,
    )


def _eye(render: Render, far: Tensor) -> Eye:
    far = torch.where(far < FAR, far, torch.inf)
    finite = torch.where(far.isfinite(), far, FAR)
    surfaces = Surfaces() if render.layers is None else surfaces_of(render.layers)
    return Eye(render, far, replace(surfaces, depth=finite))
