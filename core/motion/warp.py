"""Carrying a frame along motion to the frame beside it.

A panorama of 360 degrees has no ends: beyond the one it goes on at the other.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..panorama.around import Around

IDLE = 1e-3  # share of a pixel that does not count


def carried(picture: Tensor, offsets: Tensor, cubic: bool = False, around: Around | None = None) -> Tensor:
    """A picture of another frame (1, C, H, W) as it looks in this one.

    offsets: (1, 2, H, W), where this frame's points are in the other, in pixels, x right and y down. Beyond
    the picture's border its outermost pixels go on; ``inside`` says where. cubic: Catmull-Rom splines instead
    of straight lines between pixels: sharper, with values beyond those around. torch's own bicubic sampling
    takes other splines, which are some 60 times as far off on a wave of 31 pixels. around: of a panorama.
    """
    return read_at(picture, *places(offsets), cubic, around)


def read_at(
    picture: Tensor, lines: Tensor, columns: Tensor, cubic: bool, around: Around | None = None
) -> Tensor:
    """As ``carried``, at places of any shape S: (1, C, *S)."""
    height, width = picture.shape[-2:]
    flat = picture.flatten(2)
    found = picture.new_zeros(*picture.shape[:2], *lines.shape)
    across_taps = _taps(columns, cubic)
    for down, high in _taps(lines, cubic):
        row = down.clamp(0, height - 1) * width
        for across, wide in across_taps:
            at = row + _within(across, width, around)
            found += flat[..., at.flatten()].unflatten(2, lines.shape) * (high * wide)
    return found


def nearest(picture: Tensor, offsets: Tensor, around: Around | None = None) -> Tensor:
    """As ``carried``, of the nearest pixels."""
    height, width = picture.shape[-2:]
    line, column = (place.round().long() for place in places(offsets))
    at = line.clamp(0, height - 1) * width + _within(column, width, around)
    found: Tensor = picture.flatten(2)[..., at.flatten()].unflatten(2, offsets.shape[-2:])
    return found


def pixels_around(offsets: Tensor, around: Around | None = None) -> list[Tensor]:
    """Offsets to the four pixels around where offsets (1, 2, H, W) end, in any order.

    Beyond the picture's border its outermost pixels stand for those that are not there.
    """
    height, width = offsets.shape[-2:]
    lines, columns = places(offsets)
    here = places(torch.zeros_like(offsets))
    found = []
    for down in (0, 1):
        for across in (0, 1):
            column, line = columns.floor() + across, (lines.floor() + down).clamp(0, height - 1)
            column = column if _closed(around) else column.clamp(0, width - 1)
            found.append(torch.stack([column - here[1], line - here[0]])[None])
    return found


def shorter(offsets: Tensor, around: Around | None) -> Tensor:
    """Offsets (1, 2, H, W), the shorter way around a panorama."""
    return torch.cat([turn(offsets[:, :1]), offsets[:, 1:]], 1) if _closed(around) else offsets


def turn(across: Tensor) -> Tensor:
    """Columns (1, 1, H, W) from place to place in a panorama without ends, the shorter way."""
    width = across.shape[-1]
    return across - width * (across / width).round()


def cut(beyond: Tensor, offsets: Tensor, around: Around | None) -> Tensor:
    """Where offsets (1, 2, H, W) end between pixels whose own lead both ways around: (1, 1, H, W), bool."""
    first = nearest(beyond, offsets, around)[:, :1]
    found = torch.zeros_like(first, dtype=torch.bool)
    if _closed(around):
        for pixel in pixels_around(offsets, around):
            found |= (nearest(beyond, pixel, around)[:, :1] - first).abs() > offsets.shape[-1] / 2
    return found


def idle(offsets: Tensor, pixel: Tensor) -> Tensor:
    """Whether a pixel of ``pixels_around`` has no share in what is read between them: (1, 1, H, W), bool."""
    return (1 - (pixel - offsets).abs()).clamp_min(0).prod(1, keepdim=True) < IDLE


def whole_pixels(offsets: Tensor) -> Tensor:
    """Offsets to the pixels that are nearest to where offsets (1, 2, H, W) end."""
    here = places(torch.zeros_like(offsets))
    lines, columns = places(offsets)
    return torch.stack([columns.round() - here[1], lines.round() - here[0]])[None]


def inside(offsets: Tensor, around: Around | None = None) -> Tensor:
    """Where offsets (1, 2, H, W) end within a picture of their size: (1, 1, H, W), bool."""
    sizes = offsets.shape[-2:]
    ends = [
        (place >= -0.5) & (place <= size - 0.5) for place, size in zip(places(offsets), sizes, strict=True)
    ]
    return (ends[0] if _closed(around) else ends[0] & ends[1])[None, None]


def places(offsets: Tensor) -> tuple[Tensor, Tensor]:
    """Where offsets (1, 2, H, W) end: lines and columns (H, W); whole numbers are middles of pixels."""
    height, width = offsets.shape[-2:]
    lines = torch.arange(height, dtype=offsets.dtype, device=offsets.device)[:, None]
    columns = torch.arange(width, dtype=offsets.dtype, device=offsets.device)[None]
    return lines + offsets[0, 1], columns + offsets[0, 0]


def _closed(around: Around | None) -> bool:
    return around is not None and around.closed


def _within(column: Tensor, width: int, around: Around | None) -> Tensor:
    """Columns that there are, for any: the outermost beyond the ends, if it has any."""
    return column % width if _closed(around) else column.clamp(0, width - 1)


def _taps(place: Tensor, cubic: bool) -> list[tuple[Tensor, Tensor]]:
    """Pixels around places along an axis, and what each counts there; both (H, W)."""
    base = place.floor()
    t = place - base
    first = base.long()
    if not cubic:
        return [(first, 1 - t), (first + 1, t)]
    weights = (
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    return [(first + i, weight) for i, weight in enumerate(weights, -1)]
