"""A neural touch: draws what was painted by example towards the statistics of its example."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..image import stylize_image
from ..images import load_picture, save_picture
from ..protocol import ImageJob, SphereJob
from ..solve.progress import Watcher
from .exemplar import Exemplar
from .painting import Painted

STRENGTH = 0.35  # of style against content: more would paint anew what was copied


def harmonized(painted: Painted, exemplar: Exemplar, job: SphereJob, watcher: Watcher) -> Painted:
    """What was painted, drawn by ``job.harmony`` to the statistics of an exemplar.

    Both count as far as there is paint: the exemplar without the paper around its ball, and what was painted
    goes on where nothing is, as if mirrored at its outlines. Any plain colour there would count, too, and
    what is painted become the more garish to make up for it. Raises as ``stylize_image``.
    """
    covered = painted.cover[0] > 0
    if not bool(covered.any()):
        return painted
    rows, columns = (exemplar.inside.any(axis).nonzero()[:, 0] for axis in (1, 0))
    part = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    style, alpha = (planes[None, :, *part].cpu() for planes in (exemplar.channels[:3], exemplar.inside[None]))
    with tempfile.TemporaryDirectory(prefix="nst-harmony-") as folder:
        before, ball, after = (Path(folder, f"{name}.png") for name in ("before", "sphere", "after"))
        save_picture(before, mirrored(painted.colors, covered)[None].clamp(0, 1))
        save_picture(ball, style, alpha.float())
        stylize_image(
            ImageJob(
                str(before), str(ball), str(after),
                quality="draft", strength=STRENGTH, seed=job.seed, device=job.device, preview=job.preview,
            ),
            watcher,
        )  # fmt: skip
        drawn = load_picture(after).rgb[0]
    return replace(painted, colors=torch.lerp(painted.colors, drawn, job.harmony))


def mirrored(colors: Tensor, covered: Tensor) -> Tensor:
    """Colours (C, h, w) that go on beyond what is covered (h, w), as if mirrored at the nearest place of it.

    That place's own where its mirror would show what is not covered either.
    """
    known = covered.numpy()
    nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    limits = np.array(known.shape)[:, None, None] - 1
    across = (2 * nearest - np.indices(known.shape)).clip(0, limits)
    row, column = np.where(known[tuple(across)], across, nearest)
    return colors[:, row, column]
