"""PatchMatch: for every patch of one picture a patch of another that is much like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

JUMPS = (8, 4, 2, 1)  # pixels from which neighbours propose their places
RADII = (16, 8, 4, 2, 1)  # pixels within which places are drawn: the coarser level was not far off
MARGIN = max(JUMPS)  # empty pixels around a plane, so that no shift by a jump or within a patch leaves it
LARGEST = MARGIN + 1  # pixels of a patch
NOWHERE = -(2**40)  # a place that stays outside whatever is added to it
PORTION = 2**15  # pixels that are looked at together: some ten megabytes meanwhile
LOST = 0.005  # of the variance of colours in patches that their description may lose: more loses the grain
MOST, SAMPLES = 128, 2**14  # numbers that describe a patch; patches that these are chosen by


@dataclass(frozen=True, eq=False)
class Plane:
    """A picture as a list of pixels, with a margin of MARGIN empty ones around it.

    values: (N, K) float32, what each pixel has, 0 in the margin. inside: (N,) bool. width: of a row with its
    margins. In this list a shift by rows and columns is a single number.
    """

    values: Tensor
    inside: Tensor
    width: int

    @classmethod
    def of(cls, picture: Tensor, inside: Tensor) -> Plane:
        """A picture (K, H, W) and its inside (H, W)."""
        margins = (MARGIN,) * 4
        values = F.pad(picture, margins).flatten(1).T.contiguous()
        return cls(values, F.pad(inside, margins).flatten(), picture.shape[2] + 2 * MARGIN)

    @property
    def pixels(self) -> Tensor:
        """Numbers (P,) of those inside."""
        return self.inside.nonzero()[:, 0]

    def picture(self, values: Tensor) -> Tensor:
        """Values (N, ...) of all pixels as a picture (H, W, ...), without the margin."""
        whole = values.reshape(-1, self.width, *values.shape[1:])
        return whole[MARGIN:-MARGIN, MARGIN:-MARGIN]

    def around(self, patch: int) -> Tensor:
        """Shifts (patch * patch,) from a patch's middle to its pixels."""
        reach = torch.arange(patch, device=self.values.device) - patch // 2
        return (reach[:, None] * self.width + reach).flatten()

    def patches(self, pixels: Tensor, patch: int) -> Tensor:
        """The patches (P, patch * patch * K) around pixels (P,)."""
        covered = (pixels[:, None] + self.around(patch)).flatten()
        return self.values.index_select(0, covered).reshape(len(pixels), -1)


