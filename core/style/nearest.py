"""The nearest-neighbour style loss: each place wants to look like some place of the painting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..encoder.frozen import padded
from ..encoder.vgg import stride
from ..terms import Seen, Unobserving

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
GRID = 4  # view pixels between two hypercolumns
DICTIONARY = 8192  # hypercolumns of the painting that are compared with, at most
CHUNK = 2**24  # similarities computed at a time: 64 MB


def hypercolumns(
    features: Mapping[str, Tensor], layers: Sequence[str], wrap: tuple[bool, bool] = (False, False)
) -> list[Tensor]:
    """Each layer's features (B, C, h, w) on one grid GRID pixels apart, finer ones averaged.

    wrap: whether the view that they are of goes on at its other end: down, across.
    """
    grid = next(f for layer, f in features.items() if stride(layer) == GRID)
    return [
        _on_grid(features[layer], stride(layer), (grid.shape[2], grid.shape[3]), wrap) for layer in layers
    ]


def _on_grid(f: Tensor, apart: int, size: tuple[int, int], wrap: tuple[bool, bool]) -> Tensor:
    if apart <= GRID:
        return F.avg_pool2d(f, GRID // apart)
    # By a whole factor, so that a tile's grid is a part of the whole picture's; its end is continued.
    factor = apart // GRID
    finer = F.interpolate(padded(f, wrap), scale_factor=factor, mode="bilinear", align_corners=False)
    finer = finer[..., factor:-factor, factor:-factor]
    short = (0, size[1] - finer.shape[3], 0, size[0] - finer.shape[2])
    return F.pad(finer, short, mode="replicate")


class NearestNeighbour(Unobserving):
    """Mean cosine distance of hypercolumns to their nearest ones in the painting.

    (Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich 2022, "Neural Neighbor Style Transfer".)
    Columns are centred by the mean of the painting's, as those of the canvas come to share it. Differs
    from the paper in matching anew at each evaluation at every scale, where the paper fixes the matches
    of all scales but the last; layers count alike whatever the number of their channels.

    dictionary: {layer: (M, C)}, rows that belong together, relu3_1 among them. split: match each layer
    on its own, as the paper's last pass does: sharper, less faithful to the painting's larger forms.
    """

    content_layers: tuple[str, ...] = ()

    def __init__(self, dictionary: Mapping[str, Tensor], factor: float = 1.0, split: bool = False) -> None:
        self._factor, self._split = factor, split
        self._layers = tuple(dictionary)
        self._means = [part.mean(0) for part in dictionary.values()]
        self._scales = [
            (part - mean).square().sum(1).mean().sqrt().clamp_min(1e-6)
            for part, mean in zip(dictionary.values(), self._means, strict=True)
        ]
        self._parts = [self._centred(part, index) for index, part in enumerate(dictionary.values())]

    @property
    def layers(self) -> tuple[str, ...]:
        return self._layers

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        columns = hypercolumns(seen.features, self._layers, seen.wrap)
        weight = seen.weights["relu3_1"].reshape(-1)
        used = weight > 1e-4
        if not bool(used.any()):
            return weight.sum() * 0
        flat = [self._centred(c.permute(0, 2, 3, 1).flatten(0, 2)[used], i) for i, c in enumerate(columns)]
        if self._split:
            pairs = [([ours], [theirs]) for ours, theirs in zip(flat, self._parts, strict=True)]
        else:
            pairs = [(flat, self._parts)]
        losses = [_distance(ours, theirs) for ours, theirs in pairs]
        mean = torch.stack(losses).mean(0)
        return self._factor * (mean * weight[used]).sum() * GRID**2

    def _centred(self, rows: Tensor, index: int) -> Tensor:
        return (rows - self._means[index]) / self._scales[index]


def _distance(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """Cosine distance (N,) of rows to their nearest; rows are the parts side by side."""
    mine, dictionary = torch.cat(list(ours), 1), torch.cat(list(theirs), 1)
    with torch.no_grad():
        nearest = _nearest(mine, F.normalize(dictionary, dim=1, eps=1e-6))
    return 1 - F.cosine_similarity(mine, dictionary[nearest], dim=1, eps=1e-6)


def _nearest(rows: Tensor, dictionary: Tensor) -> Tensor:
    """Index (N,) of the unit vector of the dictionary (M, C) nearest in direction to each row (N, C)."""
    step = max(1, CHUNK // len(dictionary))
    found = [(rows[at : at + step] @ dictionary.T).argmax(1) for at in range(0, len(rows), step)]
    return torch.cat(found)
