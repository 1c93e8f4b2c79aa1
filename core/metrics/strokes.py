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
_PLAIN = 0.5 / 255  # deviation of colours that is none


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
    window = _taper(side)
    for top in _starts(height, side):
        for left in _starts(width, side):
            place = (slice(top, top + side), slice(left, left + side))
            taper = window * mask[place]
            if taper.sum() <= 0.05 * window.sum():
                continue
            power += _power(pixels[None][(..., *place)], taper)[0]
    return _shoulders(power[None], side)[0]


def window_wavelengths(windows: torch.Tensor, weight: torch.Tensor) -> list[float]:
    """The same for each of several square windows on its own, from one spectrum each.

    windows: (B, 3, s, s). weight: (B, 1, s, s) in [0, 1], some of it above 0 in each. The range is
    ``SHORTEST`` to a quarter of a window; one without any structure gives NaN.
    """
    side = windows.shape[-1]
    windows, share = windows.detach().float(), weight / weight.sum((2, 3), keepdim=True)
    away = windows - (windows * share).sum((2, 3), keepdim=True)
    plain = (away.square() * share).sum((1, 2, 3)) < _PLAIN**2
    power = _power(windows, _taper(side) * weight[:, 0])
    found = _shoulders(power, side)
    return [math.nan if flat else one for one, flat in zip(found, plain, strict=True)]


def _taper(side: int) -> torch.Tensor:
    """A Hann window (side, side), nowhere 0."""
    return torch.outer(*[torch.hann_window(side + 2, periodic=False)[1:-1]] * 2)


def _power(tiles: torch.Tensor, taper: torch.Tensor) -> torch.Tensor:
    """Power spectra (B, s, s // 2 + 1), summed over channels, of tiles (B, C, s, s) less their mean.

    taper: (s, s) or (B, s, s).
    """
    taper = taper.expand(len(tiles), *tiles.shape[-2:])[:, None]
    mean = (tiles * taper).sum((-2, -1), keepdim=True) / taper.sum((-2, -1), keepdim=True)
    power: torch.Tensor = torch.fft.rfft2((tiles - mean) * taper).abs().square()
    return power.sum(1).double()


def _starts(length: int, side: int) -> list[int]:
    """First pixels of tiles that cover a length, overlapping by half or more."""
    count = max(1, math.ceil(2 * (length - side) / side) + 1) if length > side else 1
    step = (length - side) / max(1, count - 1)
    return [round(index * step) for index in range(count)]


def _shoulders(power: torch.Tensor, side: int) -> list[float]:
    """Centres of the shoulders of half-plane power spectra (B, side, side // 2 + 1), in pixels."""
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
    double = torch.full_like(octave, 2.0)
    double[:, 0] = 1.0
    if side % 2 == 0:
        double[:, -1] = 1.0
    count = torch.bincount(index[inside], double[inside], minlength=bins)
    energy = power.new_zeros(len(power), bins).index_add_(1, index[inside], (power * double)[:, inside])

    position = start + (torch.arange(bins, dtype=torch.float64) + 0.5) / (4 * _BINS_PER_OCTAVE)
    centre = torch.arange(low, high, 1 / _BINS_PER_OCTAVE, dtype=torch.float64)
    if len(centre) == 0:
        return [float(SHORTEST)] * len(power)
    kernel = torch.exp(-0.5 * ((position[None] - centre[:, None]) / _BLUR_OCTAVES).square())
    mean_power = (energy @ kernel.T) / (kernel @ count).clamp_min(1e-12)
    shoulder = mean_power * torch.exp2(_TREND * centre)
    peak = shoulder.amax(1)
    share = (shoulder / peak.clamp_min(1e-300)[:, None]) ** _SHARPNESS
    found = torch.exp2(-(share @ centre) / share.sum(1))
    known = peak.isfinite() & (peak > 1e-9)
    return [float(one) for one in torch.where(known, found, 2.0**-low)]
