"""An animation: what moves between its frames, and what is seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..exr import is_exr, linear_to_srgb
from ..images import load_picture
from ..panorama.around import Around
from ..protocol import JobError, Remedy
from ..render.cryptomatte import foremost
from ..render.layers import DEPTH, NORMAL, OBJECT_INDEX, UV, Layers, read_layers
from ..render.light import combined
from ..stereo.layout import ONE, Side
from .flow import Motion, motion_of
from .visibility import Sight, Surfaces, sight
from .warp import carried, cut, inside, nearest, shorter, whole_pixels

ROUNDS = 2  # of finding where a point is, by how far it is aside there
SAME = 0.2  # logarithm of how much farther or nearer a thing may be in the frame beside


@dataclass(frozen=True, eq=False)
class Shown:
    """What a frame shows: its colours (1, 3, H, W), display-referred, and its surfaces."""

    colors: Tensor
    surfaces: Surfaces


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame: its colours (1, 3, H, W), display-referred, its motion and its surfaces."""

    colors: Tensor
    motion: Motion
    surfaces: Surfaces


@dataclass(frozen=True, eq=False)
class Link:
    """How a frame sees another one.

    offsets: (1, 2, H, W), where its points are there, in pixels. sight: how they are seen there. around: how
    the pixels of a panorama lie.
    """

    offsets: Tensor
    sight: Sight
    around: Around | None = None

    def then(self, other: Link) -> Link:
        """How this frame sees what the other one sees by ``other``, wholly or not at all."""
        around = self.around
        # Between offsets either way around there is nothing.
        beyond = torch.where(
            cut(other.offsets, self.offsets, around),
            nearest(other.offsets, self.offsets, around),
            carried(other.offsets, self.offsets, around=around),
        )
        offsets = shorter(self.offsets + beyond, around)
        # Between a point that is seen and one that is not, nothing is known.
        seen = carried(other.sight.whole.float(), self.offsets, around=around) > 0.999
        return link_of(offsets, self.sight.whole & seen & inside(offsets, around), around)


def link_of(offsets: Tensor, seen: Tensor, around: Around | None = None) -> Link:
    """A link whose points are seen wholly or not at all: (1, 1, H, W), bool."""
    return Link(offsets, Sight(seen, whole_pixels(offsets), seen), around)


def read_frame(path: str | Path, view_layer: str = "", side: Side = ONE) -> Frame:
    """A frame of a multilayer EXR file.

    Its Combined and Vector passes, and Depth, Normal, UV and Cryptomatte of objects, or else Object Index, as
    far as they are there. side: the eye that sees it. Raises JobError as ``read_layers``, and "pass_missing".
    """
    return frame_of(read_layers(path, view_layer, side))


def frame_of(layers: Layers) -> Frame:
    """As ``read_frame``, of passes that are read already. Raises JobError ("pass_missing")."""
    return Frame(_colors(layers), motion_of(layers), surfaces_of(layers))


def read_shown(path: str | Path, view_layer: str = "", side: Side = ONE) -> Shown:
    """What a frame shows, of any picture, and of an EXR file's passes as ``read_frame``, but for its motion.

    Raises JobError as ``load_picture`` and ``read_layers``, and "pass_missing".
    """
    if not is_exr(path):
        return Shown(side.of(load_picture(path, "frame").rgb, Path(path).name), Surfaces())
    layers = read_layers(path, view_layer, side)
    return Shown(_colors(layers), surfaces_of(layers))


def read_frames(paths: Sequence[str | Path]) -> list[Frame]:
    """Frames in their order. Raises JobError as ``read_frame``, and "sizes_differ"."""
    frames = [read_frame(path) for path in paths]
    for path, frame in zip(paths, frames, strict=True):
        if frame.colors.shape != frames[0].colors.shape:
            first, other = ("x".join(map(str, f.colors.shape[:1:-1])) for f in (frames[0], frame))
            raise JobError(
                "sizes_differ",
                f"The frame {Path(path).name} has {other} pixels, {Path(paths[0]).name} has {first}. Render "
                "all frames at one size.",
                Remedy.CHOOSE_IMAGE,
            )
    return frames


def link(frame: Frame, previous: Frame) -> Link:
    """How a frame sees the one before it."""
    return _link(frame, previous, frame.motion.before, previous.motion.after)


def link_ahead(frame: Frame, following: Frame) -> Link:
    """How a frame sees the one after it."""
    return _link(frame, following, frame.motion.after, following.motion.before)


def _link(frame: Frame, other: Frame, offsets: Tensor, back: Tensor) -> Link:
    trip = frame.motion.trip
    offsets, back = _beside(frame, other, offsets), _beside(other, frame, back)
    return Link(offsets, sight(frame.surfaces, other.surfaces, offsets, back, trip), trip.around)


def _beside(frame: Frame, other: Frame, offsets: Tensor) -> Tensor:
    """Offsets of points as an eye beside the place that they are from sees these go.

    How far it is aside changes with their distance. Where that is of another thing nothing is known of it.
    """
    aside, (here, there) = frame.motion.aside, (one.surfaces.depth for one in (frame, other))
    if aside is None or here is None or there is None:
        return offsets
    around = frame.motion.trip.around
    own, beyond, moved = aside(here), aside(there), offsets
    for _ in range(ROUNDS):
        same = (nearest(there, moved, around) / here.clamp_min(1e-6)).log().abs() < SAME
        change = torch.where(same, carried(beyond, moved, around=around) - own, 0.0)
        moved = shorter(offsets + change, around)
    return moved


def _colors(layers: Layers) -> Tensor:
    return linear_to_srgb(combined(layers)[0].clamp(0, 1))


def surfaces_of(layers: Layers) -> Surfaces:
    def plane(names: tuple[str, ...], channels: str = "") -> Tensor | None:
        return torch.from_numpy(layers.find(names, channels))[None] if layers.has(names) else None

    # Objects have numbers of their own in Cryptomatte alone: their index is 0 unless somebody has set it.
    objects = foremost(layers)
    index = plane(OBJECT_INDEX) if objects is None else torch.from_numpy(objects)[None]
    return Surfaces(index, plane(DEPTH), plane(NORMAL, "XYZ"), plane(UV, "UV"))
