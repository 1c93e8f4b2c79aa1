"""The sphere texture job: make the textures of a mesh look like a painted sphere."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .. import devices
from ..canvas.scatter import scattered
from ..files import file_digest
from ..grey import height_writer
from ..images import save_pictures
from ..job import announce, check_output, check_results
from ..protocol import JobError, Remedy, Sphere, SphereJob, SphereTextureJob
from ..sheets import base_sources, base_texture, files_by_sheet, mesh_previewer, overlap_notes
from ..solve.progress import Watcher
from ..surface.equalize import SeamSolve
from ..surface.geometry import Geometry
from ..surface.grain import grain
from ..surface.load import load_mesh, up_axis
from ..surface.sheets import Spread, spread
from ..surface.texels import TexelMap, fill_outside, texel_areas, texel_map
from .exemplar import Exemplar
from .facing import facing
from .source import read_source
from .surface import SurfaceBlit
from .toned import ball_radius, shrunk

PORTION = 2**17  # texels that are painted at a time
RIM = 0.02  # of a normal towards the viewer: what faces him less is too thin a line to be painted
EDGE = 2  # pixels at the painting's border that it shares with what is around it
COARSE = 1.25  # pixels of the exemplar in a texel, beyond which it is shrunk
SMALLEST = 32.0  # pixels of the ball's radius, of which nothing can be told any more if it is shrunk
THICKNESS = 0.02  # of paint between height 0 and 1, in radii of the ball


def sphere_texture(job: SphereTextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a sphere texture job; returns what is worth keeping with the result.

    Painted is by normals of the object, smooth across faces: which places of the sphere they mean says
    ``Facing``, and how it is laid on the surface ``SurfaceBlit``. Where the painting is half transparent, the
    sheet's base shows through.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes. Nothing is written
    before all is painted.
    """
    started = time.monotonic()
    announce(watcher, "Reading the files")
    sources = {"mesh": job.mesh, **job.sources, **base_sources(job.sheets)}
    check_output(job, sources)
    devices.resolve(job.device)
    exemplar, names, said = _exemplar_of(job.spheres[0])
    parts = spread(load_mesh(job.mesh), job.sheets)
    files, heights = ([getattr(sheet, name) for sheet in parts.sheets] for name in ("output", "height"))
    check_results(job, files, sources, heights)
    announce(watcher, "Looking at the surface")
    surface = _surface(parts, job.size)
    stroke = job.stroke or surface.extent / 2
    blit, notes = _blit(job, exemplar, surface, stroke)
    picture = surface.picture(_painted(blit, surface, watcher))
    announce(watcher, "Writing the texture", 1.0)
    _save(job, parts, surface, dict(zip(names, picture.split(1, dim=1), strict=True)))
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": job.size,
        "device": "cpu",
        "seed": job.seed,
        "stroke": stroke,
        "relief": THICKNESS * stroke if any(heights) else 0.0,
        "sphere": Path(job.spheres[0].picture).name,
        "sphere_sha256": file_digest(job.spheres[0].picture),
        "faces": len(parts.mesh.faces),
        "sheets": files_by_sheet(job, parts, files),
        "heights": files_by_sheet(job, parts, heights),
        "notes": [*parts.mesh.notes, *overlap_notes(surface.texels), *said, *notes],
    }


def _exemplar_of(sphere: Sphere) -> tuple[Exemplar, tuple[str, ...], tuple[str, ...]]:
    """A painted sphere with its normals, the names of its channels, and notes for the artist.

    Raises JobError as ``read_source``, and "sphere_empty" if nothing of it can be used.
    """
    source = read_source(sphere, SphereJob.weights)
    found = source.exemplar
    inside = found.inside & (found.guides[2] > RIM)
    inside = -F.max_pool2d(-inside[None].float(), 2 * EDGE + 1, 1, EDGE)[0] > 0.5
    if not inside.any():
        raise JobError(
            "sphere_empty",
            f"The sphere {sphere.picture} has no pixel that can be used: where its normals face the viewer, "
            "it is transparent. Choose another picture or other normals.",
            Remedy.CHOOSE_IMAGE,
        )
    names = ("red", "green", "blue", *source.channels)
    return replace(found, inside=inside), names, source.notes


