"""The sliced Wasserstein style loss: features match along random directions, as whole distributions."""

from __future__ import annotations

import torch
from torch import Tensor

from ..encoder.vgg import stride
from ..terms import Seen

DIRECTIONS = 64
QUANTILES = 512
SAMPLES = 16384  # positions of a view batch that the canvas's distributions are learned from, at most


class SlicedWasserstein:
    """Mean over random directions of the squared 2-Wasserstein distance of the projected features.

    (Heitz, Vanhoey, Chambon and Belcour 2021, "A Sliced Wasserstein Loss for Neural Texture Synthesis".)
    Unlike moments it sees the whole distribution. On a line the optimal transport is the monotone map
    between quantiles; the loss is how far each feature is from where that map sends it, which
    has the gradient of the paper's sorted differences. It lets views be taken one at a time, as the map is
    learned from all of them first. Normalised by the style's variance along the directions.

    samples: {layer: (M, C)} of the painting. Directions are drawn once, from the seed.
    """

    content_layers: tuple[str, ...] = ()

    def __init__(self, samples: dict[str, Tensor], factor: float = 1.0, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self._factor = factor
        self._directions: dict[str, Tensor] = {}
        self._goal: dict[str, Tensor] = {}
        self._norm: dict[str, Tensor] = {}
        for layer, rows in samples.items():
            count = min(DIRECTIONS, 4 * rows.shape[1])
            directions = torch.randn(rows.shape[1], count, generator=generator).to(rows)
            self._directions[layer] = directions / directions.norm(dim=0)
            projected = rows @ self._directions[layer]
            self._goal[layer] = _quantiles(projected, torch.ones_like(projected[:, 0]))
            size = projected.square().mean() if layer != "rgb" else projected.var(0, correction=0).mean()
            self._norm[layer] = size.clamp_min(1e-12)
        self._observed: dict[str, list[tuple[Tensor, Tensor]]] = {}
        self._now: dict[str, Tensor] = {}

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self._directions)

    def observe(self, seen: Seen) -> None:
        for layer in self._directions:
            projected, weight = self._project(seen, layer)
            step = max(1, len(projected) // SAMPLES)
            self._observed.setdefault(layer, []).append((projected[::step].detach(), weight[::step] * step))

    def settle(self) -> None:
        for layer, parts in self._observed.items():
            rows, weights = (torch.cat(part) for part in zip(*parts, strict=True))
            if float(weights.sum()) > 0:
                self._now[layer] = _quantiles(rows, weights)
        self._observed = {}

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        losses = []
        for layer, now in self._now.items():
            projected, weight = self._project(seen, layer)
            with torch.no_grad():
                goal = _transported(projected, now, self._goal[layer])
            squares = (projected - goal).square().mean(1) / self._norm[layer]
            losses.append((squares * weight).sum() * stride(layer) ** 2)
        if not losses:  # nothing of the region has ever been in view
            return seen.weights["rgb"].sum() * 0
        return self._factor * torch.stack(losses).mean()

    def _project(self, seen: Seen, layer: str) -> tuple[Tensor, Tensor]:
        features = seen.features[layer]
        rows = features.permute(0, 2, 3, 1).flatten(0, 2)
        return rows @ self._directions[layer], seen.weights[layer].reshape(-1)


def _quantiles(rows: Tensor, weights: Tensor) -> Tensor:
    """Weighted quantiles (QUANTILES, K) of each column of rows (N, K), at the middles of equal shares."""
    values, order = rows.sort(0)
    shares = weights[order].cumsum(0) - weights[order] / 2
    shares = (shares / weights.sum()).T.contiguous()
    at = ((torch.arange(QUANTILES, device=rows.device, dtype=rows.dtype) + 0.5) / QUANTILES).repeat(
        rows.shape[1], 1
    )
    return _interpolated(at, shares, values.T.contiguous()).T


def _transported(rows: Tensor, now: Tensor, goal: Tensor) -> Tensor:
    """Where the monotone map from quantiles ``now`` to ``goal``, both (QUANTILES, K), sends rows (N, K)."""
    return _interpolated(rows.T.contiguous(), now.T.contiguous(), goal.T.contiguous()).T


def _interpolated(at: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Piecewise linear y(x) at ``at`` (K, N) through points (K, Q), x ascending; flat beyond its ends."""
    if x.shape[1] == 1:
        return y.expand_as(at)
    right = torch.searchsorted(x, at).clamp(1, x.shape[1] - 1)
    x0, x1 = x.gather(1, right - 1), x.gather(1, right)
    y0, y1 = y.gather(1, right - 1), y.gather(1, right)
    share = ((at - x0) / (x1 - x0).clamp_min(1e-12)).clamp(0, 1)
    return y0 + (y1 - y0) * share
