"""Colour transfer between pictures: maps of colours (P, 3), display-referred sRGB in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .oklab import from_oklab, to_oklab, within_gamut
from .strips import by_strips

Recolor = Callable[[Tensor], Tensor]
TURNS = 16  # of colour space, after which histograms agree along all directions
QUANTILES = 512


def color_moments(colors: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3,) and covariance (3, 3) of colours (P, 3)."""
    mean = colors.mean(0)
    centred = colors - mean
    return mean, centred.T @ centred / max(len(colors), 1)


def monge_kantorovich(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The linear map between colours (P, 3) and (Q, 3) that moves them least.

    Returns (matrix (3, 3), offset (3,)): ``color @ matrix + offset`` has the target's mean
    and covariance (Pitie and Kokaram 2007, "The linear Monge-Kantorovitch linear colour
    mapping", eq. 8).
    """
    mean, covariance = color_moments(source.cpu().double())
    goal, goal_covariance = color_moments(target.cpu().double())
    # A palette without spread cannot be spread; the ridge keeps its map finite.
    eye = torch.eye(3, dtype=torch.float64)
    root, inverse = _roots(covariance + 1e-6 * eye)
    middle, _ = _roots(root @ (goal_covariance + 1e-6 * eye) @ root)
    matrix = inverse @ middle @ inverse
    offset = goal - mean @ matrix
    return matrix.to(source), offset.to(source)


def linear_match(source: Tensor, target: Tensor) -> Recolor:
    """Colours of ``source`` with the mean and covariance of ``target``, moved as little as can be."""
    matrix, offset = monge_kantorovich(source, target)
    return lambda colors: (colors @ matrix.to(colors) + offset.to(colors)).clamp(0, 1)


def oklab_match(source: Tensor, target: Tensor) -> Recolor:
    """Colours of ``source`` with the mean and deviation of ``target`` in each of Oklab's channels.

    The transfer of Reinhard et al. 2001, in Oklab instead of their l-alpha-beta.
    """
    mine, goal = to_oklab(source), to_oklab(target)
    gain = goal.std(0) / mine.std(0).clamp_min(1e-3)
    shift = goal.mean(0) - mine.mean(0) * gain
    return lambda colors: within_gamut(to_oklab(colors) * gain.to(colors) + shift.to(colors))


def histogram_match(source: Tensor, target: Tensor, seed: int = 0) -> Recolor:
    """Colours of ``source`` distributed like ``target``, not only in mean and spread.

    Histograms are matched along the axes of Oklab, turned at random again and again (Pitie, Kokaram
    and Dahyot 2005, "N-dimensional probability density function transfer").
    """
    generator = torch.Generator().manual_seed(seed)
    mine, goal = to_oklab(source), to_oklab(target)
    at = (torch.arange(QUANTILES, dtype=mine.dtype) + 0.5) / QUANTILES
    steps = []
    for turn in range(TURNS):
        axes = torch.eye(3, dtype=mine.dtype)
        if turn:
            axes, _ = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=mine.dtype))
        before = torch.quantile(_few(mine) @ axes, at, dim=0)
        after = torch.quantile(_few(goal) @ axes, at, dim=0)
        steps.append((axes, before, after))
        mine = _along(mine, axes, before, after)

    def recolor(colors: Tensor) -> Tensor:
        lab = to_oklab(colors)
        for axes, before, after in steps:
            lab = _along(lab, axes.to(lab), before.to(lab), after.to(lab))
        return within_gamut(lab)

    return recolor


MATCHES: dict[str, Callable[[Tensor, Tensor], Recolor]] = {
    "oklab": oklab_match,
    "linear": linear_match,
    "histogram": histogram_match,
}


def light_match(source: Tensor, target: Tensor) -> Recolor:
    """Greys of the lightness of ``source``, with the mean and deviation of the lightness of ``target``."""
    mine, goal = to_oklab(source)[:, 0], to_oklab(target)[:, 0]
    gain = goal.std() / mine.std().clamp_min(1e-3)
    shift = goal.mean() - mine.mean() * gain

    def recolor(colors: Tensor) -> Tensor:
        light = (to_oklab(colors)[:, :1] * gain.to(colors) + shift.to(colors)).clamp(0, 1)
        return from_oklab(torch.cat([light, light * 0, light * 0], dim=1)).clamp(0, 1)

    return recolor


def light_of(light: Tensor, color: Tensor) -> Tensor:
    """Colours (P, 3) as light as one picture's (P, 3), with hue and chroma of another's (P, 3).

    (Gatys, Ecker, Bethge, Hertzmann and Shechtman 2017, section 5.2, in Oklab.) Chroma gives way
    where the screen cannot show it at that lightness.
    """
    lightness, chroma = to_oklab(light)[:, :1], to_oklab(color)[:, 1:]
    return within_gamut(torch.cat([lightness, chroma], dim=1))


def picture_colors(picture: Tensor) -> Tensor:
    """All colours (P, 3) of a picture (1, 3, H, W)."""
    return picture[0].flatten(1).T


def recolored_strip(strip: Tensor, recolor: Recolor) -> Tensor:
    """A strip (1, 3, H, W) of a picture under a map of colours."""
    return recolor(picture_colors(strip)).T.reshape(strip.shape)


def recolored(picture: Tensor, recolor: Recolor) -> Tensor:
    """A picture (1, 3, H, W) under a map of colours."""
    return by_strips(lambda strip: recolored_strip(strip, recolor), picture)


def _along(lab: Tensor, axes: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Colours moved along axes from quantiles (Q, 3) to others, beyond their ends by the ends' shift.

    A value that several quantiles share, as the flat areas of drawings do, goes to the middle of theirs.
    """
    turned = (lab @ axes).T.contiguous()
    x, y = before.T.contiguous(), after.T.contiguous()
    last = x.shape[1] - 1
    first, after_all = torch.searchsorted(x, turned), torch.searchsorted(x, turned, right=True)
    left = (first - 1).clamp(0, last - 1)
    x0, x1 = x.gather(1, left), x.gather(1, left + 1)
    between = left + ((turned - x0) / (x1 - x0).clamp_min(1e-9)).clamp(0, 1)
    rank = torch.where(after_all - first > 1, (first + after_all - 1) / 2, between)
    low = rank.floor().long().clamp(0, last - 1)
    y0, y1 = y.gather(1, low), y.gather(1, low + 1)
    beyond = turned - turned.clamp(x[:, :1], x[:, -1:])
    return (y0 + (y1 - y0) * (rank - low) + beyond).T @ axes.T


def _few(colors: Tensor) -> Tensor:
    """torch.quantile takes 2^24 values at most, and some 10^5 say as much."""
    return colors[:: max(1, len(colors) // 100_000)]


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp_min(1e-12)
    return (vectors * values.sqrt()) @ vectors.T, (vectors / values.sqrt()) @ vectors.T
