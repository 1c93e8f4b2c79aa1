"""From settings to an objective: which losses there are at a stage, by name and weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..canvas import Stage
from ..content.losses import EdgeContent, FeatureContent, SelfSimilarity, TotalVariation
from ..style.lift import RandomFourier
from ..style.losses import MOMENT_LOSSES, LinearMMDTarget
from ..style.moments import Moments, Statistics
from ..style.nearest import DICTIONARY, NearestNeighbour
from ..style.nearest import LAYERS as NEAREST_LAYERS
from ..style.sliced import SlicedWasserstein
from ..style.source import Style, normalised
from ..terms import MomentLoss, ViewTerm
from .objective import LIFTED, Lift, Region

GAUSS, SLICED, NEAREST = "mmd-gauss", "sliced", "nn"
SLICED_SAMPLES = 65536
TURNS = 4  # quarters by which the painting is turned for its dictionary of places
# What brings each loss to the pull of w2 on a photograph in the painting's colours, so that strength means
# the same for all: ratios of gradient norms, medians over three paintings at two scales.
PULL = {
    "w2": 1.0,
    "gram": 1.3,
    "bn": 2.0,
    "mmd-linear": 1.5,
    "mmd-poly": 1.3,
    GAUSS: 3.5,
    SLICED: 2.2,
    NEAREST: 9.5,
}
# Content losses are of the order of the style's variance; the others are brought to about that.
SIMILARITY, EDGES, VARIATION = 2.0, 0.5, 0.05
LEAST_STRENGTH = 0.125  # below it content pulls little more, at 0 64 times as much as style


@dataclass(frozen=True)
class Losses:
    """Weights by name. style: of ``PULL``, of which only the proportions count. content: of features,
    similarity: of self-similarity, edges: of the Laplacian, variation: of total variation; each 1 for its
    usual strength.
    """

    style: tuple[tuple[str, float], ...] = (("w2", 1.0),)
    content: float = 1.0
    similarity: float = 0.0
    edges: float = 0.0
    variation: float = 0.0


def passes(losses: Losses) -> int:
    """How often a painting is encoded to measure it for these losses."""
    names = {name for name, weight in losses.style if weight > 0}
    return 1 + (GAUSS in names) + (SLICED in names) + TURNS * (NEAREST in names)


def region_losses(
    style: Style,
    stage: Stage,
    losses: Losses,
    strength: float,
    guide: Tensor | None,
    seed: int,
    prior: float = 0.0,
) -> Region:
    """The losses of a region at a stage. strength: 0 content .. 1 style.

    prior: positions of each layer that are taken to be as they should: what is measured of a few says little.
    """
    weights = {name: weight for name, weight in losses.style if weight > 0}
    whole = sum(weights.values())
    mix = {name: weight / whole * PULL[name] for name, weight in weights.items()}
    statistics = style.statistics(stage.painting, stage.layers)
    targets: dict[str, MomentLoss] = {}
    named = {name: weight for name, weight in mix.items() if name in MOMENT_LOSSES}
    if named:
        targets = {layer: _mixed(moments, named) for layer, moments in statistics.items()}
    lifts: dict[str, Lift] = {}
    if GAUSS in mix:
        lifts = {f"{layer}{LIFTED}fourier": RandomFourier(m, seed) for layer, m in statistics.items()}
        wanted = {key: (key.split(LIFTED)[0], lift) for key, lift in lifts.items()}
        lifted = style.statistics(stage.painting, stage.layers, wanted)
        for key in lifts:
            targets[key] = _weighted(LinearMMDTarget(lifted[key]), mix[GAUSS])
        statistics = {**lifted, **statistics}
    return Region(
        style=targets,
        lifts=lifts,
        terms=_positions(style, stage, mix, seed),
        keeps=_content(statistics, stage, losses, strength),
        guide=guide,
        memory={key: normalised(statistics[key]).scaled(prior) for key in targets} if prior > 0 else None,
    )


def whole_canvas_terms(losses: Losses) -> tuple[ViewTerm, ...]:
    """What holds everywhere, whatever the region."""
    return (TotalVariation(VARIATION * losses.variation),) if losses.variation > 0 else ()


def _positions(style: Style, stage: Stage, mix: Mapping[str, float], seed: int) -> tuple[ViewTerm, ...]:
    terms: list[ViewTerm] = []
    if SLICED in mix:
        samples = style.samples(stage.painting, stage.layers, SLICED_SAMPLES)
        terms.append(SlicedWasserstein(samples, mix[SLICED] * len(stage.layers), seed))
    if NEAREST in mix:
        # The finest scale sharpens strokes: each of its layers is matched on its own.
        finest = "relu4_1" not in stage.layers
        layers = [layer for layer in NEAREST_LAYERS if layer in stage.layers] if finest else NEAREST_LAYERS
        rows = style.samples(stage.painting, layers, DICTIONARY, turns=TURNS)
        terms.append(NearestNeighbour(rows, mix[NEAREST], split=finest))
    return tuple(terms)


def _content(statistics: Statistics, stage: Stage, losses: Losses, strength: float) -> tuple[ViewTerm, ...]:
    """Content losses, weighted so that they and style are comparable whatever the painting.

    At strength 0.5 both pull as much. Their ratio is squared, as in proportion to it the default 0.7 left
    plain places of the content without strokes.
    """
    if strength >= 1:
        return ()
    balance = ((1 - strength) / max(strength, LEAST_STRENGTH)) ** 2
    layers = [layer for layer in stage.content if layer in statistics]
    terms: list[ViewTerm] = []
    if losses.content > 0 and layers:
        # At the finest scale, features of a content without strokes would smooth these away again.
        features = balance * min(1.0, balance) if stage.finest else balance
        weights = {k: (balance if k == "rgb" else features) * losses.content for k in layers}
        terms.append(FeatureContent({k: weight / spread(statistics[k]) for k, weight in weights.items()}))
    if losses.similarity > 0:
        deep = [layer for layer in layers if layer != "rgb"]
        if deep:
            terms.append(SelfSimilarity(dict.fromkeys(deep, SIMILARITY * balance * losses.similarity)))
    if losses.edges > 0:
        light = spread(statistics["rgb"]) if "rgb" in statistics else 0.1
        terms.append(EdgeContent(EDGES * balance * losses.edges / light))
    return tuple(terms)


def spread(moments: Moments) -> float:
    """The variance of features, of all channels together."""
    return float(moments.covariance.diagonal().sum().clamp_min(1e-12))


def _mixed(moments: Moments, mix: Mapping[str, float]) -> MomentLoss:
    parts = [_weighted(MOMENT_LOSSES[name](moments), weight) for name, weight in mix.items()]
    return parts[0] if len(parts) == 1 else _sum(parts)


def _sum(parts: Sequence[MomentLoss]) -> MomentLoss:
    return lambda moments: torch.stack([part(moments) for part in parts]).sum()


def _weighted(loss: MomentLoss, weight: float) -> MomentLoss:
    return loss if weight == 1 else lambda moments: weight * loss(moments)
