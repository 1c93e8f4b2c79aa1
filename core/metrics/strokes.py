"""How far apart the strokes of a picture are."""

from __future__ import annotations

import math

import torch

SHORTEST = 2.5
"""Shortest wavelength looked at, in pixels: below it a picture is mostly sensor and JPEG noise."""

SMALLEST_SIDE = 16
_TREND = 2.5
_SHARPNESS = 6.0
_BINS_PER_OCTAVE = 16
_BLUR_OCTAVES = 0.25
_TILE_RANGE = (64, 1024)


def dominant_wavelength(image: torch.Tensor, weight: torch.Tensor | None = None) -> float:
    """Distance from stroke to stroke in a picture, in pixels.

    image: (1, 3, H, W), any float type, display-referred sRGB. weight: (1, 1, H, W) or
    (H, W) in [0, 1], for instance the islands of a texture; pixels with 0 do not count.

    The power spectra of half-overlapping, Hann-windowed square tiles (half the shorter
    side each) are summed over tiles and colour channels and averaged over directions to
    P(k). Pictures of the world fall off like k^-2, strokes stand out as a shoulder in
    E(k) = k^2.5 P(k), halfway between the energy and the gradient energy of an octave. The result
    is the centre of that shoulder: the mean of log(1/k) weighted by E^6, which unlike
    the bare peak moves smoothly with the picture.

    The range is ``SHORTEST`` to a quarter of a tile, that is an eighth of the shorter
    side, and grows with the picture: enlarging a picture twice doubles the result.
    Shrinking one halves it until its strokes are lost to the pixels. A picture
    without any structure gives the longest wavelength of the range, and one that is
    less than ``SMALLEST_SIDE`` pixels wide or high gives its shorter side.
    """
    if image.ndim != 4 or image.shape[0] != 1:
        raise ValueError(f"expected an image of shape (1, C, H, W), got {tuple(image.shape)}")
    height, width = image.shape[-2:]
    shorter = min(height, width)
    if shorter < SMALLEST_SIDE:
        return float(shorter)
    pixels = image.detach()[0].to("cpu", torch.float32)
    mask = torch.ones(height, width) if weight is None else weight.detach().to("cpu", torch.float32)
    mask = mask.reshape(height, width)
    # Multiples of 8: a prime side would make the transform several times slower.
    side = min(shorter, max(_TILE_RANGE[0], min(_TILE_RANGE[1], shorter // 16 * 8)))

    power = torch.zeros(side, side // 2 + 1, dtype=torch.float64)
    window = torch.outer(*[torch.hann_window(side + 2, periodic=False)[1:-1]] * 2)
    for top in _starts(height, side):
        for left in _starts(width, side):
            place = (slice(top, top + side), slice(left, left + side))
            taper = window * mask[place]
            total = taper.sum()
            if total <= 0.05 * window.sum():
                continue
            tile = pixels[(slice(None), *place)]
            mean = (tile * taper).sum((-2, -1), keepdim=True) / total
            spectrum = torch.fft.rfft2((tile - mean) * taper)
            power += spectrum.abs().square().sum(0).double()
    return _shoulder(power, side)


def _starts(length: int, side: int) -> list[int]:
    """First pixels of tiles that cover a length, overlapping by half or more."""
    count = max(1, math.ceil(2 * (length - side) / side) + 1) if length > side else 1
    step = (length - side) / max(1, count - 1)
    return [round(index * step) for index in range(count)]


def _shoulder(power: torch.Tensor, side: int) -> float:
    """Centre of the shoulder of a half-plane power spectrum (side, side // 2 + 1), in pixels."""
    rows = torch.fft.fftfreq(side, dtype=torch.float64)[:, None]
    columns = torch.fft.rfftfreq(side, dtype=torch.float64)[None, :]
    octave = torch.log2(torch.hypot(rows, columns).clamp_min(1e-9))
    low, high = math.log2(4 / side), -math.log2(SHORTEST)

    # A fine histogram over log2(k) first, then a Gaussian over it, at a fraction of the
    # cost of a Gaussian over the plane. It reaches past both ends of the range.
    margin = 3 * _BLUR_OCTAVES
    start = low - margin
    bins = math.ceil((high + margin - start) * 4 * _BINS_PER_OCTAVE)
    index = ((octave - start) * 4 * _BINS_PER_OCTAVE).floor().long()
    inside = (index >= 0) & (index < bins)
    # The spectrum of a real image is symmetric: columns that stand for two count twice.
    double = torch.full_like(power, 2.0)
    double[:, 0] = 1.0
    if side % 2 == 0:
        double[:, -1] = 1.0
    count = torch.bincount(index[inside], double[inside], minlength=bins)
    energy = torch.bincount(index[inside], (power * double)[inside], minlength=bins)

    position = start + (torch.arange(bins, dtype=torch.float64) + 0.5) / (4 * _BINS_PER_OCTAVE)
    centre = torch.arange(low, high, 1 / _BINS_PER_OCTAVE, dtype=torch.float64)
    if len(centre) == 0:
        return float(SHORTEST)
    kernel = torch.exp(-0.5 * ((position[None] - centre[:, None]) / _BLUR_OCTAVES).square())
    mean_power = (kernel @ energy) / (kernel @ count).clamp_min(1e-12)
    shoulder = mean_power * torch.exp2(_TREND * centre)
    peak = float(shoulder.max())
    if not math.isfinite(peak) or peak <= 1e-9:
        return float(2.0**-low)
    share = (shoulder / peak) ** _SHARPNESS
    return float(2.0 ** -((share * centre).sum() / share.sum()))
