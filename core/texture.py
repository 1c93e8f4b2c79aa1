"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .encoder import Encoder, load_encoder
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output
from .protocol import TextureJob
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import paint
from .solve.stage import Settings
from .stroke import WHOLE, choose_strokes
from .styling import Colors, blended, losses_of, open_style, plain_colors, regions
from .surface.load import load_mesh
from .surface.portrait import Portrait

SPAN = 0.75  # world size of the whole painting over the object's extent, if not asked otherwise
PREVIEW = 320  # pixels of a preview's side
PREVIEW_GREY = 0.18  # about that of Blender's panels
OVERLAP = 0.05  # share of the UV map that may lie over itself without a word
FLAT = 0.02  # standard deviation of colour under which a base texture has nothing to keep


def stylize_texture(job: TextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a texture job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing is written before the whole texture is done.
    """
    started = time.monotonic()

    announce(watcher, "Reading the files")
    sources = {"style": job.style, "base texture": job.base, "mesh": job.mesh, **job.controls.sources}
    check_output(job.output, sources)
    device = devices.resolve(job.device)
    base = load_picture(job.base, "base texture", 2 * job.size) if job.base else None
    mesh = load_mesh(job.mesh)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(mesh, job.size, _up(job.mesh), job.seed, device)
    announce(watcher, "Looking at the painting")
    encoder = load_encoder(device, devices.fast_dtype(device))
    base_texels = None if base is None else canvas.texel_colors(base.rgb)
    # A plain colour is no content.
    content = base_texels if base_texels is not None and float(base_texels.std(0).mean()) > FLAT else None
    colors = _colors(job, content, encoder)
    painting, record = open_style(job.style, encoder, colors)
    style = blended(painting, job.controls, encoder, colors)
    # Long and thin objects are painted at the scale of their width.
    extent = min(canvas.geometry.diagonal, math.sqrt(canvas.geometry.area))
    strokes = choose_strokes(
        job.stroke,
        painting.wavelength,
        painting.long_side,
        SPAN * extent,
        canvas.geometry.diagonal,
        canvas.texel,
    )
    canvas.span = strokes.span
    if content is not None:
        canvas.base = colors.of_content(style)(content).clamp(0, 1)
    spans = canvas.span / canvas.geometry.diagonal
    finest = max(16, min(canvas.span / canvas.texel, painting.long_side * MAGNIFY))
    picture = paint(
        canvas,
        regions(style, job.strength, job.controls, encoder, colors, canvas.fit),
        encoder,
        schedule(max(COARSEST, round(WHOLE * spans)), round(finest), EFFORTS[job.quality]),
        Settings(losses_of(job.controls), job.seed),
        watcher,
        _previewer(job, canvas),
    )
    announce(watcher, "Writing the texture", 1.0)
    finished = colors.finished(picture, _original(canvas, base_texels, job.base_color))
    save_picture(job.output, canvas.finished(finished).cpu())
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        "quality": job.quality,
        "device": str(device),
        "seed": job.seed,
        "stroke": strokes.size,
        **record,
        "painted": canvas.painted(),
        "faces": len(mesh.faces),
        "notes": [*mesh.notes, *_overlap_note(canvas.texels.overlap), *strokes.notes],
    }


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


def _colors(job: TextureJob, base: Tensor | None, encoder: Encoder) -> Colors:
    """What happens to colours: those of the base texture count, or the base colour where there is none."""
    if base is not None:
        return Colors(job.controls.color, base.cpu())
    if job.controls.color == "style":  # nothing is recoloured: no need to read the painting for it
        return Colors(job.controls.color, torch.tensor([job.base_color]))
    palette = open_style(job.style, encoder, None)[0].colors().cpu()
    return Colors(job.controls.color, plain_colors(job.base_color, palette))
