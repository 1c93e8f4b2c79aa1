"""The two eyes of a job: their renders, and how one of them sees what the other sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..motion.clip import Frame, Link, surfaces_of
from ..motion.dis import Dis
from ..motion.visibility import RENDERED, RoundTrip, Sight, Surfaces, sight
from ..motion.warp import carried, nearest
from ..panorama.around import breadths, latitudes
from ..projection import around_of
from ..protocol import FLAT, JobError, Remedy, RenderJob, Stereo
from ..render.job import Render, read_render
from ..render.layers import DEPTH, Layers, read_layers
from ..render.mattes import depth
from ..strips import by_strips
from .disparity import Line, Rig, fade, fitted, flat_line, panorama_drop, panorama_shift, refined
from .doubts import doubts
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


@dataclass(frozen=True, eq=False)
class RightView:
    """How the right eye sees what the left one sees. link: from the right eye's pixels to the left one's.

    doubts: of a distance between the eyes that was found in the pictures, as of ``doubts``.
    """

    link: Link
    doubts: tuple[str, ...] = ()

    @cached_property
    def seen(self) -> Tensor:
        """What the left eye sees, too (1, 1, H, W), bool; and slivers, where the edge beside is read."""
        return self.link.sight.seen | self._slivers

    @cached_property
    def _slivers(self) -> Tensor:
        """What is hidden from the left eye for one row alone.

        Eyes that are level see much behind a level edge, but by parts of a row: pixels are all or nothing, so
        that the edge would be dotted.
        """
        hidden = ~self.link.sight.seen
        beside = torch.zeros_like(hidden)
        beside[:, :, 1:] |= hidden[:, :, :-1]
        beside[:, :, :-1] |= hidden[:, :, 1:]
        return hidden & ~beside

    @property
    def whole(self) -> Tensor:
        """What it sees, with all pixels around: between them anything may be read."""
        return self.link.sight.whole

    def of(self, left: Tensor) -> Tensor:
        """What the right eye sees of a picture (1, C, H, W) of the left one."""
        link = self.link

        def seen(left: Tensor, offsets: Tensor, near: Tensor, whole: Tensor) -> Tensor:
            between = carried(left, offsets, cubic=True, around=link.around)
            return torch.where(whole, between, nearest(left, near, link.around))

        return by_strips(seen, left, link.offsets, link.sight.near, self.whole | self._slivers)


def right_view(job: RenderJob, left: Eye, right: Eye, line: Line | None = None) -> RightView:
    """How a job's right eye sees what its left one sees.

    line: as of ``line_of``, instead of what the pictures show. Raises JobError ("no_stereo") where no
    disparity can be found.
    """
    around = around_of(job.projection)
    told = job.stereo.eyes > 0 and (job.projection != FLAT or job.stereo.lens > 0)
    found = None if told or line is not None else line_of(job, left, right)
    there, here = _shifts(job, left, right, None if told else line or found)
    offsets, back = (torch.cat([shift, torch.zeros_like(shift)], 1) for shift in (here, -there))
    trip = replace(RENDERED, around=around)
    link = Link(offsets, _level_sight(right.surfaces, left.surfaces, offsets, back, trip), around)
    return RightView(link, () if found is None else doubts_of(job, found, left))


def doubts_of(job: RenderJob, found: Line, left: Eye) -> tuple[str, ...]:
    """Notes on what a job's pictures show of its eyes, as of ``doubts``."""
    return doubts(found.gain, left.depth, job.projection != FLAT)


def _level_sight(here: Surfaces, there: Surfaces, offsets: Tensor, back: Tensor, trip: RoundTrip) -> Sight:
    """As ``sight``, where offsets are level, so that rows can be looked at some at a time."""
    height, width = offsets.shape[-2:]
    names = [field.name for field in fields(Surfaces)]
    shared = [name for name in names if getattr(here, name) is not None and getattr(there, name) is not None]
    planes = [getattr(one, name) for one in (here, there) for name in shared]
    broad = torch.ones(()) if trip.around is None else breadths(height)
    broad = broad.expand(1, 1, height, width)

    def seen(offsets: Tensor, back: Tensor, broad: Tensor, *planes: Tensor) -> Tensor:
        one, other = (
            Surfaces(**dict(zip(shared, half, strict=True)))
            for half in (planes[: len(shared)], planes[len(shared) :])
        )
        found = sight(one, other, offsets, back, trip, None if trip.around is None else broad)
        return torch.cat([found.seen.float(), found.near, found.whole.float()], 1)

    found = by_strips(seen, offsets, back, broad, *planes)
    return Sight(found[:, :1] > 0, found[:, 1:3], found[:, 3:] > 0)


