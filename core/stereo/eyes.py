"""The two eyes of a job: their renders, and how one of them sees what the other sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..exr import is_exr
from ..motion.clip import Link, surfaces_of
from ..motion.dis import Dis
from ..motion.visibility import RoundTrip, Surfaces, sight
from ..motion.warp import carried
from ..panorama.around import Around, latitudes
from ..protocol import EQUIRECT, FLAT, PAIR, TOP_BOTTOM, VR180, JobError, Remedy, RenderJob
from ..protocol.stereo import files_of
from ..render.job import Render, layers_render, read_render
from ..render.layers import DEPTH, Layers, read_layers
from ..render.mattes import depth
from ..render.parts import Whole
from .disparity import Rig, fade, fitted, flat_line, panorama_shift, refined
from .layout import split

TRIP = RoundTrip(0.75**2)
BEYOND = 64  # columns beyond a panorama's ends that are looked at, at least
FAR = 1e9  # of distances that are not of any thing
AROUND = {EQUIRECT: Around(), VR180: Around(half=True)}


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

    Raises JobError as ``read_render`` and ``files_of``; "pass_missing" without depth, "sizes_differ".
    """
    layout = job.stereo.layout
    paths = files_of(job.content, layout)
    if layout == PAIR:
        renders = [read_render(job, path) for path in paths]
    elif is_exr(job.content):
        layers, axis = read_layers(job.content, job.view_layer), 0 if layout == TOP_BOTTOM else 1
        split(torch.zeros(1, 1, *layers.size), layout, Path(job.content).name)  # raises
        renders = [layers_render(job, layers.half(axis, second)) for second in (False, True)]
    else:
        renders = _halves(read_render(job, job.content), layout, Path(job.content).name)
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


@dataclass(frozen=True, eq=False)
class RightView:
    """How the right eye sees what the left one sees.

    link: from the right eye's pixels to the left one's. around, more: a panorama's, of which both ends go on
    by so many columns in ``link``; None and 0 of a flat picture.
    """

    link: Link
    around: Around | None
    more: int

    @property
    def seen(self) -> Tensor:
        """What the left eye sees, too (1, 1, H, W), bool."""
        return self._inner(self.link.sight.seen)

    @property
    def whole(self) -> Tensor:
        """What it sees, with all pixels around: between them anything may be read."""
        return self._inner(self.link.sight.whole)

    def of(self, left: Tensor) -> Tensor:
        """What the right eye sees of a picture (1, C, H, W) of the left one."""
        wide = left if self.around is None else self.around.continued(left, 0, self.more)
        between = self._inner(carried(wide, self.link.offsets, cubic=True))
        near = self._inner(carried(wide, self.link.sight.near))
        return torch.where(self.whole, between, near)

    def _inner(self, picture: Tensor) -> Tensor:
        return picture[..., self.more : picture.shape[-1] - self.more]


