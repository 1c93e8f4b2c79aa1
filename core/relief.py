"""Impasto: how thick the paint lies, made from the colours that are painted.

That light is high and dark is low is the usual way to make relief of a picture (luminance as a displacement),
and painters' own: lights are laid on thickly, shadows thinly. But lightness itself makes cliffs where white
meets black, beside which strokes within the dark, or within the pale, are nothing. So it is taken apart
into octaves, from the texel to the stroke, as in a Laplacian pyramid (Burt and Adelson 1983); each is divided
by its contrast in the neighbourhood (as the eye does: divisive normalisation, Heeger 1992), so that
faint strokes stand out, too; and they are added again, finer ones lower. All of it happens on the
surface, by the pyramid that also holds the colours: where these have no seam, the height has none.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .oklab import to_oklab
from .surface.pyramid import SurfacePyramid

THICKNESS = 0.3  # world distance from the lowest to the highest paint, over the distance of strokes
COARSEST = 1.0  # spacing of points, over the distance of strokes, that the coarsest octave is finer than
AROUND = 1.4  # the same of the neighbourhood whose contrast counts
SMOOTHNESS = 0.7  # the power of an octave's wavelength that its height goes with; at 1 all are equally steep
FAINT = 0.03  # Oklab lightness: contrast far below it counts as none; a step of 8-bit colours has 0.003
PORTION = 2**21  # colours that are looked at at a time
REACH = 2.0  # standard deviations of height that the range has room for, before it is squashed


def paint_height(pyramid: SurfacePyramid, colors: Tensor, area: Tensor, stroke: float) -> Tensor:
    """How high (T,) in [0, 1] paint lies at a pyramid's targets, 0.5 on the average.

    colors: (T, 3) display-referred sRGB. area: (T,) of the surface that each stands for, 0 for those off the
    surface. stroke: world distance from one stroke to the next.
    """
    light = torch.cat([to_oklab(part)[:, :1] for part in colors.split(PORTION)])
    light = _centred(light, area)
    spacings = pyramid.spacings
    first, around = _level_below(pyramid, COARSEST * stroke), _level_below(pyramid, AROUND * stroke)
    height = torch.zeros_like(light)
    finer = light
    for level in range(len(spacings) - 1, first - 1, -1):
        coarser = pyramid.smooth(light, area, level)
        band = finer - coarser
        contrast = (pyramid.smooth(band.square(), area, min(around, level)) + FAINT**2).sqrt()
        height += (spacings[level] / spacings[first]) ** SMOOTHNESS * band / contrast
        finer = coarser
    return 0.5 + 0.5 * torch.tanh(_centred(height, area)[:, 0] / REACH)


def _centred(values: Tensor, area: Tensor) -> Tensor:
    """Values (T, 1) less their mean over the surface, exactly 0 where all are equal."""
    whole = area.cpu().double()
    return values - ((values[:, 0].cpu().double() * whole).sum() / whole.sum()).to(values)


def _level_below(pyramid: SurfacePyramid, spacing: float) -> int:
    """The coarsest level whose points are at most ``spacing`` apart, or the finest one."""
    return min(sum(each > spacing for each in pyramid.spacings), len(pyramid.spacings) - 1)
