"""The sphere job: make renders look like painted spheres."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import devices
from ..job import announce, check_results
from ..protocol import PATCHES, JobError, Remedy, SphereJob
from ..render.view import open_view
from ..solve.progress import Report, Watcher, check_cancelled
from .animation import animate_sphere
from .contours import contours_of
from .exemplar import Target, voted
from .harmony import harmonized
from .painting import put_together, save_painted, show_painted
from .patches import Patches, blended, synthesize
from .record import record
from .source import Source, read_source
from .styleblit import styleblit
from .subject import Subject, read_subject


def stylize_sphere(job: SphereJob, watcher: Watcher) -> dict[str, Any]:
    """Do a sphere job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes. Nothing is written
    before a whole picture is done.
    """
    started = time.monotonic()
    if "#" in Path(job.guides).name:
        return animate_sphere(job, watcher)
    announce(watcher, "Reading the files")
    heights = {"height": job.height, "roughness": job.roughness}
    read = {**job.sources, "guides": job.guides, "view": job.view}
    check_results(job, [job.output], read, [job.height])
    device, view = devices.resolve(job.device), open_view(job.view)
    sources = [read_source(sphere, job.weights, job.scale) for sphere in job.spheres]
    subject = read_subject(job.guides, job.view_layer, job.camera)
    shares = subject.shares(job.spheres, one_of_many=len(job.spheres) > 1)
    unseen = _unseen(job, shares)
    announce(watcher, "Painting")
    pairs = enumerate(zip(sources, shares, strict=True))
    channels = [paint(job, source, subject, share, device, watcher, at) for at, (source, share) in pairs]
    painted = put_together(sources, shares, channels, subject)
    if job.harmony > 0:
        painted = harmonized(painted, sources[0].exemplar, job, watcher)
    preview = show_painted(painted, job.preview)
    watcher.progress(Report("Writing the picture", 1.0, preview=preview))
    save_painted(painted, job.output, view, heights)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(subject.inside.shape),
        "device": str(device),
        **record(job),
        "notes": [*(note for source in sources for note in source.notes), *unseen],
    }


def _unseen(job: SphereJob, shares: Sequence[Tensor]) -> list[str]:
    """A note on each sphere that paints nothing. Raises JobError ("mask_empty") if none paints anything."""
    masks = [one.mask for one, share in zip(job.spheres, shares, strict=True) if not bool(share.any())]
    if len(masks) == len(shares):
        raise JobError(
            "mask_empty",
            f"The render shows nothing of {', '.join(masks)}, so nothing would be painted. Choose what is in "
            "view.",
            Remedy.CHANGE_SETTING,
        )
    return [f"The render shows nothing of {mask}, so that its sphere paints nothing." for mask in masks]


def paint(
    job: SphereJob,
    source: Source,
    subject: Subject,
    share: Tensor,
    device: torch.device,
    watcher: Watcher,
    number: int,
) -> Tensor:
    """What the number-th sphere paints (C, h, w) of a subject, where it has a share (1, h, w)."""
    target = subject.target(source)
    inside = target.inside & (share[0] > 0)
    contours = contours_of(subject.normals, inside) if job.method == PATCHES else None
    target = Target(target.guides, inside, contours).to(device)
    source = source.to(device)
    exemplar = source.exemplar
    if job.method == PATCHES:
        settings, count = Patches(), len(job.spheres)

        def tick(fraction: float) -> None:
            check_cancelled(watcher)
            watcher.progress(Report("Fitting patches", (number + fraction) / count))

        places = synthesize(exemplar, target, settings, job.seed, tick)
        return blended(exemplar, places, settings).cpu()
    places = styleblit(exemplar, target, source.lookup, job.tolerance, job.seed)
    return voted(exemplar, places).cpu()
