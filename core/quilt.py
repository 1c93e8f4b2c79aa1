"""Image quilting: a picture of any size, laid out of patches of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .resize import at_least, resized_to

SHARE = 1 / 3  # of the exemplar's shorter side that a patch is long
SMALLEST = 8  # pixels of a patch
OVERLAP = 1 / 3  # of a patch that lies over its neighbour
TOLERANCE = 0.1  # how much worse than the best patch one may fit that is taken
STRETCH, TRIES = 0.1, 5  # how far a quilt's length may be from the one asked for, and in how many steps
MOST = 64  # patches of a quilt of which several are tried

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex128]


def quilted(
    exemplar: Tensor, size: tuple[int, int], wrap: tuple[bool, bool] = (False, False), seed: int = 0
) -> Tensor:
    """A picture (1, 3, H, W) of patches of an exemplar (1, 3, h, w), in [0, 1], cut where they differ least.

    size: H and W. wrap: whether the picture repeats, down and across. Along such an axis a regular pattern
    seldom comes round in just so many pixels. So quilts up to STRETCH longer or shorter are laid, too, and
    the one whose patches fit best is resized to the size that was asked for.
    """
    best, misfit = lay(exemplar, size, wrap, seed)
    few = _count(exemplar, size, wrap) <= MOST
    for axis in (0, 1):
        for at in range(-TRIES, TRIES + 1):
            if not (wrap[axis] and few and at and misfit):
                continue
            shape = [*best.shape[-2:]]
            shape[axis] = round(size[axis] * (1 + STRETCH * at / TRIES))
            other, found = lay(exemplar, (shape[0], shape[1]), wrap, seed)
            if found < misfit:
                best, misfit = other, found
    return resized_to(best, size, wrap)


def lay(
    exemplar: Tensor, size: tuple[int, int], wrap: tuple[bool, bool] = (False, False), seed: int = 0
) -> tuple[Tensor, float]:
    """A quilt (1, 3, H, W) of an exemplar (1, 3, h, w), and how badly its patches fit, as a mean square.

    (Efros and Freeman 2001, "Image Quilting for Texture Synthesis and Transfer".) Where the picture repeats,
    the last patches are fitted to the first ones, too. Patches are laid row by row, each drawn among those
    that fit what lies there about as well as the best. Differs from the paper in the overlap, a third of a
    patch, and in that each patch is cut towards all sides on which something lies already.
    """
    rng = np.random.default_rng(seed)
    exemplar = at_least(exemplar, SMALLEST)
    patch, over = _patch(exemplar, size)
    pixels = exemplar.detach()[0].permute(1, 2, 0).cpu().float().numpy()
    spectra = _Spectra.of(pixels)
    height, width = size
    laid = np.zeros((height, width, 3), np.float32)
    known = np.zeros((height, width), bool)
    misfit, compared = 0.0, 0
    for top in _starts(height, patch, over, wrap[0]):
        rows = np.arange(top, top + patch) % height
        for left in _starts(width, patch, over, wrap[1]):
            at = np.ix_(rows, np.arange(left, left + patch) % width)
            there, here = laid[at], known[at]
            y, x = _chosen(spectra, there, here, rng)
            new = pixels[y : y + patch, x : x + patch]
            error = ((new - there) ** 2).sum(2)
            laid[at] = np.where(_cut(error, here)[..., None], new, there)
            known[at] = True
            misfit, compared = misfit + float(error[here].sum()), compared + int(here.sum())
    return torch.from_numpy(laid).permute(2, 0, 1)[None].contiguous(), misfit / max(1, compared)


def _patch(exemplar: Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """Pixels of a patch's side, and of its overlap."""
    patch = max(SMALLEST, round(min(*exemplar.shape[-2:], *size) * SHARE))
    return patch, max(1, round(patch * OVERLAP))


def _count(exemplar: Tensor, size: tuple[int, int], wrap: tuple[bool, bool]) -> int:
    """How many patches a quilt has."""
    patch, over = _patch(exemplar, size)
    down, across = (len(list(_starts(size[axis], patch, over, wrap[axis]))) for axis in (0, 1))
    return down * across


def _starts(length: int, patch: int, over: int, wraps: bool) -> Iterator[int]:
    """Where patches begin that cover a length with at least ``over`` pixels in common."""
    last = length if wraps else length - patch  # where the first would begin again, or the last begins
    count = max(1, -(-last // (patch - over)))
    yield from (round(last * i / count) for i in range(count if wraps else count + (last > 0)))


@dataclass(frozen=True)
class _Spectra:
    """Fourier transforms of an exemplar (h, w, 3) and its squares (h, w), to compare all patches at once.

    NumPy's, in one thread: the pictures are small.
    """

    size: tuple[int, int]
    pixels: Complexes
    squares: Complexes

    @classmethod
    def of(cls, exemplar: Floats) -> _Spectra:
        size = (exemplar.shape[0], exemplar.shape[1])
        squares = np.square(exemplar).sum(2)
        return cls(size, np.fft.rfft2(exemplar, axes=(0, 1)), np.fft.rfft2(squares, axes=(0, 1)))

    def errors(self, there: Floats, known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(h - P + 1, w - P + 1) squared differences of each patch and what is known of one (P, P, 3)."""
        mask = np.fft.rfft2(known, s=self.size, axes=(0, 1))
        goal = there * known[..., None]
        cross = (self.pixels * np.fft.rfft2(goal, s=self.size, axes=(0, 1)).conj()).sum(2)
        found = np.fft.irfft2(self.squares * mask.conj() - 2 * cross, s=self.size, axes=(0, 1))
        height, width = (length - len(known) + 1 for length in self.size)
        errors: NDArray[np.float64] = (found[:height, :width] + np.square(goal).sum()).clip(0)
        return errors


def _chosen(
    spectra: _Spectra, there: Floats, known: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[int, int]:
    """The upper left corner of a patch of the exemplar that fits what is known."""
    if not known.any():
        free = [int(rng.integers(0, length - len(known) + 1)) for length in spectra.size]
        return free[0], free[1]
    errors = spectra.errors(there, known)
    good = np.flatnonzero(errors <= (1 + TOLERANCE) * errors.min() + 1e-6)
    index = int(good[int(rng.integers(0, len(good)))])
    return index // errors.shape[1], index % errors.shape[1]


def _cut(error: Floats, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pixels of a patch are taken: all new ones, and of those known what the cheapest cuts leave.

    error: (P, P) squared differences of the patch and what is known.
    """
    taken = np.ones_like(known)
    for turn in range(4):
        here = np.rot90(known, turn)
        depth = int(here.all(1).argmin())  # whole rows
        if depth:
            inside = np.rot90(taken, turn)  # a view: cutting it cuts ``taken``
            path = _cheapest(np.rot90(error, turn)[:depth])
            inside[:depth][np.arange(depth)[:, None] < path] = False
    return taken | ~known


def _cheapest(error: Floats) -> NDArray[np.int64]:
    """(P,) rows of the cheapest path from the left of a band (D, P) to its right."""
    length = error.shape[1]
    total = error.copy()
    for column in range(1, length):
        before = np.pad(total[:, column - 1], 1, constant_values=np.inf)
        total[:, column] += np.minimum(np.minimum(before[:-2], before[1:-1]), before[2:])
    path = np.empty(length, np.int64)
    path[-1] = total[:, -1].argmin()
    for column in range(length - 2, -1, -1):
        low = max(0, path[column + 1] - 1)
        path[column] = low + total[low : path[column + 1] + 2, column].argmin()
    return path
