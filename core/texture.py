"""The texture job: repaint the texture of a mesh."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from . import devices
from .canvas.surface import SurfaceCanvas
from .grey import height_writer
from .images import save_pictures
from .job import announce, check_output, check_results
from .masks import Guide, guides, surface_mask
from .protocol import TextureJob, same_place
from .regions import (
    Place,
    colors_within,
    in_last_colors,
    open_places,
    recolored_content,
    stages_of,
    styled_regions,
)
from .relief import THICKNESS
from .sheets import base_sources, base_texture, files_by_sheet, mesh_previewer, overlap_notes
from .solve.live import Live
from .solve.plan import Plan
from .solve.progress import Watcher
from .solve.schedule import PARTIAL_EFFORTS
from .stroke import Strokes, automatic_span, choose_strokes
from .style.source import Style
from .styling import Own, plain_colors
from .surface.coincident import coincident
from .surface.field import check_direction
from .surface.load import load_mesh, up_axis
from .surface.shape import shaded
from .surface.sheets import Spread, sheet_of, spread
from .work import Work, describe, make_work, open_encoder

FLAT = 0.02  # standard deviation of colour under which what is painted over has nothing to keep


def stylize_texture(job: TextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a texture job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing but the checkpoint is written before the whole texture is done.
    """
    started = time.monotonic()
    ready = prepare_texture(job, watcher)
    canvas = ready.canvas
    lives = [job.live_of(number) for number in ready.spread.owner]
    live = Live(job.live if any(lives) else "", lambda picture: _save(ready, picture, lives, draft=True))
    previewer = mesh_previewer(job.preview, job.mesh, canvas.geometry, canvas.finished)
    painted = ready.work.paint(watcher, previewer, live)
    announce(watcher, "Writing the texture", 1.0)
    files = [sheet.output for sheet in ready.spread.sheets]
    heights = [sheet.height for sheet in ready.spread.sheets]
    _save(ready, painted.picture, files, heights)
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        **describe(job, ready.work, painted),
        "stroke": ready.strokes.size,
        **ready.record,
        "painted": canvas.painted(),
        "faces": len(canvas.geometry.mesh.faces),
        "sheets": files_by_sheet(job, ready.spread, files),
        "heights": files_by_sheet(job, ready.spread, heights),
        "coincident": _coincident_sheets(ready),
        "relief": THICKNESS * ready.strokes.size if any(heights) else 0.0,
        "notes": [
            *canvas.geometry.mesh.notes,
            *overlap_notes(canvas.texels),
            *_place_notes(canvas),
            *ready.notes,
            *painted.notes,
        ],
    }


