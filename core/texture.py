"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .images import load_picture, save_picture
from .job import announce, check_output
from .masks import Guide, guides, surface_mask
from .protocol import TextureJob
from .regions import (
    Place,
    colors_within,
    in_last_colors,
    open_places,
    recolored_content,
    stages_of,
    styled_regions,
)
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS
from .stroke import Strokes, choose_strokes
from .style.source import Style
from .styling import Own, plain_colors
from .surface.load import load_mesh
from .surface.portrait import Portrait
from .work import Work, describe, make_work, open_encoder

SPAN = 0.75  # world size of the whole painting over the object's extent, if not asked otherwise
PREVIEW = 320  # pixels of a preview's side
PREVIEW_GREY = 0.18  # about that of Blender's panels
OVERLAP = 0.05  # share of the UV map that may lie over itself without a word
FLAT = 0.02  # standard deviation of colour under which a base texture has nothing to keep


def stylize_texture(job: TextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a texture job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing but the checkpoint is written before the whole texture is done.
    """
    started = time.monotonic()
    ready = prepare_texture(job, watcher)
    canvas = ready.canvas
    picture = ready.work.paint(watcher, _previewer(job, canvas))
    announce(watcher, "Writing the texture", 1.0)
    finished = in_last_colors(picture, ready.original, ready.places)
    save_picture(job.output, canvas.finished(finished).cpu())
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        **describe(job, ready.work),
        "stroke": ready.strokes.size,
        **ready.record,
        "painted": canvas.painted(),
        "faces": len(canvas.geometry.mesh.faces),
        "notes": [
            *canvas.geometry.mesh.notes,
            *_overlap_note(canvas.texels.overlap),
            *ready.notes,
        ],
    }


@dataclass(frozen=True)
class ReadyTexture:
    """A texture job that is ready to be painted.

    original: the texture before (1, 3, size, size). record: what identifies the style. notes: sentences
    about strokes.
    """

    work: Work
    canvas: SurfaceCanvas
    places: list[Place]
    original: Tensor
    strokes: Strokes
    record: dict[str, str]
    notes: tuple[str, ...]


def prepare_texture(job: TextureJob, watcher: Watcher) -> ReadyTexture:
    """Read and plan a texture job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    sources = {"style": job.style, "base texture": job.base, "mesh": job.mesh, **job.controls.sources}
    check_output(job, sources)
    device = devices.resolve(job.device)
    base = load_picture(job.base, "base texture", 2 * job.size) if job.base else None
    mesh = load_mesh(job.mesh)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(mesh, job.size, _up(job.mesh), job.seed, device)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    base_texels = None if base is None else canvas.texel_colors(base.rgb)
    # A plain colour is no content.
    has_content = base_texels is not None and float(base_texels.std(0).mean()) > FLAT
    original = _original(canvas, base_texels, job.base_color)
    masks = [surface_mask(mask, canvas) for mask in job.controls.masks]
    own = colors_within(canvas, original) if has_content else _plain(job.base_color)
    places, record = open_places(job, guides(masks, canvas.fit), own, encoder)
    # Long and thin objects are painted at the scale of their width.
    extent = min(canvas.geometry.diagonal, math.sqrt(canvas.geometry.area))

    def choose(style: Style, asked: float) -> Strokes:
        diagonal, texel = canvas.geometry.diagonal, canvas.texel
        return choose_strokes(asked, style.wavelength, style.long_side, SPAN * extent, diagonal, texel)

    strokes = choose(places[0].style, job.stroke)
    canvas.span = strokes.span
    regions, notes = styled_regions(job, places, strokes, choose)
    if has_content:
        canvas.base = canvas.texel_colors(recolored_content(original, places)).clamp(0, 1)
    spans, texels = canvas.span / canvas.geometry.diagonal, canvas.span / canvas.texel
    stages = stages_of(regions, spans, texels, EFFORTS[job.quality])
    work = make_work(job, canvas, regions, encoder, stages)
    return ReadyTexture(work, canvas, places, original, strokes, record, (*strokes.notes, *notes))


def _previewer(job: TextureJob, canvas: SurfaceCanvas) -> Previewer:
    """Previews show the mesh, not its UV map: islands in a heap tell nobody how far the work is."""
    if not job.preview:
        return Previewer("", canvas.finished)
    portrait = Portrait(canvas.geometry, _up(job.mesh), PREVIEW, samples=2, background=PREVIEW_GREY)
    return Previewer(job.preview, lambda picture: portrait.draw(canvas.finished(picture)))


def _overlap_note(overlap: float) -> list[str]:
    if overlap < OVERLAP:
        return []
    return [
        f"About {100 * overlap:.0f} % of the UV map lies over itself, so that several places of the object "
        "show the same paint. Unwrap the mesh anew if seams show."
    ]


def _up(mesh: str) -> tuple[float, float, float]:
    """Blender's own meshes stand on z; mesh files stand on y, as glTF says and OBJ does."""
    return (0.0, 0.0, 1.0) if mesh.endswith(".npz") else (0.0, 1.0, 0.0)


def _original(canvas: SurfaceCanvas, base: Tensor | None, color: tuple[float, float, float]) -> Tensor:
    """The texture before, shaped like the canvas's picture."""
    if base is not None:
        return canvas.picture(base)
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, canvas.size, canvas.size)


def _plain(color: tuple[float, float, float]) -> Callable[[Guide | None], Own]:
    """What is painted over where there is no content: one colour, as light and dark as the painting."""
    return lambda guide: lambda palette: plain_colors(color, palette)
