"""Are strokes equally large all over a surface?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..protocol import JobError, Remedy
from ..surface.geometry import Geometry
from ..surface.mesh import SurfaceMesh
from .position import position_texture
from .strokes import window_wavelengths
from .windows import SurfaceWindows, check_texture, lay_windows, texel_size

PER_WAVE = 8  # pixels of a wavelength: strokes from a third of it to several times it are told apart
# Wavelengths across a window. The wider, the less chance there is in its spectrum, but paintings have larger
# forms that wide ones take for strokes. Narrower ones are for where wide ones find no room.
WIDTHS = (12, 9, 6)
COVERED = 0.5  # mean weight of a window that counts; 0.77 is that of one on a plane
WINDOWS, ROUGH = 96, 24  # that are laid, and while the wavelength is looked for
ENOUGH, LEAST = 1 / 3, 1 / 8  # of them that find room, or else narrower ones are laid, or none
FIRST = 4  # texels: the wavelength to look for first
ROUNDS, NEAR = 6, 1.15  # of looking, and the factor between two rounds that ends it
FLOOR_WAVES = 128


@dataclass(frozen=True)
class EvennessReport:
    """wavelength: median distance from stroke to stroke, in world units.

    variation: standard deviation of the windows' wavelengths over their mean; 0 is perfectly even.
    windows: how many were measured. scale: the wavelength, in world units, that they were laid for.
    """

    wavelength: float
    variation: float
    windows: int
    scale: float


def stroke_evenness(mesh: SurfaceMesh, texture: Tensor, seed: int = 0) -> EvennessReport:
    """The coefficient of variation of the dominant stroke wavelength over the surface.

    texture: (1, 3, H, W) sRGB in [0, 1], top row first. It is seen through square orthographic windows
    on the surface, all of one world size: 12 of the median wavelength wide (9 or 6 where so wide
    ones find no room), which is found first. Those that lie mostly on the surface count; each is
    measured as ``dominant_wavelength`` measures a picture.

    Raises JobError ("texture_plain") where there are no strokes, and ("strokes_too_large") where the
    surface is too small or too bent to count any.
    """
    pixels = check_texture(texture)
    gauge = _Gauge(mesh, pixels.shape[-2:], seed)
    wavelength = FIRST * gauge.texel
    for _ in range(ROUNDS):
        found = _median(gauge.measure(pixels, wavelength, ROUGH))
        near = 1 / NEAR < found / wavelength < NEAR
        wavelength = found
        if near:
            break
    return _report(gauge.measure(pixels, wavelength, WINDOWS), wavelength)


def evenness_floor(mesh: SurfaceMesh, size: int, scale: float, seed: int = 0) -> EvennessReport:
    """What ``stroke_evenness`` gives for a texture that is perfectly even: smooth noise in space.

    It is not 0: a window shows a handful of strokes, whose sizes are a matter of chance, and slopes
    foreshorten them. How much a painting's own strokes differ in size is not in it. scale: the wavelength of
    the noise, in world units; that of a texture's report lays the same windows as there. Raises JobError
    as ``stroke_evenness``.
    """
    texture = position_texture(mesh, size, seed, scale, FLOOR_WAVES)
    return _report(_Gauge(mesh, (size, size), seed).measure(texture, scale, WINDOWS), scale)


class _Gauge:
    """Measures windows of one world size on a mesh, whose texture has a shape (H, W)."""

    def __init__(self, mesh: SurfaceMesh, shape: tuple[int, ...], seed: int) -> None:
        self._geometry, self._seed = Geometry(mesh), seed
        self.texel = texel_size(self._geometry, shape[0], shape[1])

    def measure(self, texture: Tensor, wavelength: float, count: int) -> list[float]:
        """Wavelengths in world units, of windows fit for one; NaN in those that are plain."""
        pixel = wavelength / PER_WAVE
        for width in WIDTHS:
            found: list[float] = []
            portions = lay_windows(
                self._geometry, pixel, width * PER_WAVE, count, self.texel, seed=self._seed
            )
            for windows in portions:
                found += self._fitting(windows, texture)
            if len(found) >= count * (LEAST if width == WIDTHS[-1] else ENOUGH):
                return [each * pixel for each in found]
        raise JobError(
            "strokes_too_large",
            "The strokes are too large for this surface: it has no room for enough of them to compare. "
            "Choose a texture with smaller strokes.",
            Remedy.CHANGE_SETTING,
        )

    def _fitting(self, windows: SurfaceWindows, texture: Tensor) -> list[float]:
        weight = windows.weight
        fits = weight.mean((1, 2, 3)) >= COVERED
        if not fits.any():
            return []
        return window_wavelengths(windows.read(texture)[fits], weight[fits])


def _median(wavelengths: list[float]) -> float:
    counted = [each for each in wavelengths if math.isfinite(each)]
    if 2 * len(counted) < len(wavelengths):
        raise JobError(
            "texture_plain",
            "The texture shows no strokes: most of the surface is of one colour. Choose a painted texture.",
            Remedy.CHOOSE_IMAGE,
        )
    return float(np.median(counted))


def _report(wavelengths: list[float], scale: float) -> EvennessReport:
    median = _median(wavelengths)
    counted = torch.tensor([each for each in wavelengths if math.isfinite(each)], dtype=torch.float64)
    variation = float(counted.std(correction=0) / counted.mean())
    return EvennessReport(median, variation, len(counted), scale)
