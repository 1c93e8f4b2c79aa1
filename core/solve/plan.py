"""What a painting will cost, before it starts: views that fit into memory, and the time that they take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..canvas import Canvas, Stage
from ..encoder import Encoder
from ..protocol import JobError, Remedy

TWICE = 4 / 3  # an evaluation of several views encodes them once more than that of one
ENCODED = 0.4  # what it costs to encode a pixel, of encoding it and going the way back
SHALLOW = 0.6  # what a stage without relu4_1 costs of one with it
# Numbers that an evaluation holds for each pixel of a view, in the encoder's format; and times as many where
# the process keeps the memory that it frees, in pieces that do not always fit.
FLOATS, KEPT = 400.0, 1.9
FEATURES = 90.0  # bytes of a content picture's features for each of its pixels, where they are remembered
FIXED = 1100 * 2**20  # bytes that the process holds whatever it paints: libraries, weights, the painting
REMEMBERED = 2 * 1024 * 1024  # pixels of views whose content features are kept, at most
USABLE = 0.85  # of free memory
SAMPLE = 128  # pixels of the view that the device's speed is measured with
SAMPLED = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


@dataclass(frozen=True)
class Plan:
    """bytes: of memory, about. seconds: without early stops.

    keep: let the process keep the memory that it frees, which is faster. compact: see ``Settings``.
    """

    bytes: float
    seconds: float
    keep: bool
    compact: bool

    def __str__(self) -> str:
        return f"about {_duration(self.seconds)} and {self.bytes / 2**30:.1f} GiB of memory"


def make_plan(
    canvas: Canvas,
    encoder: Encoder,
    stages: Sequence[Stage],
    free: int,
    held: int = 0,
    paintings: float = 0.0,
) -> Plan:
    """Choose the largest views that fit into ``free`` bytes (0: unknown), and say what the work will cost.

    held: bytes that the process has taken already, of those that the work needs. paintings: pixels of
    paintings that are encoded beside the stages' steps.
    The canvas takes the views that were chosen. Raises JobError ("out_of_memory") where even the
    smallest views need more than there is.
    """
    usable = held + USABLE * free if free else float("inf")
    needed = 0.0
    while True:
        views = [canvas.views(stage) for stage in stages]
        for keep, compact in ((True, False), (False, False), (False, True)):
            needed = _bytes(canvas, encoder, stages, views, keep, compact)
            if needed <= usable:
                work = sum(stage.steps * stage_work(canvas, stage) for stage in stages) + ENCODED * paintings
                return Plan(needed, work * _seconds_per_pixel(encoder), keep, compact)
        if not canvas.shrink():
            raise JobError(
                "out_of_memory",
                f"This job needs about {needed / 2**30:.1f} GiB of memory, and {usable / 2**30:.1f} GiB can "
                "be had. Choose a smaller size, close other programs, or use another device.",
                Remedy.SMALLER_SIZE,
            )


def stage_work(canvas: Canvas, stage: Stage) -> float:
    """What a step costs, in pixels of a view that is encoded once, down to relu4_1, and back."""
    pixels, largest = canvas.views(stage)
    once = canvas.steady and pixels == largest
    return pixels * (1.0 if once else TWICE) * (1.0 if "relu4_1" in stage.layers else SHALLOW)


def remembers(canvas: Canvas, stage: Stage) -> bool:
    """Whether the content's features are kept from step to step."""
    return canvas.steady and _few(canvas.views(stage)[0])


def _few(pixels: int) -> bool:
    """Whether the content's features are kept for so many pixels of views."""
    return pixels <= REMEMBERED


def _bytes(
    canvas: Canvas,
    encoder: Encoder,
    stages: Sequence[Stage],
    views: Sequence[tuple[int, int]],
    keep: bool,
    compact: bool,
) -> float:
    """views: of the stages, as of ``Canvas.views``, which may take a while."""
    per_pixel = FLOATS * (KEPT if keep else 1) * torch.finfo(encoder.dtype).bits / 8
    return FIXED + max(
        canvas.footprint(stage, compact, keep)
        + largest * per_pixel
        + (FEATURES * pixels if canvas.steady and _few(pixels) else 0)
        for stage, (pixels, largest) in zip(stages, views, strict=True)
    )


@torch.inference_mode(False)
@torch.enable_grad()
def _seconds_per_pixel(encoder: Encoder) -> float:
    """Of an evaluation, measured: the fastest, as the first makes ready what the others use."""
    took = float("inf")
    for _ in range(4):
        view = torch.rand(1, 3, SAMPLE, SAMPLE, device=encoder.device, requires_grad=True)
        started = time.perf_counter()
        features = encoder(view, SAMPLED)
        loss = torch.stack([f.mean() for f in features.values()]).sum()
        (gradient,) = torch.autograd.grad(loss, view)
        float(gradient.sum())  # waits for the device
        took = min(took, time.perf_counter() - started)
    return took / SAMPLE**2


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
