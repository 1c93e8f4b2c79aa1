"""How far aside one eye sees what the other one sees: as is told of the eyes, or as pictures show it."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..motion.clip import Frame
from ..motion.dis import Dis
from ..panorama.around import breadths
from ..protocol import FLAT, PARALLEL, JobError, Remedy, RenderJob, Stereo
from .disparity import Line, Rig, fade, fitted, flat_line, panorama_drop, panorama_shift, refined
from .doubts import doubts
from .eyes import FAR, Eye, open_eyes

FITTED = 1024  # pixels of height or width that are enough to find out how far apart eyes are


def is_told(job: RenderJob) -> bool:
    """Whether a job tells all of its eyes, so that nothing has to be found in the pictures."""
    stereo = job.stereo
    return stereo.eyes > 0 and stereo.converge > 0 and (job.projection != FLAT or stereo.lens > 0)


def with_eyes(job: RenderJob) -> tuple[Stereo, tuple[str, ...]]:
    """What a job says of its eyes, with what is not said as it is found in its pictures.

    Of a flat picture as it is said. And notes on what was found, as of ``doubts``. Raises JobError as
    ``open_eyes``, and "no_stereo".
    """
    stereo = job.stereo
    if job.projection == FLAT or is_told(job):
        return stereo, ()
    left, right = open_eyes(job)
    found = line_of(job, left, right)
    rig = _rig_found(stereo, found, left)
    # Negative ones are the eyes of pictures that were taken for each other: none.
    told = replace(stereo, eyes=max(0.0, rig.eyes), converge=min(rig.converge, PARALLEL))
    return told, doubts_of(job, found, left)


def doubts_of(job: RenderJob, found: Line, left: Eye) -> tuple[str, ...]:
    """Notes on what a job's pictures show of its eyes, as of ``doubts``; none where it is told."""
    return () if job.stereo.eyes > 0 else doubts(found.gain, left.depth, job.projection != FLAT)


def beside(stereo: Stereo, right: bool, frame: Frame) -> Frame:
    """A frame of a panorama as one of its eyes sees it.

    Cycles' vectors are those of the middle between the eyes.
    """
    rig, half = rig_of(stereo), -0.5 if right else 0.5

    def aside(depth: Tensor) -> Tensor:
        return torch.cat([panorama_shift(depth, rig) * half, panorama_drop(depth, rig)], 1)

    return replace(frame, motion=replace(frame.motion, aside=aside))


def rig_of(stereo: Stereo) -> Rig:
    """The eyes of a panorama, as they are told; parallel where it is not told that they converge."""
    converge = stereo.converge if 0 < stereo.converge < PARALLEL else math.inf
    return Rig(stereo.eyes, stereo.poles, converge)


def _rig_found(stereo: Stereo, line: Line, eye: Eye) -> Rig:
    """The eyes of a panorama: what is told of them, and the rest by a line, as of ``line_of``."""
    rig, pixel = rig_of(stereo), math.pi / eye.content.shape[-2]
    eyes = stereo.eyes or line.gain * pixel
    if stereo.converge == 0 and line.offset * eyes < 0:
        rig = replace(rig, converge=-eyes / (line.offset * pixel))
    return replace(rig, eyes=eyes)


def shifts(job: RenderJob, left: Eye, right: Eye, line: Line | None) -> tuple[Tensor, Tensor]:
    """By how much farther right points lie in the left eye than in the right one, as either eye sees them.

    line: as of ``line_of``; None where the job tells.
    """
    stereo, depths = job.stereo, (left.depth, right.depth)
    if job.projection == FLAT:
        line = line or flat_line(stereo.lens, stereo.eyes, stereo.converge)
        return line.shift(_nearness(job, depths[0])), line.shift(_nearness(job, depths[1]))
    rig = rig_of(stereo) if line is None else _rig_found(stereo, line, left)
    return panorama_shift(depths[0], rig), panorama_shift(depths[1], rig)


def line_of(job: RenderJob, left: Eye, right: Eye) -> Line:
    """How shifts go with nearness, as the pictures show it. Raises JobError ("no_stereo").

    Large pictures are looked at at a smaller size.
    """
    near, level = _nearness(job, right.depth), _level(job, right.depth.shape[-2])
    times = max(1, min(near.shape[-2:]) // FITTED)
    known = _smaller((near != 0).float(), times) == 1
    near, here, there = (_smaller(one, times) for one in (near, right.content, left.content))
    level = None if level is None else F.avg_pool2d(level.expand(1, 1, -1, times), times)
    seen = Dis()(here, there)
    across = torch.where(seen[:, 1:].abs() < 1, seen[:, :1], torch.nan)  # rows of the two are level
    try:
        line = fitted(near, torch.where(known, across, torch.nan), level)
    except ValueError as error:
        raise JobError(
            "no_stereo",
            "The two eyes see too little that can be told apart to find out how far apart they are and where "
            "they converge. Give both, or check that these are pictures of one scene.",
            Remedy.CHANGE_SETTING,
        ) from error
    line = refined(line, near, here, there, known, level)
    return Line(line.gain * times, line.offset * times)


def _smaller(picture: Tensor, times: int) -> Tensor:
    """A picture so many times smaller."""
    return F.avg_pool2d(picture, times) if times > 1 else picture


def _nearness(job: RenderJob, far: Tensor) -> Tensor:
    """What shifts are in proportion to (1, 1, H, W): 1 over distance.

    For a panorama over level distance, less that of where the eyes converge, and of eyes that fade.
    """
    near = torch.where(far < FAR, far.clamp_min(1e-6).reciprocal(), torch.zeros_like(far))
    if job.projection == FLAT:
        return near
    return (near - 1 / rig_of(job.stereo).converge) * _faded(job, far.shape[-2])


def _level(job: RenderJob, height: int) -> Tensor | None:
    """As of ``fitted``: what eyes that converge shift everything by goes with (1, 1, H, 1); None if told."""
    if job.projection == FLAT:
        return torch.ones(1, 1, height, 1)
    return _faded(job, height) if job.stereo.converge == 0 else None


def _faded(job: RenderJob, height: int) -> Tensor:
    """What is left of the eyes in each row of a panorama, over how broad its pixels are: (1, 1, H, 1)."""
    return (fade(height, job.stereo.poles)[:, None] / breadths(height).clamp_min(1e-3))[None, None]
