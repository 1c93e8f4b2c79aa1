"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .colour import monge_kantorovich
from .encoder import load_encoder
from .images import check_writable, load_picture, save_picture
from .job import COARSEST, MAGNIFY, MAX_STYLE, announce, style_record
from .metrics.strokes import dominant_wavelength
from .protocol import TextureJob
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import Settings, paint
from .style.painting import Painting
from .surface.load import load_mesh

SPAN = 0.75  # world size of the whole painting over the object's diagonal, if not asked otherwise
WHOLE = 48  # pixels across the whole object that the first scale needs at least
FLAT = 0.02  # standard deviation of colour under which a base texture has nothing to keep


def stylize_texture(job: TextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a texture job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing is written before the whole texture is done.
    """
    started = time.monotonic()

    announce(watcher, "Reading the files")
    check_writable(Path(job.output))
    device = devices.resolve(job.device)
    style = load_picture(job.style, "style", MAX_STYLE)
    base = load_picture(job.base, "base texture") if job.base else None
    mesh = load_mesh(job.mesh)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(mesh, job.size, _up(job.mesh), job.seed, device)
    announce(watcher, "Looking at the painting")
    encoder = load_encoder(device, devices.fast_dtype(device))
    painting = Painting(style.rgb, encoder)
    wavelength = dominant_wavelength(style.rgb)
    stroke = job.stroke or wavelength / painting.long_side * SPAN * canvas.geometry.diagonal
    canvas.span = stroke / wavelength * painting.long_side
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
        Previewer(job.preview, canvas.finished),
    )
    announce(watcher, "Writing the texture")
    save_picture(job.output, canvas.finished(picture).cpu())
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        "quality": job.quality,
        "device": str(device),
        "seed": job.seed,
        "stroke": stroke,
        **style_record(job.style),
        "painted": canvas.painted(),
        "faces": len(mesh.faces),
        "notes": list(mesh.notes),
    }


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
