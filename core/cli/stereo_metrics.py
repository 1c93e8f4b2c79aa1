"""``nst metrics stereo``: whether both eyes see the same paint."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol import CUBE, FLAT, PAIR, PROJECTIONS, JobError, Remedy, RenderJob
from ..protocol.options import add_stereo_options, stereo_of
from ..protocol.stereo import files_of
from ..runner import guarded
from .console import Console
from .options import add_json


def add_stereo(metrics: Any) -> None:
    """Add the metric."""
    parser = metrics.add_parser(
        "stereo",
        help="whether both eyes see the same paint",
        description="Prints how far the colours that the two eyes see of the same points are apart, along "
        "true disparity, over the input's own: 1 is as alike as the render itself.",
    )
    parser.add_argument("painted", metavar="PAINTED", help="what was painted; of a pair the left eye's")
    parser.add_argument("before", metavar="BEFORE", help="the render that was painted, laid out alike")
    parser.add_argument(
        "--projection",
        choices=[name for name in PROJECTIONS if name != CUBE],
        default=FLAT,
        help="what the pictures show; default flat",
    )
    add_stereo_options(parser, panorama=True)
    add_json(parser)
    parser.set_defaults(run=_stereo)


def _stereo(options: argparse.Namespace, console: Console) -> None:
    stereo, same = stereo_of(options), (options.before, options.before)
    job = RenderJob(*same, options.painted, projection=options.projection, stereo=stereo)
    data = guarded(lambda: measure_stereo(job))
    names = ("ratio", "error", "own", "seen")
    console.result(data, "\n".join(f"{name:6} {data[name]:.4f}" for name in names))


def measure_stereo(job: RenderJob) -> dict[str, float]:
    """The report of a job's output and content, as JSON values.

    Raises JobError as ``open_eyes`` and ``load_picture``; "no_stereo", "sizes_differ".
    """
    from ..images import load_picture
    from ..metrics.stereo import stereo_report
    from ..stereo.eyes import open_eyes
    from ..stereo.layout import split
    from ..stereo.view import right_view

    layout = job.stereo.layout
    if not layout:
        raise JobError("usage", "Say with --stereo how the eyes are laid out.", Remedy.CHANGE_SETTING)
    if layout == PAIR:
        left, right = (load_picture(path, "painting").rgb for path in files_of(job.output, layout))
    else:
        left, right = split(load_picture(job.output, "painting").rgb, layout, job.output)
    eyes = open_eyes(job)
    if left.shape != eyes[0].content.shape or right.shape != left.shape:
        raise JobError(
            "sizes_differ",
            f"{job.output} is not as large as the render. Choose what was painted over it.",
            Remedy.CHOOSE_IMAGE,
        )
    view = right_view(job, *eyes)
    report = stereo_report((left, right), (eyes[0].content, eyes[1].content), view)
    return {"ratio": report.ratio, "error": report.error, "own": report.own, "seen": report.seen}
