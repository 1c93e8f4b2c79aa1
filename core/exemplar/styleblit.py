"""StyleBlit: pieces of a painted sphere, copied as they are wherever their guides fit.

Sýkora et al. 2019. From coarse to fine, each pixel belongs to the nearest of scattered seeds. The seed's
guide says which place of the exemplar it is like, and the pixel takes what lies as far from there as it lies
from the seed, if the guide there is like its own. So pieces are as large as guides allow, and strokes stay
whole.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .exemplar import Exemplar, Target
from .lookup import Lookup
from .seeds import PORTION, Seeds

SPACINGS = (128, 64, 32, 16, 8, 4)  # pixels between seeds; what fits none of their pieces stands by itself
SOME = 0.15  # of a picture's pixels, fewer than which are asked one by one for their seeds
NOTHING = 1e6  # a guide that is like none
FAR = 2**20  # pixels: beyond any picture


def styleblit(exemplar: Exemplar, target: Target, lookup: Lookup, tolerance: float, seed: int) -> Tensor:
    """Places (h, w, 2) int32 in an exemplar, row and column of each pixel; -1 where nothing is to be painted.

    tolerance: how far guides may differ within a piece, by Euclidean distance.
    """
    height, width = target.inside.shape
    guides = target.guides.flatten(1).T.contiguous()
    inside = target.inside.flatten()
    pieces = Pieces(exemplar, tolerance)
    left = inside.nonzero()[:, 0].int()
    places = torch.full((height * width, 2), -1, dtype=torch.int32, device=guides.device)
    for spacing in SPACINGS:
        seeds = Seeds(spacing, seed, guides.device)
        where = seeds.around(height, width).floor().int()
        in_view = ((where >= 0) & (where < torch.tensor([height, width], device=where.device))).all(1)
        at = where[:, 0].clamp(0, height - 1) * width + where[:, 1].clamp(0, width - 1)
        shifts = lookup.places(guides[at]).int() - where
        shifts[~(in_view & inside[at])] = FAR  # a seed beside what is painted leads nowhere
        every = seeds.of_pixels(height, width) if len(left) > SOME * height * width else None
        kept = []
        for part in left.split(PORTION):
            pixels = torch.stack([part // width, part % width], 1)
            number = seeds.of(pixels, width) if every is None else every.index_select(0, part)
            found = pixels + shifts.index_select(0, number)
            fits = pieces.fit(guides.index_select(0, part), found)
            places[part[fits]] = found[fits]
            kept.append(part[~fits])
        left = torch.cat(kept) if kept else left
    places[left] = lookup.places(guides[left]).int()
    return places.view(height, width, 2)


class Pieces:
    """Says whether what lies at places of an exemplar may be copied."""

    def __init__(self, exemplar: Exemplar, tolerance: float) -> None:
        guides = torch.where(exemplar.inside, exemplar.guides, NOTHING)
        padded = F.pad(guides, (1, 1, 1, 1), value=NOTHING)
        self._height, self._width = padded.shape[1:]
        self._guides = padded.flatten(1).T.contiguous()
        self._most = tolerance

    def fit(self, guides: Tensor, places: Tensor, ease: Tensor | float = 1.0) -> Tensor:
        """Whether guides (N, G) are like those at places (N, 2), which may be outside: (N,) bool.

        ease: (N,), times the tolerance.
        """
        row = (places[:, 0] + 1).clamp(0, self._height - 1)
        column = (places[:, 1] + 1).clamp(0, self._width - 1)
        return (self._guides.index_select(0, row * self._width + column) - guides).square().sum(
            1
        ).sqrt() <= self._most * ease