def with_eyes(job: RenderJob) -> tuple[Stereo, tuple[str, ...]]:
    """What a job says of its eyes, with their distance, which is found in its pictures if it is not given.

    Of a flat picture as it is said. And notes on what was found, as of ``doubts``. Raises JobError as
    ``open_eyes``, and "no_stereo".
    """
    stereo = job.stereo
    if job.projection == FLAT or stereo.eyes > 0:
        return stereo, ()
    left, right = open_eyes(job)
    found = line_of(job, left, right)
    # Negative ones are the eyes of pictures that were taken for each other: none.
    return replace(stereo, eyes=max(0.0, _between(found, left))), doubts_of(job, found, left)


def beside(stereo: Stereo, right: bool, frame: Frame) -> Frame:
    """A frame of a panorama as one of its eyes sees it.

    Cycles' vectors are those of the middle between the eyes.
    """
    rig, half = rig_of(stereo), -0.5 if right else 0.5

    def aside(depth: Tensor) -> Tensor:
        return torch.cat([panorama_shift(depth, rig) * half, panorama_drop(depth, rig)], 1)

    return replace(frame, motion=replace(frame.motion, aside=aside))


def rig_of(stereo: Stereo) -> Rig:
    """The eyes of a panorama, whose distance is known."""
    return Rig(stereo.eyes, stereo.poles, stereo.converge or math.inf)


def _shifts(job: RenderJob, left: Eye, right: Eye, line: Line | None) -> tuple[Tensor, Tensor]:
    """By how much farther right points lie in the left eye than in the right one, as either eye sees them.

    line: as of ``line_of``; None where the job tells.
    """
    stereo, depths = job.stereo, (left.depth, right.depth)
    if job.projection == FLAT:
        line = line or flat_line(stereo.lens, stereo.eyes, stereo.converge or math.inf)
        return line.shift(_nearness(job, depths[0])), line.shift(_nearness(job, depths[1]))
    rig = rig_of(stereo)
    if line is not None:
        rig = replace(rig, eyes=_between(line, left))
    return panorama_shift(depths[0], rig), panorama_shift(depths[1], rig)


def line_of(job: RenderJob, left: Eye, right: Eye) -> Line:
    """How shifts go with nearness, as the pictures show it. Raises JobError ("no_stereo")."""
    seen = Dis()(right.content, left.content)
    across = torch.where(seen[:, 1:].abs() < 1, seen[:, :1], torch.nan)  # rows of the two are level
    near = _nearness(job, right.depth)
    known, constant = near != 0, job.projection == FLAT
    try:
        line = fitted(near, torch.where(known, across, torch.nan), constant)
    except ValueError as error:
        raise JobError(
            "no_stereo",
            "The two eyes see too little that can be told apart to find out how far apart they are. Give "
            "their distance, or check that these are pictures of one scene.",
            Remedy.CHANGE_SETTING,
        ) from error
    return refined(line, near, right.content, left.content, known, constant)


def _between(line: Line, eye: Eye) -> float:
    """The distance between eyes of a panorama whose shifts go by a line."""
    return line.gain * math.pi / eye.content.shape[-2]


def _nearness(job: RenderJob, far: Tensor) -> Tensor:
    """What shifts are in proportion to (1, 1, H, W): 1 over distance.

    For a panorama over level distance, less that of where the eyes converge, and of eyes that fade.
    """
    near = torch.where(far < FAR, far.clamp_min(1e-6).reciprocal(), torch.zeros_like(far))
    if job.projection == FLAT:
        return near
    height, rig = far.shape[-2], rig_of(job.stereo)
    across = latitudes(height).cos().float().clamp_min(1e-3)
    return (near - 1 / rig.converge) * (fade(height, rig.poles) / across).view(1, 1, -1, 1)


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
