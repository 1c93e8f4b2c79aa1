"""Sphere jobs of many frames: strokes stick to what they are painted on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .. import devices
from ..job import announce, check_results, check_sources
from ..protocol import SphereJob
from ..protocol.numbered import frame_path
from ..render.layers import VECTOR
from ..render.shot import numbers_of
from ..render.view import open_view
from ..solve.progress import Report, Watcher
from .anchored import Strokes
from .exemplar import Target
from .following import Anchors, Follower, still_anchors
from .harmony import harmonized
from .painting import put_together, save_painted, show_painted
from .record import record
from .seeds import Seeds
from .source import Source, read_source
from .subject import read_passes, subject_of

DRAWINGS = 3  # that take turns where strokes boil
BOILING = 48  # pixels between places that boil, or do not


def animate_sphere(job: SphereJob, watcher: Watcher) -> dict[str, Any]:
    """Do a sphere job of numbered frames, which are written as they finish. As ``stylize_sphere``."""
    started = time.monotonic()
    announce(watcher, "Reading the files")
    numbers = numbers_of(job.guides, job.first, job.last)
    devices.resolve(job.device)
    _check_files(job, numbers)
    sources = [read_source(sphere, job.weights, job.scale) for sphere in job.spheres]
    view, follower, sticks = open_view(job.view), Follower(), False
    drawings = range(DRAWINGS if job.boil > 0 else 1)
    hands = [[_strokes(job, source, which) for source in sources] for which in drawings]
    size: list[int] = []
    used = [False] * len(sources)
    for done, number in enumerate(numbers):
        announce(watcher, f"Painting frame {number}", done / len(numbers))
        path = str(frame_path(job.guides, number))
        passes = read_passes(path, job.view_layer)
        subject = subject_of(path, passes, job.camera)
        size = list(subject.inside.shape)
        sticks = sticks or (done == 0 and passes is not None and passes.has(VECTOR))
        anchors = follower.anchors(passes) if sticks and passes else still_anchors(size[0], size[1])
        which = number // job.hold % DRAWINGS if job.boil > 0 else 0
        shares = subject.shares(job.spheres, one_of_many=True)
        used = [so_far or bool(share.any()) for so_far, share in zip(used, shares, strict=True)]
        targets = [
            _within(subject.target(source), share) for source, share in zip(sources, shares, strict=True)
        ]
        drawn = [
            [hand.frame(target, anchors) for hand, target in zip(hand_of, targets, strict=True)]
            for hand_of in hands
        ]
        boils = _boiling(job, anchors).view(size) if which else None
        channels = [_mixed(drawn[0][at], drawn[which][at], boils) for at in range(len(sources))]
        painted = put_together(sources, shares, channels, subject)
        if job.harmony > 0:
            painted = harmonized(painted, sources[0].exemplar, job, watcher)
        preview = show_painted(painted, job.preview)
        watcher.progress(Report(f"Painting frame {number}", done / len(numbers), preview=preview))
        one = _of_frame(job, number)
        save_painted(painted, one.output, view, {"height": one.height, "roughness": one.roughness})
    notes = [note for source in sources for note in source.notes]
    unseen = [sphere.mask for sphere, seen in zip(job.spheres, used, strict=True) if not seen]
    notes += [f"No frame shows anything of {mask}, so that its sphere paints nothing." for mask in unseen]
    if not sticks and len(numbers) > 1:
        notes.append(
            "The frames have no pass Vector, so that strokes stay in their place while things move. Turn it "
            "on and render again for strokes that stick to things."
        )
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": size,
        "device": "cpu",
        "frames": [numbers[0], numbers[-1]],
        "written": len(numbers),
        **record(job),
        "notes": notes,
    }


def _of_frame(job: SphereJob, number: int) -> SphereJob:
    """The job of one frame. Raises JobError ("not_numbered")."""

    def numbered(path: str) -> str:
        return path and str(frame_path(path, number))

    return replace(
        job,
        guides=numbered(job.guides),
        output=numbered(job.output),
        height=numbered(job.height),
        roughness=numbered(job.roughness),
    )


def _check_files(job: SphereJob, numbers: Sequence[int]) -> None:
    """Make sure, before any work, that frames can be written and replace nothing that is read.

    Raises JobError as ``check_results``, and "not_numbered".
    """
    first = _of_frame(job, numbers[0])
    check_results(
        first, [first.output], {**job.sources, "guides": first.guides, "view": job.view}, [first.height]
    )
    for number in numbers:
        one = _of_frame(job, number)
        for path in filter(None, (one.output, one.height, one.roughness)):
            check_sources(path, {**job.sources, "guides": one.guides}, "frame")


def _strokes(job: SphereJob, source: Source, which: int) -> Strokes:
    return Strokes(source.exemplar, source.lookup, job.tolerance, job.seed + which)


def _within(target: Target, share: Tensor) -> Target:
    return replace(target, inside=target.inside & (share[0] > 0))


def _boiling(job: SphereJob, anchors: Anchors) -> Tensor:
    """Which pixels (h * w,), bool, are of another drawing: a part of all places, which stick to things."""
    places = anchors.places / anchors.unit
    cells = Seeds(BOILING, job.seed, places.device, places.shape[1]).nearest(places).long()
    noise = (cells * torch.tensor([7919, 104729, 1299709])[: cells.shape[1]]).sum(1) % 1009 / 1009
    return noise < job.boil


def _mixed(first: Tensor, other: Tensor, boils: Tensor | None) -> Tensor:
    return first if boils is None else torch.where(boils, other, first)
