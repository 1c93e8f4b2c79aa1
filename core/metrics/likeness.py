"""How like a painting a picture is in style, and how like its content."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..colour import picture_colors
from ..encoder import Encoder
from ..oklab import to_oklab
from ..resize import resized, resized_to
from ..style.file import LAYERS as FILE_LAYERS
from ..style.file import StyleFile
from ..style.losses import Wasserstein2Target
from ..style.moments import Statistics
from ..style.painting import Painting
from ..style.source import Style

STYLE_LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_1"
POSITIONS = 1024
SIDE = 512  # pixels of the longer side at which pictures are compared


def style_distance(
    picture: Tensor,
    painting: Tensor | Style,
    encoder: Encoder,
    picture_side: int = SIDE,
    painting_side: int = SIDE,
) -> dict[str, float]:
    """Squared 2-Wasserstein distance of the features' Gaussians at each layer; 0 is the same.

    Over the painting's variance, so that 1 is about as far as a picture of its mean colour. picture,
    painting: (1, 3, H, W) in [0, 1], compared at these sizes of their longer sides: for strokes of
    another size than the painting's own, scale one of the sides. No loss of the solver looks at
    relu5_1, so that its distance was not optimised. Of a style that was measured before, a style file holds
    no relu5_1, which is then left out.
    """
    layers = FILE_LAYERS if isinstance(painting, StyleFile) else STYLE_LAYERS
    style = Painting(painting, encoder) if isinstance(painting, Tensor) else painting
    found = Painting(picture, encoder).statistics(picture_side, layers)
    return distances(found, style.statistics(painting_side, layers))


def distances(found: Statistics, goal: Statistics) -> dict[str, float]:
    """``style_distance`` of statistics: what was found of a picture, and the painting's own."""
    return {layer: max(0.0, float(Wasserstein2Target(goal[layer])(found[layer]))) for layer in goal}


@dataclass(frozen=True)
class ContentReport:
    """structure: mean difference of the cosine distances between places of the picture, 0 is the same.

    light: correlation of lightness in areas of 8 pixels, 1 is the same. chroma: mean distance of
    Oklab's a and b, 0 is the same and 0.3 about as far as colours get.
    """

    structure: float
    light: float
    chroma: float


def content_likeness(picture: Tensor, content: Tensor, encoder: Encoder) -> ContentReport:
    """What of a content picture is left in a picture; both (1, 3, H, W) in [0, 1], of any size."""
    goal = resized(content, min(SIDE, max(content.shape[-2:])))
    found = resized_to(picture, goal.shape[-2:])
    maps = [
        _similarity(encoder(one.to(encoder.device), [CONTENT_LAYER])[CONTENT_LAYER]) for one in (found, goal)
    ]
    labs = [to_oklab(picture_colors(one).cpu()) for one in (found, goal)]
    lights = [
        F.avg_pool2d(lab[:, 0].reshape(1, 1, *goal.shape[-2:]), 8, ceil_mode=True).flatten() for lab in labs
    ]
    return ContentReport(
        structure=float((maps[0] - maps[1]).abs().mean()),
        light=_correlation(*lights),
        chroma=float((labs[0][:, 1:] - labs[1][:, 1:]).norm(dim=1).mean()),
    )


def _correlation(a: Tensor, b: Tensor) -> float:
    """Of two lists of numbers; 0 if one of them is all the same."""
    if len(a) < 2 or min(float(a.std()), float(b.std())) < 1e-3:
        return 0.0
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def _similarity(features: Tensor) -> Tensor:
    """Cosine distances (P, P) between places on a grid of about POSITIONS."""
    step = max(1, round((features.shape[2] * features.shape[3] / POSITIONS) ** 0.5))
    flat = F.normalize(features[0, :, ::step, ::step].flatten(1), dim=0, eps=1e-6)
    return 1 - flat.T @ flat