def plan_texture(job: TextureJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return prepare_texture(job, watcher).work.plan


@dataclass(frozen=True)
class ReadyTexture:
    """A texture job that is ready to be painted.

    spread: where the faces lie, and the files. original: the textures before, stacked like the canvas's
    picture. record: what identifies the style. notes: sentences about strokes.
    """

    work: Work
    spread: Spread
    canvas: SurfaceCanvas
    places: list[Place]
    original: Tensor
    strokes: Strokes
    record: dict[str, str]
    notes: tuple[str, ...]


def prepare_texture(job: TextureJob, watcher: Watcher) -> ReadyTexture:
    """Read and plan a texture job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    sources = {"style": job.style, "mesh": job.mesh, **job.controls.sources, **base_sources(job.sheets)}
    check_output(job, sources)
    device = devices.resolve(job.device)
    parts = spread(load_mesh(job.mesh), job.sheets)
    check_direction(parts.mesh, job.direction)
    heights = [sheet.height for sheet in parts.sheets]
    check_results(job, [sheet.output for sheet in parts.sheets], sources, heights)
    original = torch.cat([base_texture(sheet, job.size) for sheet in parts.sheets], dim=2)
    announce(watcher, "Looking at the surface")
    up = up_axis(job.mesh)
    canvas = SurfaceCanvas(parts.mesh, job.size, up, job.seed, device, job.direction, job.angle)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    base = canvas.texel_colors(original)
    has_content = _has_content(base, job)
    masks = [surface_mask(mask, canvas) for mask in job.controls.masks]
    own = colors_within(canvas, original) if has_content else _plain(base)
    places, record = open_places(job, guides(masks, lambda mask, _stage: mask), own, encoder)
    span = automatic_span(canvas.geometry.diagonal, canvas.geometry.area)

    def choose(style: Style, asked: float) -> Strokes:
        diagonal, grain = canvas.geometry.diagonal, canvas.grain
        return choose_strokes(asked, style.wavelength, style.long_side, span, diagonal, grain)

    strokes = choose(places[0].style, job.stroke)
    canvas.span = strokes.span
    regions, notes = styled_regions(job.controls.masks, job.strength, places, strokes, choose)
    canvas.base = _content(job, canvas, original, places, has_content, strokes.size)
    spans, texels = canvas.span / canvas.geometry.diagonal, canvas.span / canvas.grain
    stages = stages_of(regions, spans, texels, PARTIAL_EFFORTS[job.quality])
    work = make_work(job, canvas, regions, encoder, stages)
    return ReadyTexture(work, parts, canvas, places, original, strokes, record, (*strokes.notes, *notes))


def _content(
    job: TextureJob,
    canvas: SurfaceCanvas,
    original: Tensor,
    places: Sequence[Place],
    has_content: bool,
    stroke: float,
) -> Tensor | None:
    """What is painted over (T, 3): the texels before, shaded by the object's shape; None for nothing."""
    shapeless = job.occlusion == 0 and job.curvature == 0
    if shapeless and not has_content:
        return None
    recolored = torch.cat(canvas.texel_colors(recolored_content(original, places))).clamp(0, 1)
    if shapeless:
        return recolored
    found = shaded(recolored, canvas.shape_light(job.occlusion, job.curvature, stroke))
    return found if has_content or float(found.std(0).mean()) > FLAT else None


def _save(
    ready: ReadyTexture,
    picture: Tensor,
    files: Sequence[str],
    heights: Sequence[str] = (),
    draft: bool = False,
) -> None:
    """Write what was painted as textures, and their relief, those whose file has a name; all or none.

    Raises as ``save_pictures``.
    """
    canvas = ready.canvas
    colors = in_last_colors(picture, ready.original, ready.places)
    if not draft:
        colors = canvas.equalized(colors.clamp(0, 1))
    textures = zip(files, canvas.split(canvas.finished(colors).cpu()), strict=True)
    reliefs: list[tuple[str, Tensor]] = []
    if any(heights):
        height = canvas.equalized(canvas.height(colors, ready.strokes.size)).cpu()
        reliefs = [pair for pair in zip(heights, canvas.split(height), strict=True) if pair[0]]
    also = ((file, height_writer(Path(file), one)) for file, one in reliefs)
    save_pictures([(file, texture) for file, texture in textures if file], draft, also)


def _place_notes(canvas: SurfaceCanvas) -> list[str]:
    """What lies at the same place as something else, by the names of the mesh file's parts."""
    mesh = canvas.geometry.mesh
    if not mesh.parts:
        return []
    pairs = coincident(canvas.geometry, mesh.attributes["part"].astype(np.int64), canvas.grain)
    return [same_place(mesh.parts[one], mesh.parts[other]) for one, other in pairs]


def _coincident_sheets(ready: ReadyTexture) -> list[list[int]]:
    """Pairs of the job's sheets whose surfaces lie at the same place."""
    mesh, owner = ready.canvas.geometry.mesh, np.array(ready.spread.owner)
    if mesh.parts:
        return []
    pairs = coincident(ready.canvas.geometry, owner[sheet_of(mesh)], ready.canvas.grain)
    return [list(pair) for pair in pairs]


def _has_content(base: Sequence[Tensor], job: TextureJob) -> bool:
    """Whether texels (T, 3), sheet after sheet, have anything to keep.

    A plain colour is no content. Where colours count, sheets of different plain colours are.
    """
    modes = {job.controls.color, *(mask.color for mask in job.controls.masks if mask.color)}
    parts = base if modes == {"style"} else [*base, torch.cat(list(base))]
    return any(float(part.std(0).mean()) > FLAT for part in parts)


def _plain(base: Sequence[Tensor]) -> Callable[[Guide | None], Own]:
    """What is painted over where there is no content: sheets' colours, as light and dark as the painting."""
    colors = torch.stack([own.mean(0) for own in base]).cpu().unique(dim=0).tolist()
    return lambda guide: lambda palette: torch.cat([plain_colors((r, g, b), palette) for r, g, b in colors])
