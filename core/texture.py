"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .encoder import Encoder
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output
from .protocol import TextureJob
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .stroke import WHOLE, Strokes, automatic_span, choose_strokes
from .styling import Colors, blended, open_style, plain_colors, regions
from .surface.load import load_mesh, up_axis
from .surface.portrait import Portrait
from .work import Work, describe, make_work, open_encoder

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
    finished = ready.colors.finished(picture, ready.original)
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
            *ready.strokes.notes,
        ],
    }


@dataclass(frozen=True)
class ReadyTexture:
    """A texture job that is ready to be painted.

    original: the texture before (1, 3, size, size). record: what identifies the style.
    """

    work: Work
    canvas: SurfaceCanvas
    colors: Colors
    original: Tensor
    strokes: Strokes
    record: dict[str, str]


def prepare_texture(job: TextureJob, watcher: Watcher) -> ReadyTexture:
    """Read and plan a texture job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    sources = {"style": job.style, "base texture": job.base, "mesh": job.mesh, **job.controls.sources}
    check_output(job, sources)
    device = devices.resolve(job.device)
    base = load_picture(job.base, "base texture", 2 * job.size) if job.base else None
    mesh = load_mesh(job.mesh)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(mesh, job.size, up_axis(job.mesh), job.seed, device)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    base_texels = None if base is None else canvas.texel_colors(base.rgb)
    # A plain colour is no content.
    content = base_texels if base_texels is not None and float(base_texels.std(0).mean()) > FLAT else None
    colors = _colors(job, content, encoder)
    painting, record = open_style(job.style, encoder, colors)
    style = blended(painting, job.controls, encoder, colors)
    strokes = choose_strokes(
        job.stroke,
        painting.wavelength,
        painting.long_side,
        automatic_span(canvas.geometry.diagonal, canvas.geometry.area),
        canvas.geometry.diagonal,
        canvas.texel,
    )
    canvas.span = strokes.span
    if content is not None:
        canvas.base = colors.of_content(style)(content).clamp(0, 1)
    spans = canvas.span / canvas.geometry.diagonal
    finest = max(16, min(canvas.span / canvas.texel, painting.long_side * MAGNIFY))
    work = make_work(
        job,
        canvas,
        regions(style, job.strength, job.controls, encoder, colors, canvas.fit),
        encoder,
        schedule(max(COARSEST, round(WHOLE * spans)), round(finest), EFFORTS[job.quality]),
    )
    original = _original(canvas, base_texels, job.base_color)
    return ReadyTexture(work, canvas, colors, original, strokes, record)


def _previewer(job: TextureJob, canvas: SurfaceCanvas) -> Previewer:
    """Previews show the mesh, not its UV map: islands in a heap tell nobody how far the work is."""
    if not job.preview:
        return Previewer("", canvas.finished)
    portrait = Portrait(canvas.geometry, up_axis(job.mesh), PREVIEW, samples=2, background=PREVIEW_GREY)
    return Previewer(job.preview, lambda picture: portrait.draw(canvas.finished(picture)))


def _overlap_note(overlap: float) -> list[str]:
    if overlap < OVERLAP:
        return []
    return [
        f"About {100 * overlap:.0f} % of the UV map lies over itself, so that several places of the object "
        "show the same paint. Unwrap the mesh anew if seams show."
    ]


def _original(canvas: SurfaceCanvas, base: Tensor | None, color: tuple[float, float, float]) -> Tensor:
    """The texture before, shaped like the canvas's picture."""
    if base is not None:
        return canvas.picture(base)
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, canvas.size, canvas.size)


def _colors(job: TextureJob, base: Tensor | None, encoder: Encoder) -> Colors:
    """What happens to colours: those of the base texture count, or the base colour where there is none."""
    if base is not None:
        return Colors(job.controls.color, base.cpu())
    if job.controls.color == "style":  # nothing is recoloured: no need to read the painting for it
        return Colors(job.controls.color, torch.tensor([job.base_color]))
    palette = open_style(job.style, encoder, None)[0].colors().cpu()
    return Colors(job.controls.color, plain_colors(job.base_color, palette))
