"""Numbers that say how good a result is, from files to JSON values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..protocol import JobError, Remedy
from .colors import color

if TYPE_CHECKING:
    from torch import Tensor

SMALLEST = 16  # pixels that the network needs
PLAIN = 0.5 / 255  # deviation of colours that is none


def measure_style(picture_path: str, painting_path: str, network: str = "embedded") -> dict[str, Any]:
    """The style distance at each layer, pictures compared at the size of the smaller one, as JSON values.

    The painting may be a style file. network: see ``load_encoder``. Raises JobError as that, ``load_picture``
    and ``open_style``, "style_transparent" and "too_small".
    """
    from ..encoder import load_encoder
    from ..images import load_picture
    from ..job import check_seen
    from ..metrics.likeness import SIDE, style_distance
    from ..style.painting import Painting
    from ..styling import open_style

    picture = load_picture(picture_path, "picture")
    check_seen(picture, f"The picture {picture_path}")
    _need_size(picture_path, picture.rgb)
    encoder = load_encoder(network=network)
    painting = open_style(painting_path, encoder, None)[0]
    if isinstance(painting, Painting):
        _need_size(painting_path, painting.picture)
        _need_style(painting_path, painting.picture)
    side = min(SIDE, max(picture.rgb.shape[-2:]), painting.long_side)
    return dict(style_distance(picture.rgb, painting, encoder, side, side))


def _need_size(path: str, picture: Tensor) -> None:
    """Raise JobError ("too_small") for a picture (1, 3, H, W) in which the network sees nothing."""
    height, width = picture.shape[-2:]
    if min(height, width) < SMALLEST:
        raise JobError(
            "too_small",
            f"{path} has {width} x {height} pixels, which is too small to measure. Choose a picture of "
            f"{SMALLEST} x {SMALLEST} pixels or more.",
            Remedy.CHOOSE_IMAGE,
        )


def _need_style(path: str, painting: Tensor) -> None:
    """Raise JobError ("style_plain") for a painting (1, 3, H, W) without a variance to compare with."""
    if float(painting.std((2, 3)).max()) < PLAIN:
        raise JobError(
            "style_plain",
            f"The painting {path} is of one colour, so it has no style to compare with. Choose another.",
            Remedy.CHOOSE_IMAGE,
        )


def measure_content(picture_path: str, content_path: str) -> dict[str, Any]:
    """The content report, as JSON values. Raises JobError as ``load_picture``, and "too_small"."""
    from ..encoder import load_encoder
    from ..images import load_picture
    from ..metrics.likeness import content_likeness

    picture, content = load_picture(picture_path, "picture").rgb, load_picture(content_path, "content").rgb
    _need_size(picture_path, picture)
    _need_size(content_path, content)
    return dataclasses.asdict(content_likeness(picture, content, load_encoder()))


def measure_tile(picture_path: str) -> dict[str, Any]:
    """How the picture meets its copies, as JSON values. Raises JobError as ``load_picture``, "too_small"."""
    from ..images import load_picture
    from ..metrics.tiling import tile_ratio

    picture = load_picture(picture_path, "picture").rgb
    if min(picture.shape[-2:]) < 2:
        raise JobError(
            "too_small",
            f"{picture_path} is one pixel wide or high, so it has no lines to compare its joints with. "
            "Choose a larger picture.",
            Remedy.CHOOSE_IMAGE,
        )
    return dataclasses.asdict(tile_ratio(picture))


def measure_seams(mesh_path: str, texture_paths: Sequence[str]) -> dict[str, Any]:
    """The seam report of a mesh's textures, with "floor" (a ratio), as JSON values."""
    from ..metrics.seams import position_floor, seam_ratio
    from ..metrics.textures import open_textures
    from ..surface.load import load_mesh
    from ..surface.sheets import sheet_count

    mesh, texture = open_textures(load_mesh(mesh_path), texture_paths)
    report = seam_ratio(mesh, texture)
    height, width = texture.shape[-2:]
    floor = position_floor(mesh, max(height // sheet_count(mesh), width))
    return {**dataclasses.asdict(report), "floor": floor.ratio}


def measure_strokes(mesh_path: str, texture_path: str) -> dict[str, Any]:
    """The evenness report of a texture on a mesh, with "floor" (a variation), as JSON values.

    texture_path: as of ``open_textures``.
    """
    from ..metrics.evenness import evenness_floor, stroke_evenness
    from ..metrics.textures import open_textures
    from ..surface.load import load_mesh
    from ..surface.sheets import in_one_sheet, stacked

    own, texture = open_textures(load_mesh(mesh_path), [texture_path])
    mesh = in_one_sheet(stacked(own))
    report = stroke_evenness(mesh, texture)
    floor = evenness_floor(mesh, max(texture.shape[-2:]), report.scale)
    return {**dataclasses.asdict(report), "floor": floor.variation}


def measure_unwrap(
    first: tuple[str, str], second: tuple[str, str], original: str, scale: float = 0.0
) -> dict[str, Any]:
    """The unwrap report of two pairs of a mesh and its texture, as JSON values. original: path or colour."""
    from ..images import load_picture
    from ..metrics.unwrap import unwrap_difference
    from ..surface.load import load_mesh

    meshes = [load_mesh(mesh) for mesh, _ in (first, second)]
    textures = [load_picture(texture, "texture").rgb for _, texture in (first, second)]
    plain = None if Path(original).exists() else _color(original)
    before = load_picture(original, "original").rgb if plain is None else plain
    report = unwrap_difference(meshes[0], textures[0], meshes[1], textures[1], before, scale)
    return dataclasses.asdict(report)


def _color(text: str) -> tuple[float, float, float] | None:
    try:
        return color(text)
    except JobError:
        return None


def measure_surface_style(
    mesh_path: str, texture_path: str, painting_path: str, stroke: float = 0.0, network: str = "embedded"
) -> dict[str, Any]:
    """The surface's style distance at each layer, at the scale at which a job paints, and its palette's.

    All as JSON values. stroke: as in ``TextureJob``. network: see ``load_encoder``.
    """
    from ..colour import picture_colors
    from ..encoder import load_encoder
    from ..images import load_picture
    from ..metrics.palette import palette_distance, surface_colors
    from ..metrics.surface_style import comparison_scale, surface_style_distance
    from ..surface.geometry import Geometry
    from ..surface.load import load_mesh, up_axis
    from ..surface.sheets import in_one_sheet

    mesh = in_one_sheet(load_mesh(mesh_path))
    texture = load_picture(texture_path, "texture").rgb
    painting = load_picture(painting_path, "painting").rgb
    _need_style(painting_path, painting)
    side, pixel = comparison_scale(mesh, texture, painting, stroke)
    up = up_axis(mesh_path)
    found = surface_style_distance(mesh, texture, painting, load_encoder(network=network), side, pixel, up)
    colors = surface_colors(Geometry(mesh), texture), picture_colors(painting)
    return {**found, "palette": palette_distance(*colors)}
