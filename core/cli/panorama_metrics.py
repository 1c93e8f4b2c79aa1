"""``nst metrics panorama``: seams of panoramas."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol import JobError, Remedy
from ..runner import guarded
from .console import Console
from .options import add_json


def add_panorama(metrics: Any) -> None:
    """Add the metric."""
    parser = metrics.add_parser(
        "panorama",
        help="how visible a panorama's seams are",
        description="Prints colour steps over those beside them, where 1 is invisible: across the line where "
        "the picture ends (wrap), across the poles, and across the edges of a cube; and how much detail is "
        "pinched around the poles (1 is as wide as high). With --turned and --before, how far a painting of "
        "the turned panorama is from the painting turned, over what painting changes.",
    )
    parser.add_argument("panorama", metavar="PANORAMA", help="the painting, twice as wide as high")
    parser.add_argument("--before", default="", metavar="PANORAMA", help="what was painted")
    parser.add_argument("--turned", default="", metavar="PAINTING", help="the painting of what was turned")
    parser.add_argument(
        "--columns",
        type=int,
        default=0,
        metavar="N",
        help="columns of --before that it was turned by, to the right",
    )
    add_json(parser)
    parser.set_defaults(run=_panorama)


def _panorama(options: argparse.Namespace, console: Console) -> None:
    data = guarded(
        lambda: measure_panorama(options.panorama, options.before, options.turned, options.columns)
    )
    console.result(data, "\n".join(f"{name:12} {value:.4f}" for name, value in data.items()))


def measure_panorama(path: str, before: str = "", turned: str = "", columns: int = 0) -> dict[str, float]:
    """The report of files, as JSON values. Raises JobError as ``load_picture``; "no_panorama"."""
    from dataclasses import asdict

    from ..images import load_picture
    from ..metrics.panorama import panorama_report, turn_error

    def opened(name: str) -> Any:
        picture = load_picture(name, "panorama").rgb
        height, width = picture.shape[-2:]
        if width != 2 * height or height < LEAST:
            raise JobError(
                "no_panorama",
                f"{name} has {width} by {height} pixels. A panorama is twice as wide as high, and at least "
                f"{LEAST} pixels high. Choose such a picture.",
                Remedy.CHOOSE_IMAGE,
            )
        return picture

    if bool(before) != bool(turned):
        raise JobError("usage", "--before and --turned go together.", Remedy.CHANGE_SETTING)
    painting = opened(path)
    found = asdict(panorama_report(painting))
    if turned:
        found["turned"] = turn_error(painting, opened(turned), opened(before), columns)
    return found


LEAST = 64  # pixels of height
