"""``nst metrics warp``: how much a stylized animation flickers."""

from __future__ import annotations

import argparse
import dataclasses
from itertools import pairwise
from typing import Any

from ..protocol import CUBE, FLAT, PROJECTIONS, JobError, Remedy
from ..runner import guarded
from .console import Console
from .options import add_json

LEAST = 2  # frames that can be compared


def add_warp(metrics: Any) -> None:
    """Add the metric."""
    parser = metrics.add_parser(
        "warp",
        help="how much a stylized animation flickers",
        description="Carries frames along the renders' own motion vectors and prints, for frames 1, 8 and 32 "
        "apart, how much what both show has changed, over how much the renders themselves change: 1 is as "
        "steady as they are.",
    )
    parser.add_argument(
        "renders", metavar="RENDERS", help="multilayer EXR files with a Vector pass, as shot_####.exr"
    )
    parser.add_argument("painted", metavar="PAINTED", help="the stylized frames, as painted_####.png")
    parser.add_argument(
        "--projection",
        choices=[name for name in PROJECTIONS if name != CUBE],
        default=FLAT,
        help="what the frames show; default flat",
    )
    add_json(parser)
    parser.set_defaults(run=_warp)


def _warp(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_warp(options.renders, options.painted, options.projection))
    lines = []
    for report in data["lags"]:
        ratio = "infinite" if report["ratio"] is None else f"{report['ratio']:.3f}"
        lines.append(
            f"{report['lag']:2} apart      {ratio} of the renders' own ({report['error']:.4f} over "
            f"{report['own']:.4f}), seen {100 * report['seen']:.0f} %"
        )
    console.result(data, "\n".join(lines))


def measure_warp(renders: str, painted: str, projection: str = FLAT) -> dict[str, Any]:
    """The warp reports of all frames that are there as renders and painted, as JSON values.

    projection: what they show. Raises JobError as ``read_frames`` and ``load_picture``, "frames_missing" and
    "sizes_differ".
    """
    from ..images import load_picture
    from ..metrics.warp import LAGS, warp_error
    from ..motion.clip import link, read_frames
    from ..motion.surrounding import surrounding
    from ..projection import around_of
    from ..protocol.numbered import frame_path, frames_there

    there = set(frames_there(painted))
    numbers = [number for number in frames_there(renders) if number in there]
    if len(numbers) < LEAST:
        raise JobError(
            "frames_missing",
            f"There are {len(numbers)} frames of {renders} that {painted} has, too. At least {LEAST} are "
            "needed: check both names.",
            Remedy.CHOOSE_IMAGE,
        )
    gap = next((one for one, other in pairwise(numbers) if other != one + 1), None)
    if gap is not None:
        raise JobError(
            "frames_missing",
            f"After frame {gap} there is a gap, and motion is known from frame to frame alone. Measure "
            "frames without gaps.",
            Remedy.CHOOSE_IMAGE,
        )
    around = around_of(projection)
    paths = [frame_path(renders, number) for number in numbers]
    frames = [surrounding(frame, around) for frame in read_frames(paths)]
    pictures = [load_picture(frame_path(painted, number), "frame").rgb for number in numbers]
    for number, picture in zip(numbers, pictures, strict=True):
        if picture.shape != frames[0].colors.shape:
            raise JobError(
                "sizes_differ",
                f"The painted frame {number} is not as large as its render. Paint at the render's size.",
                Remedy.CHOOSE_IMAGE,
            )
    links = [link(frame, earlier) for earlier, frame in pairwise(frames)]
    # In the 256 steps of most painted files, which a plain render may change by less than.
    before = [(frame.colors * 255).round() / 255 for frame in frames]
    reports = [warp_error(pictures, before, links, lag) for lag in LAGS if lag < len(frames)]
    return {
        "frames": len(frames),
        "lags": [{**dataclasses.asdict(report), "ratio": report.ratio} for report in reports],
    }
