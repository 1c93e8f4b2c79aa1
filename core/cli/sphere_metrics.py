"""``nst metrics sphere``: how well a picture has taken on the look of a painted sphere."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..protocol import JobError, Remedy
from ..runner import guarded
from .console import Console
from .options import add_json

if TYPE_CHECKING:
    from torch import Tensor

    from ..exemplar.ball import Ball
    from ..images import Picture


def add_sphere(metrics: Any) -> None:
    """Add the metric."""
    parser = metrics.add_parser(
        "sphere",
        help="how well a picture has taken on the look of a painted sphere",
        description="Prints how far patches of the result are from the nearest of the sphere's painting, "
        "over how far that one's own are from each other (0 is a copy, 1 as unlike as its own); the sliced "
        "Wasserstein distance of all patches, over the painting's variance (0 is the same); and, with "
        "--guides, the correlation of lightness in the large with the painting's where it faces the same way "
        "(1 is the same). What is transparent does not count; where nothing is, what is around the ball does "
        "not.",
    )
    parser.add_argument("exemplar", metavar="EXEMPLAR", help="the painted sphere")
    parser.add_argument("result", metavar="RESULT", help="the picture")
    parser.add_argument(
        "--guides",
        default="",
        metavar="NORMALS",
        help="what the picture was made for: a normal map, or a multilayer EXR file with a pass Normal",
    )
    add_json(parser)
    parser.set_defaults(run=_sphere)


def _sphere(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_sphere(options.exemplar, options.result, options.guides))
    lines = [f"patches {side:5} {_number(value)}" for side, value in data["nearest"].items()]
    lines.append(f"sliced        {_number(data['sliced'])}")
    if options.guides:
        lines.append(f"shading       {_number(data['shading'])}")
    console.result(data, "\n".join(lines))


def _number(value: float | None) -> str:
    return "infinite" if value is None else f"{value:.4f}"


def measure_sphere(exemplar_path: str, result_path: str, guides_path: str = "") -> dict[str, Any]:
    """The sphere report of files, as JSON values: distances that are infinite are None.

    Raises JobError as ``load_picture``, ``find_ball``, ``read_normals`` and ``view_normals``; "too_small" and
    "sizes_differ".
    """
    from ..images import load_picture
    from ..metrics.exemplar import enough, sphere_report

    exemplar, result = load_picture(exemplar_path, "sphere"), load_picture(result_path, "result")
    ball = _ball(exemplar, exemplar_path, needed=bool(guides_path))
    for path, picture, its_ball in ((exemplar_path, exemplar, ball), (result_path, result, None)):
        if not enough(picture, its_ball):
            raise JobError(
                "too_small",
                f"{path} shows too little to measure: nowhere 9 x 9 pixels. Choose a larger picture.",
                Remedy.CHOOSE_IMAGE,
            )
    normals = _guides(guides_path, *result.rgb.shape[-2:]) if guides_path else None
    report = sphere_report(exemplar, result, ball, normals)
    nearest = {str(side): _finite(value) for side, value in report.nearest.items()}
    return {"nearest": nearest, "sliced": _finite(report.sliced), "shading": report.shading}


def _ball(exemplar: Picture, path: str, needed: bool) -> Ball | None:
    """The exemplar's ball. None where none is found, unless it is needed: then all that is opaque counts."""
    from ..exemplar.ball import find_ball

    try:
        return find_ball(exemplar, path)
    except JobError as error:
        if needed or error.code != "no_sphere":
            raise
        return None


def _guides(path: str, height: int, width: int) -> Tensor:
    from ..exemplar.camera import view_normals
    from ..exemplar.normals import read_normals
    from ..exr import is_exr
    from ..render.layers import NORMAL, read_layers

    layers = read_layers(path) if is_exr(path) else None
    if layers is None or not layers.has(NORMAL):
        return read_normals(path, height, width)
    if layers.size != (height, width):
        raise JobError(
            "sizes_differ",
            f"The guides {path} are not as large as the result. Choose those that it was made for.",
            Remedy.CHOOSE_IMAGE,
        )
    return view_normals(layers)[0]


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None
