"""How near to a painting a painted surface comes, beside a flat picture that is looked at in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nst.core.images import load_picture, save_picture
from nst.core.metrics.atlas import atlas
from nst.core.metrics.flat_style import flat_windows
from nst.core.metrics.likeness import distances
from nst.core.metrics.surface_style import comparison_scale, style_windows, window_statistics
from nst.core.metrics.windows import texel_size
from nst.core.protocol import ImageJob
from nst.core.resize import resized
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.style.painting import Painting
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh, up_axis

from .judges import Judge

GREY = 0.5
Distances = dict[str, float]  # by layer


def paint_flat(
    mesh: Path, size: int, style: Path, stroke: float, quality: str, seed: int, output: Path
) -> dict[str, Any]:
    """The image job over a grey square of as many pixels as the mesh's islands have texels.

    The square repeats, so that windows may lie anywhere: a surface has no border either, or little of it.
    size: of the texture. stroke: of the texture's job, in the mesh's units; here it has as many pixels.
    """
    surface = load_mesh(mesh)
    side = round(float(np.sqrt(atlas(surface, size, size).inside.sum())))
    grey = output.with_name("flat_grey.png")
    save_picture(grey, torch.full((1, 3, side, side), GREY))
    pixels = stroke / texel_size(Geometry(surface), size, size)
    job = ImageJob(
        str(grey),
        str(style),
        str(output),
        quality=quality,
        strength=1.0,
        stroke=pixels,
        tile="xy",
        device="cpu",
        seed=seed,
    )
    info = run_job(job, SilentWatcher())
    return {"side": side, "stroke": pixels, "seconds": info["seconds"]}


def compared(
    mesh: Path, texture: Path, flats: Sequence[Path], style: Path, judges: Mapping[str, Judge], looks: int
) -> dict[str, dict[str, list[Distances]]]:
    """Distances to the painting, by judge and what is looked at, one for each look and picture.

    "surface": the texture on the mesh. "flat": pictures of ``paint_flat``. "floor": the painting itself, at
    the size that it has in texels. looks: how often windows are laid anew.
    """
    surface, painted, painting = load_mesh(mesh), load_picture(texture).rgb, load_picture(style).rgb
    geometry, shape = Geometry(surface), painted.shape[-2:]
    side, pixel = comparison_scale(surface, painted, painting)
    texels = pixel / texel_size(geometry, *shape)  # a window's pixel, in those of all that is looked at
    whole = resized(painting, round(side * texels))
    pictures = [load_picture(flat).rgb for flat in flats]
    goals = {
        name: Painting(painting, judge.encoder).statistics(side, judge.layers)
        for name, judge in judges.items()
    }
    found: dict[str, dict[str, list[Distances]]] = {
        name: {kind: [] for kind in ("surface", "flat", "floor")} for name in judges
    }
    for seed in range(looks):
        laid = list(style_windows(geometry, shape, side, pixel, up_axis(mesh), seed))
        rng = np.random.default_rng(seed)
        shown = [("surface", painted, laid)]
        for kind, picture in [*(("flat", one) for one in pictures), ("floor", whole)]:
            beyond = kind == "floor"
            size = (picture.shape[-2], picture.shape[-1])
            shown.append((kind, picture, [flat_windows(one, size, texels, rng, beyond) for one in laid]))
        for kind, picture, windows in shown:
            for name, judge in judges.items():
                statistics = window_statistics(windows, picture, judge.encoder, judge.layers)
                found[name][kind].append(distances(statistics, goals[name]))
    return found
