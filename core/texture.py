"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .colour import Recolor
from .encoder import Encoder
from .images import load_picture, save_pictures
from .job import COARSEST, MAGNIFY, announce, base_files, check_output, check_results
from .protocol import Sheet, TextureJob
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .stroke import WHOLE, Strokes, choose_strokes
from .styling import Colors, blended, open_style, plain_colors, regions
from .surface.field import check_direction
from .surface.load import load_mesh
from .surface.portrait import Portrait
from .surface.shape import shaded
from .surface.sheets import Spread, spread
from .surface.texels import TexelMap
from .work import Work, describe, make_work, open_encoder

SPAN = 0.75  # world size of the whole painting over the object's extent, if not asked otherwise
PREVIEW = 320  # pixels of a preview's side
PREVIEW_GREY = 0.18  # about that of Blender's panels
OVERLAP = 0.05  # share of the UV map that may lie over itself without a word
FLAT = 0.02  # standard deviation of colour under which what is painted over has nothing to keep


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
    files = [sheet.output for sheet in ready.spread.sheets]
    save_pictures(zip(files, canvas.split(canvas.finished(finished).cpu()), strict=True))
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        **describe(job, ready.work),
        "stroke": ready.strokes.size,
        **ready.record,
        "painted": canvas.painted(),
        "faces": len(canvas.geometry.mesh.faces),
        "sheets": [
            [file for file, owner in zip(files, ready.spread.owner, strict=True) if owner == number]
            for number in range(len(job.sheets))
        ],
        "notes": [
            *canvas.geometry.mesh.notes,
            *_overlap_notes(canvas.texels),
            *ready.strokes.notes,
        ],
    }


@dataclass(frozen=True)
class ReadyTexture:
    """A texture job that is ready to be painted.

    spread: where the faces lie, and the files. original: the textures before, stacked like the canvas's
    picture. record: what identifies the style.
    """

    work: Work
    spread: Spread
    canvas: SurfaceCanvas
    colors: Colors
    original: Tensor
    strokes: Strokes
    record: dict[str, str]


def prepare_texture(job: TextureJob, watcher: Watcher) -> ReadyTexture:
    """Read and plan a texture job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    sources = {"style": job.style, "mesh": job.mesh, **job.controls.sources}
    for number, sheet in enumerate(job.sheets, 1):
        sources |= base_files(sheet, f"base texture {number}" if len(job.sheets) > 1 else "base texture")
    check_output(job, sources)
    device = devices.resolve(job.device)
    parts = spread(load_mesh(job.mesh), job.sheets)
    check_direction(parts.mesh, job.direction)
    check_results(job, [sheet.output for sheet in parts.sheets], sources)
    original = torch.cat([_original(sheet, job.size) for sheet in parts.sheets], dim=2)
    announce(watcher, "Looking at the surface")
    canvas = SurfaceCanvas(parts.mesh, job.size, _up(job.mesh), job.seed, device, job.direction, job.angle)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    base = canvas.texel_colors(original)
    content = _content(base, job.controls.color)
    colors = _colors(job, content, torch.stack([own.mean(0) for own in base]), encoder)
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
    canvas.base = _content(
        job, canvas, torch.cat(base), content is None, colors.of_content(style), strokes.size
    )
    spans = canvas.span / canvas.geometry.diagonal
    finest = max(16, min(canvas.span / canvas.texel, painting.long_side * MAGNIFY))
    work = make_work(
        job,
        canvas,
        regions(style, job.strength, job.controls, encoder, colors, canvas.fit),
        encoder,
        schedule(max(COARSEST, round(WHOLE * spans)), round(finest), EFFORTS[job.quality]),
    )
    return ReadyTexture(work, parts, canvas, colors, original, strokes, record)


def _content(
    job: TextureJob, canvas: SurfaceCanvas, base: Tensor, plain: bool, recolor: Recolor, stroke: float
) -> Tensor | None:
    """What is painted over (T, 3): the base's texels, shaded by the object's shape; None for nothing.

    plain: the base has one colour, and so nothing to keep by itself.
    """
    shapeless = job.occlusion == 0 and job.curvature == 0
    if plain and shapeless:
        return None
    recolored = recolor(base).clamp(0, 1)
    if shapeless:
        return recolored
    found = shaded(recolored, canvas.shape_light(job.occlusion, job.curvature, stroke))
    return None if plain and float(found.std(0).mean()) <= FLAT else found


def _previewer(job: TextureJob, canvas: SurfaceCanvas) -> Previewer:
    """Previews show the mesh, not its UV map: islands in a heap tell nobody how far the work is."""
    if not job.preview:
        return Previewer("", canvas.finished)
    portrait = Portrait(canvas.geometry, _up(job.mesh), PREVIEW, samples=2, background=PREVIEW_GREY)
    return Previewer(job.preview, lambda picture: portrait.draw(canvas.finished(picture)))


def _overlap_notes(texels: TexelMap) -> list[str]:
    """What shows the same paint: places that were laid over each other on purpose, and others."""
    notes = []
    if texels.stacked >= OVERLAP:
        notes.append(
            f"About {100 * texels.stacked:.0f} % of the UV map is shared: mirrored or repeated places "
            "show the same paint."
        )
    if texels.overlap - texels.stacked >= OVERLAP:
        notes.append(
            f"About {100 * (texels.overlap - texels.stacked):.0f} % of the UV map lies over itself, so that "
            "several places of the object show the same paint. Unwrap the mesh anew if seams show."
        )
    return notes


def _up(mesh: str) -> tuple[float, float, float]:
    """Blender's own meshes stand on z; mesh files stand on y, as glTF says and OBJ does."""
    return (0.0, 0.0, 1.0) if mesh.endswith(".npz") else (0.0, 1.0, 0.0)


def _original(sheet: Sheet, size: int) -> Tensor:
    """A sheet's texture before (1, 3, size, size), averaged where it is larger."""
    if not sheet.base:
        return torch.tensor(sheet.base_color).view(1, 3, 1, 1).expand(1, 3, size, size)
    base = load_picture(sheet.base, "base texture", 2 * size).rgb
    if max(base.shape[-2:]) > size:
        return F.interpolate(base, size=(size, size), mode="area")
    return F.interpolate(base, size=(size, size), mode="bilinear", align_corners=False)


def _content(base: list[Tensor], color: str) -> Tensor | None:
    """The texels before (T, 3), sheet after sheet; None for nothing to keep.

    A plain colour is no content. Where colours count, sheets of different plain colours are.
    """
    parts = base if color == "style" else [*base, torch.cat(base)]
    return torch.cat(base) if any(float(part.std(0).mean()) > FLAT for part in parts) else None


def _colors(job: TextureJob, content: Tensor | None, plain: Tensor, encoder: Encoder) -> Colors:
    """What happens to colours: those of the content count, or the sheets' plain ones (S, 3) without any."""
    if content is not None:
        return Colors(job.controls.color, content.cpu())
    if job.controls.color == "style":  # nothing is recoloured: no need to read the painting for it
        return Colors(job.controls.color, plain.cpu())
    palette = open_style(job.style, encoder, None)[0].colors().cpu()
    red_green_blue = plain.unique(dim=0).tolist()
    return Colors(
        job.controls.color, torch.cat([plain_colors((r, g, b), palette) for r, g, b in red_green_blue])
    )
