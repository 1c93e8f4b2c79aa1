"""Measures what was painted, and says so in a table and in portraits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from nst.core.cli.metrics import measure_seams, measure_strokes, measure_surface_style, measure_unwrap
from nst.core.images import load_picture, save_picture
from nst.core.protocol import JobError
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh, up_axis
from nst.core.surface.portrait import Portrait

from .methods import GREY

HEAD = (
    "mesh",
    "method",
    "seams / floor",
    "evenness / floor",
    "unwrap, fine / coarse",
    "relu5_1",
    "rgb",
    "palette",
    "painted",
    "seconds",
)
PORTRAIT = 320  # pixels
TURNS = (30.0, 160.0)  # degrees from the front
Result = dict[str, Any]


def measured(mesh: Path, texture: Path, style: Path, stroke: float) -> Result:
    """The numbers of one texture, of strokes of a size; a sentence in place of those that cannot be had."""
    return {
        "seams": _or_why(lambda: measure_seams(str(mesh), [str(texture)])),
        "strokes": _or_why(lambda: measure_strokes(str(mesh), str(texture))),
        "style": _or_why(lambda: measure_surface_style(str(mesh), str(texture), str(style), stroke)),
    }


def unwrapped(first: tuple[Path, Path], second: tuple[Path, Path]) -> Result:
    """The difference of two textures of one surface, over their distance to the grey before."""
    words = [(str(mesh), str(texture)) for mesh, texture in (first, second)]
    grey = ",".join(str(part) for part in GREY)
    return _or_why(lambda: measure_unwrap(words[0], words[1], grey))


def _or_why(measure: Any) -> Result:
    try:
        return dict(measure())
    except JobError as error:
        return {"error": error.message}


def row(mesh: str, method: str, result: Mapping[str, Any]) -> list[str]:
    """A line of the table."""
    seams, strokes, style, unwrap = (result.get(name, {}) for name in ("seams", "strokes", "style", "unwrap"))
    return [
        mesh,
        method,
        _pair(seams, ("ratio", "floor"), "{:.3f}"),
        _pair(strokes, ("variation", "floor"), "{:.1%}"),
        _pair(unwrap, ("fine", "coarse"), "{:.2f}"),
        _one(style, "relu5_1"),
        _one(style, "rgb"),
        f"{1000 * style['palette']:.2f}" if "palette" in style else "-",
        f"{result['painted']:.1%}",
        f"{result['seconds']:.0f}",
    ]


def _pair(values: Mapping[str, Any], names: Sequence[str], form: str) -> str:
    if not all(name in values for name in names):
        return "-"
    return " / ".join("inf" if values[name] is None else form.format(values[name]) for name in names)


def _one(values: Mapping[str, Any], name: str) -> str:
    return f"{values[name]:.3f}" if values.get(name) is not None else "-"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table for a page."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [HEAD, ["---"] * len(HEAD), *rows])


def strip(mesh: Path, textures: Sequence[Path], output: Path) -> None:
    """One picture: the mesh under each texture side by side, from in front above and from behind below."""
    geometry = Geometry(load_mesh(mesh))
    pictures = [load_picture(texture).rgb for texture in textures]
    rows = [
        torch.cat([portrait.draw(picture) for picture in pictures], dim=3)
        for portrait in (Portrait(geometry, up_axis(mesh), PORTRAIT, turn) for turn in TURNS)
    ]
    save_picture(output, torch.cat(rows, dim=2))