def right_view(job: RenderJob, left: Eye, right: Eye) -> RightView:
    """How a job's right eye sees what its left one sees.

    Raises JobError ("no_stereo") where no disparity can be found.
    """
    width = left.content.shape[-1]
    around = None if job.projection == FLAT else AROUND[job.projection]
    more = 0 if around is None else min(width // 2, max(BEYOND, width // 16))

    def wider(plane: Tensor) -> Tensor:
        return plane if around is None else around.continued(plane, 0, more)

    there, here = (wider(shift) for shift in _shifts(job, left, right))
    offsets, back = (torch.cat([shift, torch.zeros_like(shift)], 1) for shift in (here, -there))
    surfaces = [_changed(eye.surfaces, wider) for eye in (right, left)]
    return RightView(Link(offsets, sight(surfaces[0], surfaces[1], offsets, back, TRIP)), around, more)


def _changed(surfaces: Surfaces, change: Callable[[Tensor], Tensor]) -> Surfaces:
    """Surfaces whose planes are changed alike."""
    named = {name: getattr(surfaces, name) for name in ("index", "depth", "normal", "uv")}
    return replace(surfaces, **{name: change(plane) for name, plane in named.items() if plane is not None})


def _shifts(job: RenderJob, left: Eye, right: Eye) -> tuple[Tensor, Tensor]:
    """By how much farther right points lie in the left eye than in the right one, as either eye sees them."""
    stereo, depths = job.stereo, (left.depth, right.depth)
    if job.projection != FLAT and stereo.eyes > 0:
        rig = Rig(stereo.eyes, stereo.poles, stereo.converge or float("inf"))
        return panorama_shift(depths[0], rig), panorama_shift(depths[1], rig)
    near = [_nearness(job, far) for far in depths]
    if stereo.lens > 0 and stereo.eyes > 0:
        line = flat_line(stereo.lens, stereo.eyes, stereo.converge or float("inf"))
        return line.shift(near[0]), line.shift(near[1])
    seen = Dis()(right.content, left.content)
    across = torch.where(seen[:, 1:].abs() < 1, seen[:, :1], torch.nan)  # rows of the two are level
    known, constant = near[1] > 0, job.projection == FLAT
    try:
        line = fitted(near[1], torch.where(known, across, torch.nan), constant)
    except ValueError as error:
        raise JobError(
            "no_stereo",
            "The two eyes see too little that can be told apart to find out how far apart they are. Give "
            "their distance, or check that these are pictures of one scene.",
            Remedy.CHANGE_SETTING,
        ) from error
    line = refined(line, near[1], right.content, left.content, known, constant)
    return line.shift(near[0]), line.shift(near[1])


def _nearness(job: RenderJob, far: Tensor) -> Tensor:
    """What shifts are in proportion to (1, 1, H, W): 1 over distance, level and of eyes that fade for a
    panorama."""
    near = torch.where(far < FAR, far.clamp_min(1e-6).reciprocal(), torch.zeros_like(far))
    if job.projection == FLAT:
        return near
    height = far.shape[-2]
    across = latitudes(height).cos().float().clamp_min(1e-3)
    return near * (fade(height, job.stereo.poles) / across).view(1, 1, -1, 1)


def _halves(render: Render, layout: str, name: str) -> list[Render]:
    """The eyes of a picture without passes."""
    lights = split(render.part.lit(render.content), layout, name)
    contents = split(render.content, layout, name)
    alphas = (None, None) if render.alpha is None else split(render.alpha, layout, name)
    return [
        replace(render, part=Whole(render.view, light, content), alpha=alpha)
        for light, content, alpha in zip(lights, contents, alphas, strict=True)
    ]


def _depths(job: RenderJob, renders: list[Render]) -> list[Tensor]:
    if job.stereo.depth:
        paths = files_of(job.stereo.depth, job.stereo.layout)
        planes = [_distances(read_layers(path), path) for path in dict.fromkeys(paths)]
        return planes if len(planes) == 2 else list(split(planes[0], job.stereo.layout, paths[0]))
    layers = [render.layers for render in renders]
    if any(each is None for each in layers):
        raise JobError(
            "pass_missing",
            "Nothing says how far away things are, which ties the eyes together. Choose multilayer EXR files "
            "with a pass Depth, or an EXR file of distances.",
            Remedy.CHOOSE_IMAGE,
        )
    return [torch.from_numpy(depth(each))[None, None] for each in layers if each is not None]


def _distances(layers: Layers, path: str) -> Tensor:
    """The pass Depth of a file, or its only plane."""
    if layers.has(DEPTH):
        return torch.from_numpy(depth(layers))[None, None]
    planes = [plane for channels in layers.planes.values() for plane in channels.values()]
    if planes and all(np.array_equal(plane, planes[0]) for plane in planes[1:]):
        found = planes[0]
        return torch.from_numpy(np.where(found > 0, found, np.float32(np.inf)))[None, None]
    raise JobError(
        "pass_missing",
        f"{Path(path).name} has no pass Depth. Choose an EXR file of distances.",
        Remedy.CHOOSE_IMAGE,
    )


def _eye(render: Render, far: Tensor) -> Eye:
    far = torch.where(far < FAR, far, torch.inf)
    finite = torch.where(far.isfinite(), far, FAR)
    surfaces = Surfaces() if render.layers is None else surfaces_of(render.layers)
    return Eye(render, far, replace(surfaces, depth=finite))
