"""A painting as a style: its statistics at any scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas.fill import fill_gaps
from ..encoder import Encoder
from ..encoder.vgg import stride
from ..metrics.strokes import dominant_wavelength
from ..protocol import JobError, Remedy
from ..resize import at_least, resized
from .moments import Statistics, feature_moments, merge
from .nearest import hypercolumns
from .source import NO_LIFTS, Lifts, normalised

# Paintings are encoded in tiles of this many pixels, so that their size does not matter.
TILE, OVERLAP = 512, 64
SMALLEST = 16  # pixels that the deepest layer needs; narrower paintings are continued


class Painting:
    """A painting (1, 3, H, W) whose statistics are measured at the sizes that are asked for.

    alpha: (1, 1, H, W) in [0, 1]; what it hides does not count. None for all of it. Where nothing is left of
    it at a size, measuring raises JobError ("style_transparent").
    """

    def __init__(self, picture: Tensor, encoder: Encoder, alpha: Tensor | None = None) -> None:
        self._picture = picture.to(encoder.device)
        self._encoder = encoder
        self._shown: Tensor | None = None
        if alpha is not None and float(alpha.min()) < 1:
            self._shown = alpha.to(encoder.device)
            self._picture = fill_gaps(self._picture, (self._shown > 0.5).to(self._picture))

    @property
    def picture(self) -> Tensor:
        """(1, 3, H, W), as loaded; what alpha hides is filled."""
        return self._picture

    @property
    def whole(self) -> bool:
        """Whether all of it counts."""
        return self._shown is None

    @property
    def network(self) -> str:
        """The name of the encoder that measures it."""
        return self._encoder.name

    @property
    def long_side(self) -> int:
        """Pixels of the longer side, as loaded."""
        return max(self._picture.shape[-2:])

    def colors(self) -> Tensor:
        """Some of its colours (P, 3), enough to know the palette."""
        size = min(self.long_side, 256)
        colors = resized(self._picture, size).reshape(3, -1).T
        if self._shown is None:
            return colors
        shown = resized(self._shown, size).reshape(-1)
        return colors[shown >= shown.max() / 2]

    def pixels(self, long_side: float) -> float:
        height, width = self._picture.shape[-2:]
        return float(height * width * (long_side / self.long_side) ** 2)

    @cached_property
    def wavelength(self) -> float:
        """From stroke to stroke, in its pixels."""
        return dominant_wavelength(self._picture, self._shown)

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        """Moments of its features where its longer side is so many pixels; see ``Style``."""
        parts = []
        for picture, shown in self._cuts(long_side):
            features = self._encoded(picture, layers)
            part = {layer: feature_moments(f, _shrunk(shown, layer)) for layer, f in features.items()}
            for key, (layer, lift) in lifts.items():
                part[key] = feature_moments(lift(features[layer]), _shrunk(shown, layer))
            parts.append(part)
        found = merge(parts)
        if any(float(moments.weight) <= 0 for moments in found.values()):
            raise transparent("The painting")
        return {key: normalised(moments) for key, moments in found.items()}

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        """Some of its hypercolumns; see ``Style``.

        They are drawn before they are measured, so that of a large painting not all are held at once.
        """
        seen = [
            _shrunk(own, "relu3_1").reshape(-1) for t in range(turns) for _, own in self._cuts(long_side, t)
        ]
        least = max(float(one.max()) for one in seen) / 2  # of scraps half of what is seen best
        places = [torch.nonzero(one > least)[:, 0] for one in seen]
        total = sum(map(len, places))
        if not total:
            raise transparent("The painting")
        generator = torch.Generator().manual_seed(0)
        picked = torch.randperm(total, generator=generator)[:count].to(self._encoder.device)
        rows: dict[str, Tensor] = {}
        cuts = (picture for t in range(turns) for picture, _ in self._cuts(long_side, t))
        first = 0
        for picture, own in zip(cuts, places, strict=True):
            mine = torch.nonzero((picked >= first) & (picked < first + len(own)))[:, 0]
            if len(mine):
                columns = hypercolumns(self._encoded(picture, [*layers, "relu3_1"]), layers)
                for layer, column in zip(layers, columns, strict=True):
                    flat = column.permute(0, 2, 3, 1).flatten(0, 2)
                    into = rows.setdefault(layer, flat.new_empty(len(picked), flat.shape[1]))
                    into[mine] = flat[own[picked[mine] - first]]
            first += len(own)
        return rows

    def _encoded(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        with torch.no_grad():
            return self._encoder(picture, layers)

    def _cuts(self, long_side: float, turn: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The painting (1, 3, h, w) at a size, tile by tile, and (1, 1, h, w) what of a tile is its own.

        turn: quarters by which the painting is turned.
        """
        side = round(long_side)
        picture = resized(self._picture, side)
        shown = torch.ones_like(picture[:, :1])
        if self._shown is not None:
            shown = resized(self._shown, side).clamp(0, 1)
        picture, shown = (torch.rot90(one, turn, (2, 3)) for one in (picture, shown))
        picture, shown = at_least(picture, SMALLEST), at_least(shown, SMALLEST)
        height, width = picture.shape[-2:]
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                y, x = max(top - OVERLAP, 0), max(left - OVERLAP, 0)
                bottom, right = min(top + TILE, height), min(left + TILE, width)
                box = (..., slice(y, min(bottom + OVERLAP, height)), slice(x, min(right + OVERLAP, width)))
                own = torch.zeros_like(shown[box])
                own[..., top - y : bottom - y, left - x : right - x] = shown[..., top:bottom, left:right]
                yield picture[box], own


def transparent(what: str) -> JobError:
    """The error of a painting that shows nothing, or too little to be measured."""
    return JobError(
        "style_transparent",
        f"{what} is transparent everywhere, or nearly so. Choose one with paint in it.",
        Remedy.CHOOSE_IMAGE,
    )


def _shrunk(shown: Tensor, layer: str) -> Tensor:
    return F.avg_pool2d(shown, stride(layer))