@dataclass(frozen=True, eq=False)
class _Surface:
    """What is painted: grain as of ``surface.grain``, extent of its longest side, in world units."""

    geometry: Geometry
    texels: TexelMap
    grain: float
    extent: float

    def picture(self, values: Tensor) -> Tensor:
        """Values (T, C) of texels as a picture (1, C, H, W) of all sheets, filled outside the islands.

        Filtering reads the same on both sides of a seam.
        """
        texels = self.texels
        planes = scattered(values, torch.from_numpy(texels.index), texels.inside.size)
        solved = SeamSolve(self.geometry.mesh, texels)(planes)
        return fill_outside(solved, texels).reshape(1, -1, texels.count * texels.size, texels.size)


def _surface(parts: Spread, size: int) -> _Surface:
    geometry, texels = Geometry(parts.mesh), texel_map(parts.mesh, size)
    areas = texel_areas(geometry, texels)[texels.inside.reshape(-1)[texels.index]]
    extent = float(np.ptp(geometry.corners.reshape(-1, 3), axis=0).max())
    return _Surface(geometry, texels, grain(geometry.area, texels.inside.size, areas), extent)


def _blit(
    job: SphereTextureJob, exemplar: Exemplar, surface: _Surface, stroke: float
) -> tuple[SurfaceBlit, list[str]]:
    """What paints, and sentences about how."""
    notes = []
    radius = ball_radius(exemplar)
    texel = surface.grain * radius / stroke
    if texel > COARSE:
        if radius / texel < SMALLEST:
            notes.append(
                "The sphere's strokes are finer than the texture's pixels. Choose larger strokes, or a "
                "larger texture, to see them."
            )
        exemplar = shrunk(exemplar, min(texel, max(1.0, radius / SMALLEST)))
    frame, mesh = facing(up_axis(job.mesh), job.front), surface.geometry.mesh
    return SurfaceBlit(exemplar, mesh, frame, stroke, job.tolerance, surface.grain, job.seed), notes


def _painted(blit: SurfaceBlit, surface: _Surface, watcher: Watcher) -> Tensor:
    """Values (T, C) of all texels."""
    face, barycentric = surface.texels.face, surface.texels.barycentric
    found = []
    for start in range(0, len(face), PORTION):
        announce(watcher, "Painting", start / len(face))
        part = slice(start, start + PORTION)
        values = blit.paint(surface.geometry.points(face[part], barycentric[part]))
        found.append(torch.from_numpy(values.astype(np.float32)))
    return torch.cat(found)


def _save(job: SphereTextureJob, parts: Spread, surface: _Surface, planes: dict[str, Tensor]) -> None:
    """Write planes (1, 1, H, W) of all sheets as textures: all files or none. Raises as ``save_pictures``."""
    picture = torch.cat([planes[name] for name in ("red", "green", "blue")], dim=1)
    if "alpha" in planes:
        bases = torch.cat([base_texture(sheet, job.size) for sheet in parts.sheets], dim=2)
        picture = torch.lerp(bases, picture, planes["alpha"])
    mesh_previewer(job.preview, job.mesh, surface.geometry, lambda whole: whole)(lambda: picture)
    count = len(parts.sheets)
    also = []
    if any(sheet.height for sheet in parts.sheets):
        heights = zip(parts.sheets, planes["height"].chunk(count, dim=2), strict=True)
        also += [(sheet.height, one) for sheet, one in heights if sheet.height]
    if job.roughness:
        also.append((job.roughness, planes["roughness"]))
    textures = zip((sheet.output for sheet in parts.sheets), picture.chunk(count, dim=2), strict=True)
    save_pictures(textures, also=((path, height_writer(Path(path), one)) for path, one in also))
