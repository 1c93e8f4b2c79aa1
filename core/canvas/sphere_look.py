"""Views of a panorama, each facing its own way, in which distances from the middle are true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..panorama.around import Around
from ..panorama.directions import everywhere, tapped, taps

FARTHEST = 0.9 * math.pi  # from a view's middle: the point behind it would be everywhere at its border
COVER = 256  # rows of a map of what views cover
KEPT_SIDE = 544  # of views that know from step to step what they look at: 48 bytes for each pixel

Box = tuple[int, int, int, int]
"""Top, left, bottom, right of some pixels of a view."""


@dataclass(frozen=True)
class Faces:
    """Square views of a panorama, azimuthal and equidistant: perspective ones so wide would be stretched.

    side: in pixels, each as large as one of the panorama's at the horizon. fade: pixels from the border over
    which a view's weight grows from nothing to all. height: of the panorama.
    """

    side: int
    fade: int
    height: int

    def directions(self, turns: Tensor, box: Box) -> Tensor:
        """What pixels of a box look at, in views with axes (B, 3, 3): (B, h, w, 3)."""
        right, up, forward = (axis[:, None, None] for axis in turns.unbind(1))
        down, across = (at.to(turns.dtype).to(turns.device)[None, ..., None] for at in self._places(box))
        far = torch.hypot(across, down)
        aside = torch.sinc(far / math.pi)  # sine over angle
        return far.cos() * forward + aside * (across * right - down * up)

    def angles(self, box: Box) -> Tensor:
        """Solid angle of each pixel of a box over that of the one in the middle (h, w)."""
        down, across = self._places(box)
        return torch.sinc(torch.hypot(across, down) / math.pi).clamp_min(0)

    def faded(self, box: Box) -> Tensor:
        """How much each pixel of a box counts, for its distance from the view's border (h, w)."""
        down, across = self._places(box)
        return self._fade(down) * self._fade(across)

    def cover(self, turns: Tensor) -> Tensor:
        """How much views with axes (B, 3, 3) count in each direction, together: (1, 1, h, 2 h)."""
        toward = everywhere(min(COVER, self.height))
        total = torch.zeros(toward.shape[:2])
        for right, up, forward in turns:
            angle = (toward @ forward).clamp(-1, 1).acos()
            longer = 1 / torch.sinc(angle / math.pi).clamp_min(1e-6)
            down, across = toward @ up * longer, toward @ right * longer
            total += (self._fade(down) * self._fade(across) * (angle < FARTHEST)).float()
        return total[None, None]

    def _places(self, box: Box) -> tuple[Tensor, Tensor]:
        """How far down and across from the middle pixels are, in radians: (h, 1) and (1, w)."""
        down, across = (
            (torch.arange(start, end, dtype=torch.float64) - (self.side - 1) / 2) * (math.pi / self.height)
            for start, end in ((box[0], box[2]), (box[1], box[3]))
        )
        return down[:, None], across[None]

    def _fade(self, place: Tensor) -> Tensor:
        """What a place counts across a view: 0 at its borders and beyond."""
        inner = self.side / 2 - place.abs() * (self.height / math.pi)
        return 0.5 - 0.5 * (math.pi * (inner / self.fade).clamp(0, 1)).cos()


@dataclass(frozen=True, eq=False)
class SphereLook:
    """A part of some views of an equirectangular picture (1, C, H, W).

    turns: (B, 3, 3), rows are a view's right, up and forward; x to the right of the middle of the picture, y
    up, z forward to its middle. box: what is seen of each view; own: what of it counts. cover: as of
    ``Faces.cover``.
    """

    faces: Faces
    turns: Tensor
    box: Box
    own: Box
    around: Around
    cover: Tensor
    wrap: tuple[bool, bool] = (False, False)

    @property
    def valid(self) -> None:
        return None

    @property
    def pixels(self) -> int:
        """Those that are encoded."""
        return len(self.turns) * (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    @cached_property
    def weight(self) -> Tensor:
        """Solid angle of each pixel over the middle's, shared with other views; 0 for a mirror image."""
        toward = self.faces.directions(self.turns, self.own)
        places = taps(toward.reshape(-1, 3), self.cover.shape[-2], Around())
        shared = tapped(self.cover, *places).view(toward.shape[:-1]).clamp_min(1e-3)
        once = (self.faces.angles(self.own) * self.faces.faded(self.own)).float().to(shared.device)
        weight = once / shared
        if self.around.half:
            weight = weight * (toward[..., 2] > 0)
        top, left, bottom, right = self.box
        beyond = (self.own[1] - left, right - self.own[3], self.own[0] - top, bottom - self.own[2])
        return torch.nn.functional.pad(weight[:, None], beyond).contiguous()

    def gather(self, picture: Tensor) -> Tensor:
        found = tapped(picture, *self._taps())
        shape = (len(found), len(self.turns), self.box[2] - self.box[0], self.box[3] - self.box[1])
        return found.view(shape).transpose(0, 1).contiguous()

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        places, shares = self._taps()
        planes = into.view(into.shape[1], -1)
        flat = gradient.transpose(0, 1).reshape(len(planes), -1)
        for place, share in zip(places, shares, strict=True):
            planes.index_add_(1, place, (flat * share).to(planes.dtype))

    def _taps(self) -> tuple[Tensor, Tensor]:
        """Four pixels for each of the views', and their shares: both (4, B * h * w)."""
        return self._kept_taps if self.faces.side <= KEPT_SIDE else self._found_taps()

    @cached_property
    def _kept_taps(self) -> tuple[Tensor, Tensor]:
        return self._found_taps()

    def _found_taps(self) -> tuple[Tensor, Tensor]:
        toward = self.faces.directions(self.turns, self.box)
        return taps(toward.reshape(-1, 3), self.faces.height, self.around)