@dataclass(frozen=True, eq=False)
class Source:
    """What patches are taken from. colors: how many of its values are colours. patch: a patch's side, odd.

    Patches are compared by few numbers: their coordinates along the axes of most variance. What is left out
    of a target's patch is the same for all places, so that it is no matter; of the source's own patches LOST
    of the colours' variance is.
    """

    plane: Plane
    colors: int
    patch: int

    @cached_property
    def _basis(self) -> Tensor:
        pixels = self.plane.pixels
        patches = self.plane.patches(pixels[:: -(-len(pixels) // SAMPLES)], self.patch)
        patches = patches - patches.mean(0)
        covariance = (patches.T @ patches / len(patches)).cpu().double()
        variance, axes = torch.linalg.eigh(covariance)  # ascending; in float32 it fails for plain paint
        counts = len(variance) // self.patch**2
        allowed = LOST * covariance.diagonal().reshape(-1, counts)[:, : self.colors].sum()
        lost = int((variance.clamp_min(0).cumsum(0) <= allowed).sum())
        kept: Tensor = axes[:, max(lost, len(variance) - MOST) :].float() / self.patch
        return kept.to(patches.device)

    def described(self, plane: Plane, pixels: Tensor) -> Tensor:
        """The patches of a plane around pixels (P,), described by (P, D) numbers.

        The squared distance of two descriptions is that of the pixels' values, on average over a patch.
        """
        return torch.mm(plane.patches(pixels, self.patch), self._basis)

    @cached_property
    def table(self) -> Tensor:
        """Descriptions (N, D) of all patches, 0 in the margin; in float16, as reading takes the time."""
        shape = len(self.plane.inside), self._basis.shape[1]
        table = self.plane.values.new_zeros(shape, dtype=torch.float16)
        for pixels in self.plane.pixels.split(PORTION):
            table[pixels] = self.described(self.plane, pixels).to(table.dtype)
        return table


class Usage:
    """How often places of a source are used, kept while they change.

    (The uniformity of Kaspar et al. 2015, "Self Tuning Texture Optimization".) places: (P,) at first.
    """

    def __init__(self, source: Source, places: Tensor) -> None:
        self._source = source
        self._count = source.plane.values.new_zeros(len(source.plane.inside))
        self._count.index_add_(0, places, self._count.new_ones(len(places)))
        self._average = float(len(places) / source.plane.inside.sum())

    def move(self, old: Tensor, new: Tensor) -> None:
        """Places (M,) are given up for others."""
        one = self._count.new_ones(len(old))
        self._count.index_add_(0, old, -one).index_add_(0, new, one)

    @property
    def excess(self) -> Tensor:
        """How much too often the pixels of each patch (N,) are used.

        0 is once, or as often as all of the source is on average if that is more; 1 is twice as often. A
        piece that is copied whole is used once, so that it is left whole.
        """
        used = self._count
        for _ in range(2):  # uses of each pixel by patches that cover it; and of all pixels of a patch
            used = self._over_patches(used)
        return (used / max(1.0, self._average) - 1).clamp_min_(0)

    def _over_patches(self, values: Tensor) -> Tensor:
        """Means over patches (N,); sums of shifts are several times as fast as pooling."""
        patch = self._source.patch
        for shift in (1, self._source.plane.width):
            reach = patch // 2 * shift
            padded = F.pad(values, (reach, reach))
            values = padded[: len(values)].clone()
            for step in range(shift, patch * shift, shift):
                values += padded[step : step + len(self._count)]
        return values / patch**2


def sweep(
    source: Source,
    target: Plane,
    pixels: Tensor,
    places: Tensor,
    uniformity: float,
    generator: torch.Generator,
    tick: Callable[[], None],
) -> float:
    """Look for better places of pixels (P,) once; places (N,), changed in place, are the source's pixels.

    (Barnes et al. 2009, "PatchMatch".) Places of neighbours, shifted as these are, and random ones around the
    own, nearer and nearer, are tried for all pixels at once, and the best is kept. Differs from the paper in
    that neighbours up to 8 pixels away are asked, in all four directions, instead of going pixel by pixel.
    Returns the share of pixels that changed.
    """
    usage = Usage(source, places[pixels])
    changed = 0
    for chunk in pixels.split(PORTION):
        tick()
        wanted = source.described(target, chunk)
        own = places.index_select(0, chunk)
        misfit = _distance(source.table, own, wanted)
        moved = torch.zeros_like(chunk, dtype=torch.bool)
        for candidates in _candidates(source, target, chunk, places, generator):
            candidates = candidates.clamp_min(0)
            tried = (source.plane.inside.index_select(0, candidates) & (candidates != own)).nonzero()[:, 0]
            new, old = candidates[tried], own[tried]
            found = _distance(source.table, new, wanted.index_select(0, tried))
            better = found < misfit[tried]
            if uniformity:
                # Counted anew each time, or all would leave a crowd for the same empty place.
                fee = uniformity * usage.excess
                better = found + fee[new] < misfit[tried] + fee[old]
                usage.move(old[better], new[better])
            tried = tried[better]
            own[tried], misfit[tried], moved[tried] = new[better], found[better], True
            places[chunk] = own
        changed += int(moved.sum())
    return changed / max(1, len(pixels))


def vote(source: Source, pixels: Tensor, places: Tensor, width: int) -> Tensor:
    """What the patches that cover a target's pixels (P,) have there, on average (P, K).

    (Wexler et al. 2007, "Space-Time Completion of Video".) places: (N,) of the target, whose rows are
    ``width`` wide. Only pixels inside the source vote, each colour weighing the same.
    """
    plane = source.plane
    total = plane.values.new_zeros(len(pixels), plane.values.shape[1])
    count = plane.values.new_zeros(len(pixels), 1)
    reach = source.patch // 2
    for down, across in product(range(-reach, reach + 1), repeat=2):
        middle = places.index_select(0, pixels + (down * width + across))
        at = (middle - (down * plane.width + across)).clamp_min(0)
        known = plane.inside.index_select(0, at)[:, None]
        total += plane.values.index_select(0, at) * known
        count += known
    return total / count.clamp_min(1)


def _candidates(
    source: Source, target: Plane, pixels: Tensor, places: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """Places (P,) to try for pixels (P,); NOWHERE or a pixel outside where there is none."""
    width = source.plane.width
    height = len(source.plane.inside) // width
    for jump in JUMPS:
        for down, across in ((-jump, 0), (jump, 0), (0, -jump), (0, jump)):
            yield places.index_select(0, pixels + (down * target.width + across)) - (down * width + across)
    for radius in RADII:
        own = places.index_select(0, pixels)
        down, across = torch.randint(
            -radius, radius + 1, (2, len(pixels)), generator=generator, device=pixels.device
        )
        rows = (own // width + down).clamp(0, height - 1)
        columns = (own % width + across).clamp(0, width - 1)
        yield rows * width + columns


def _distance(table: Tensor, places: Tensor, wanted: Tensor) -> Tensor:
    return (table.index_select(0, places).to(wanted.dtype) - wanted).square_().sum(1)
