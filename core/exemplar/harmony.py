"""A neural touch: draws what was painted by example towards the statistics of its example."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from ..image import stylize_image
from ..images import load_picture, save_picture
from ..protocol import ImageJob, SphereJob
from ..solve.progress import Watcher
from .painting import Painted

STRENGTH = 0.35  # of style against content: more would paint anew what was copied


def harmonized(painted: Painted, job: SphereJob, watcher: Watcher) -> Painted:
    """What was painted, drawn by ``job.harmony`` to the statistics of the first sphere's picture.

    Where nothing was painted, the mean of what was stands in, which has no edge to be painted. Raises as
    ``stylize_image``.
    """
    mean = (painted.colors * painted.cover).sum((1, 2)) / painted.cover.sum().clamp_min(1e-6)
    whole = painted.colors * painted.cover + mean.view(3, 1, 1) * (1 - painted.cover)
    with tempfile.TemporaryDirectory(prefix="nst-harmony-") as folder:
        before, after = Path(folder, "before.png"), Path(folder, "after.png")
        save_picture(before, whole[None].clamp(0, 1))
        stylize_image(
            ImageJob(
                str(before), job.spheres[0].picture, str(after),
                quality="draft", strength=STRENGTH, seed=job.seed, device=job.device, preview=job.preview,
            ),
            watcher,
        )  # fmt: skip
        drawn = load_picture(after).rgb[0]
    return replace(painted, colors=torch.lerp(painted.colors, drawn, job.harmony))
