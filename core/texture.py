"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import math
import time
from typing import Any

from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .colour import monge_kantorovich
from .encoder import load_encoder
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output, load_style
from .metrics.strokes import dominant_wavelength
from .protocol import TextureJob
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import Settings, paint
from .stroke import WHOLE, choose_strokes
from .style.painting import Painting
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
    check_output(job.output, {"style": job.style, "base texture": job.base, "mesh": job.mesh})
    device = devices.resolve(job.device)
    style, record = load_style(job.style)
    base = load_picture(job.base, "base texture", 2 * job.size) if job.base else None
    mesh = load_mesh(job.mesh)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(mesh, job.size, _up(job.mesh), job.seed, device)
    announce(watcher, "Looking at the painting")
    encoder = load_encoder(device, devices.fast_dtype(device))
    painting = Painting(style.rgb, encoder, style.alpha)
    # Long and thin objects are painted at the scale of their width.
    extent = min(canvas.geometry.diagonal, math.sqrt(canvas.geometry.area))
    strokes = choose_strokes(
        job.stroke,
        dominant_wavelength(style.rgb, style.alpha),
        painting.long_side,
        SPAN * extent,
        canvas.geometry.diagonal,
        canvas.texel,
    )
    canvas.span = strokes.span
    if base is not None:
        _set_base(canvas, base.rgb, painting)
    spans = canvas.span / canvas.geometry.diagonal
    finest = max(16, min(canvas.span / canvas.texel, painting.long_side * MAGNIFY))
    picture = paint(
        canvas,
        painting,
        encoder,
        schedule(max(COARSEST, round(WHOLE * spans)), round(finest), EFFORTS[job.quality]),
        Settings(job.strength, job.seed),
        watcher,
        _previewer(job, canvas),
    )
    announce(watcher, "Writing the texture", 1.0)
    save_picture(job.output, canvas.finished(picture).cpu())
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


def _set_base(canvas: SurfaceCanvas, base: Tensor, painting: Painting) -> None:
    """Give the canvas its content in the painting's palette; a plain colour is no content."""
    colors = canvas.texel_colors(base)
    if float(colors.std(0).mean()) < FLAT:
        return
    matrix, offset = monge_kantorovich(colors, painting.colors())
    canvas.base = (colors @ matrix + offset).clamp(0, 1)
