"""Three ways to stylize a mesh without a texture, all with strokes of one size in the world.

surface: ``nst texture``. uv: ``nst image``, over a grey picture laid on the UV map; its strokes have that
size where texels have the average one. multiview: see multiview.py. All take the style alone (no content),
the same network, losses, schedule, quality and seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from nst.core import devices
from nst.core.encoder import load_encoder
from nst.core.images import load_picture, save_picture
from nst.core.job import COARSEST, MAGNIFY
from nst.core.metrics.windows import texel_size
from nst.core.protocol import ImageJob, Sheet, TextureJob
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.solve.schedule import PARTIAL_EFFORTS, schedule
from nst.core.solve.solver import paint
from nst.core.solve.stage import Settings, StyledRegion
from nst.core.stroke import WHOLE, Strokes, automatic_span, choose_strokes
from nst.core.style.painting import Painting
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh

from .multiview import MultiViewCanvas

GREY = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Task:
    """What is painted. mesh, style: files. size: pixels of the texture's side. output: the PNG to write.

    stroke: world size of its strokes, 0 for what the job chooses.
    """

    mesh: Path
    style: Path
    output: Path
    size: int
    quality: str
    stroke: float = 0.0
    device: str = "cpu"


@dataclass(frozen=True)
class Painted:
    """seconds: from start to file. painted: share of the islands that the method looked at."""

    seconds: float
    painted: float


def surface(task: Task) -> Painted:
    strokes = strokes_of(task)
    job = TextureJob(
        str(task.mesh),
        str(task.style),
        (Sheet(str(task.output), base_color=GREY),),
        size=task.size,
        quality=task.quality,
        strength=1.0,
        stroke=strokes.size,
        device=task.device,
    )
    info = run_job(job, SilentWatcher())
    return Painted(info["seconds"], info["painted"])


def uv(task: Task) -> Painted:
    grey = task.output.with_name("grey.png")
    save_picture(grey, torch.full((1, 3, task.size, task.size), GREY[0]))
    texel = texel_size(Geometry(load_mesh(task.mesh)), task.size, task.size)
    job = ImageJob(
        str(grey),
        str(task.style),
        str(task.output),
        quality=task.quality,
        strength=1.0,
        stroke=strokes_of(task).size / texel,
        device=task.device,
    )
    return Painted(run_job(job, SilentWatcher())["seconds"], 1.0)


def multiview(task: Task) -> Painted:
    started = time.monotonic()
    strokes = strokes_of(task)
    encoder = load_encoder(devices.resolve(task.device))
    canvas = MultiViewCanvas(load_mesh(task.mesh), task.size, strokes.span, 0, encoder.device)
    painting = Painting(load_picture(task.style).rgb.to(encoder.device), encoder)
    texel = texel_size(canvas.geometry, task.size, task.size)
    finest = max(16, min(strokes.span / texel, painting.long_side * MAGNIFY))
    coarsest = max(COARSEST, round(WHOLE * strokes.span / canvas.geometry.diagonal))
    painted = paint(
        canvas,
        [StyledRegion(painting, 1.0)],
        encoder,
        schedule(coarsest, round(finest), PARTIAL_EFFORTS[task.quality]),
        Settings(),
        SilentWatcher(),
        lambda _: "",
    )
    save_picture(task.output, painted.picture.cpu())
    return Painted(time.monotonic() - started, canvas.painted)


METHODS: dict[str, Callable[[Task], Painted]] = {"surface": surface, "uv": uv, "multiview": multiview}


def strokes_of(task: Task) -> Strokes:
    """The strokes of a job for this mesh, style and size."""
    geometry = Geometry(load_mesh(task.mesh))
    picture = load_picture(task.style).rgb
    painting = Painting(picture, load_encoder(torch.device("cpu")))
    return choose_strokes(
        task.stroke,
        painting.wavelength,
        painting.long_side,
        automatic_span(geometry.diagonal, geometry.area),
        geometry.diagonal,
        texel_size(geometry, task.size, task.size),
    )
