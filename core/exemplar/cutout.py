"""The ball job: the ball alone of a picture of a painted, scanned or photographed sphere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from ..images import Picture, load_picture, save_picture
from ..job import announce, check_output
from ..protocol import BallJob, JobError, Remedy
from ..solve.progress import Watcher
from .ball import Ball, find_ball, squared
from .source import LEAST, OPAQUE

OVER = 1.0  # pixels of a ball beyond the frame that are not worth a word


def cut_out_ball(job: BallJob, watcher: Watcher) -> dict[str, Any]:
    """Do a ball job; returns what is worth keeping with the result.

    circle: (x, y, radius) of the ball in the picture, in pixels from the upper left corner, ratio: as of
    ``Ball``; ball: the circle in the result. Raises JobError as ``load_picture``, ``find_ball`` and
    ``save_picture``, and "no_sphere" where nothing of a circle is in the picture; JobCancelled when the
    watcher wishes. Nothing is written before all is done.
    """
    started = time.monotonic()
    announce(watcher, "Reading the files")
    check_output(job, {"sphere": job.picture})
    picture, name = load_picture(job.picture, "sphere"), Path(job.picture).name
    height, width = picture.rgb.shape[-2:]
    announce(watcher, "Looking for the ball")
    ball = _said(job, height, width) if job.circle else find_ball(picture, name)
    announce(watcher, "Cutting the ball out", 0.5)
    cut, there = squared(picture, ball, job.size)
    if cut.alpha is None or int((cut.alpha >= OPAQUE).sum()) < LEAST:
        raise _elsewhere(ball, job, height, width)
    announce(watcher, "Writing the picture", 1.0)
    _save(cut, job.output)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": int(cut.rgb.shape[-1]),
        "circle": [round(number, 2) for number in (ball.x, ball.y, ball.radius)],
        "ratio": round(ball.ratio, 3),
        "ball": [there.x, there.y, there.radius],
        "notes": _notes(ball, height, width),
    }


def _save(cut: Picture, output: str) -> None:
    rgb = cut.rgb
    if cut.alpha is not None and Path(output).suffix.lower() == ".exr":
        rgb = rgb * (cut.alpha > 0)  # colours under nothing would be light there
    save_picture(output, rgb, cut.alpha)


def _notes(ball: Ball, height: int, width: int) -> list[str]:
    """Sentences about a ball in a picture for the artist."""
    notes = []
    if ball.ratio != 1:
        share = round(100 * (1 - ball.ratio))
        notes.append(f"Its outline was flat by {share} %, as it is seen from the side, and was made round.")
    shape = ball.shape
    reach = np.linalg.norm(shape.axes, axis=1)
    over = np.maximum(reach - shape.middle, shape.middle + reach - [width, height])
    if over.max() > OVER:
        notes.append("The frame cuts it; what is beyond is transparent.")
    return notes


def _said(job: BallJob, height: int, width: int) -> Ball:
    """The ball that the job knows of, if a picture of that size can show it. Raises JobError."""
    ball = Ball(*job.circle)
    beside = max(-ball.x, ball.x - width, -ball.y, ball.y - height)
    if beside >= ball.radius or ball.radius > max(height, width):
        raise _elsewhere(ball, job, height, width)
    return ball


def _elsewhere(ball: Ball, job: BallJob, height: int, width: int) -> JobError:
    at = f"{ball.x:g}, {ball.y:g}, {ball.radius:g}"
    return JobError(
        "no_sphere",
        f"Nothing of a ball is painted at {at} (x, y, radius) in {Path(job.picture).name}, which has "
        f"{width} x {height} pixels. Say where it is, or let it be looked for.",
        Remedy.CHANGE_SETTING,
    )
