"""How like a painting a painted surface is in style, wherever one looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from ..canvas.seen import see
from ..encoder import Encoder
from ..protocol import JobError, Remedy
from ..stroke import automatic_span, choose_strokes
from ..style.moments import Statistics, feature_moments, merge
from ..style.painting import Painting
from ..surface.geometry import Geometry
from ..surface.mesh import SurfaceMesh
from .likeness import SIDE, STYLE_LAYERS, distances
from .strokes import dominant_wavelength
from .windows import Y_UP, SurfaceWindows, WindowLook, check_texture, lay_windows, texel_size

WINDOW = 256  # pixels: relu5_1 sees a neighbourhood in it
NARROWEST = 32
WINDOWS = 32
LEAST = 0.05  # mean weight of all windows, under which they saw nothing of the surface


def surface_style_distance(
    mesh: SurfaceMesh,
    texture: Tensor,
    painting: Tensor,
    encoder: Encoder,
    side: int,
    pixel: float,
    up: tuple[float, float, float] = Y_UP,
    seed: int = 0,
) -> dict[str, float]:
    """Squared 2-Wasserstein distance at each layer between what windows on the surface show and a painting.

    As ``style_distance``, with the features of all windows taken together. texture, painting: (1, 3, H, W)
    in [0, 1]. side: pixels of the painting's longer side at which they are compared. pixel: world size of a
    window's pixel, that is, of the painting on the surface over ``side``. The layer "rgb" is the palette in
    these windows.

    Raises JobError ("strokes_too_large") where no window can rest on the surface.
    """
    pixels = check_texture(texture)
    windows = style_windows(Geometry(mesh), pixels.shape[-2:], side, pixel, up, seed)
    found = window_statistics(windows, pixels, encoder)
    return distances(found, Painting(painting, encoder).statistics(side, STYLE_LAYERS))


def style_windows(
    geometry: Geometry,
    shape: Sequence[int],
    side: int,
    pixel: float,
    up: tuple[float, float, float] = Y_UP,
    seed: int = 0,
) -> Iterator[SurfaceWindows]:
    """The windows of ``surface_style_distance``, in portions. shape: of the texture, height and width."""
    texel = texel_size(geometry, shape[0], shape[1])
    widest = min(WINDOW, side, geometry.diagonal / pixel)
    size = max(NARROWEST, round(widest / NARROWEST) * NARROWEST)
    return lay_windows(geometry, pixel, size, WINDOWS, texel, up, seed)


def window_statistics(
    windows: Iterable[SurfaceWindows],
    picture: Tensor,
    encoder: Encoder,
    layers: Sequence[str] = STYLE_LAYERS,
) -> Statistics:
    """Moments of the features of all that windows show of a texture or picture (1, 3, H, W).

    Raises JobError ("strokes_too_large") where they show next to nothing.
    """
    parts: list[Statistics] = []
    weight, most = 0.0, 0.0
    for some in windows:
        weight, most = weight + float(some.weight.sum()), most + some.weight.numel()
        look = WindowLook(some.look.grid, some.weight.to(encoder.device), some.valid.to(encoder.device))
        with torch.no_grad():
            seen = see(some.read(picture).to(encoder.device), look, encoder, layers)
            parts.append({k: feature_moments(seen.features[k], seen.weights[k]) for k in layers})
    if weight < LEAST * most:
        raise JobError(
            "strokes_too_large",
            "The surface is too thin for strokes of this size: no window could rest on it. Give the size of "
            "the strokes that it was painted with.",
            Remedy.CHANGE_SETTING,
        )
    return merge(parts)


def comparison_scale(
    mesh: SurfaceMesh, texture: Tensor, painting: Tensor, stroke: float = 0.0
) -> tuple[int, float]:
    """The painting's longer side, in pixels, to compare a texture with, and the world size of such a pixel.

    The painting's own size, but no more than the texels can hold, and than pictures are compared at. stroke:
    that the job painted with, as in ``TextureJob``.
    """
    geometry = Geometry(mesh)
    texel = texel_size(geometry, *texture.shape[-2:])
    long_side = max(painting.shape[-2:])
    strokes = choose_strokes(
        stroke,
        dominant_wavelength(painting),
        long_side,
        automatic_span(geometry.diagonal, geometry.area),
        geometry.diagonal,
        texel,
    )
    side = max(NARROWEST, round(min(SIDE, long_side, strokes.span / texel)))
    return side, strokes.span / side
