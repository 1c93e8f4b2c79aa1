"""The render job: repaint what a renderer made, in its own light."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..exr import is_exr, srgb_to_linear
from ..hdr import is_hdr, read_hdr
from ..images import load_picture
from ..job import announce, check_output
from ..masks import LEAST, picture_mask
from ..panorama.cube import FINER, cut_faces, faces_of, lay_faces, panorama_of
from ..picture import ReadyPicture, prepare_picture
from ..projection import projection_of
from ..protocol import CUBE, FLAT, JobError, Mask, Remedy, RenderJob, check_shape, cube_shape
from ..resize import resized_to
from ..solve.live import Live
from ..solve.plan import Plan
from ..solve.progress import Watcher
from ..stereo.layout import ONE, Side
from ..work import describe, open_encoder
from .guidance import guidance_of
from .layers import COMBINED, Layers, read_layers
from .light import combined
from .mattes import matte
from .parts import Part, Whole, part_of
from .view import StandardView, View, open_view
from .writing import write_light

UNPAINTED = "The strength is 0, so that nothing was painted."


def stylize_render(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes. Nothing but the
    checkpoint is written before the whole picture is done.
    """
    started = time.monotonic()
    if job.strength == 0:
        return _unpainted(job, watcher)
    ready = prepare_render(job, watcher)
    picture = ready.picture
    live = Live(job.live, lambda painted: ready.render.save(job.live, picture.finished(painted), draft=True))
    painted = picture.paint(watcher, job.preview, live)
    announce(watcher, "Writing the picture", 1.0)
    ready.render.save(job.output, picture.finished(painted.picture))
    picture.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(picture.canvas.shape),
        **describe(job, picture.work, painted),
        "stroke": picture.strokes.size,
        "part": job.part,
        **picture.record,
        "notes": [*ready.render.part.notes, *picture.notes, *painted.notes],
    }


def plan_render(job: RenderJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return prepare_render(job, watcher).picture.work.plan


def _unpainted(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """At strength 0 the render goes through everything but painting."""
    announce(watcher, "Reading the files")
    render = open_render(job)
    announce(watcher, "Writing the picture", 1.0)
    render.save(job.output, render.content)
    size = list(render.content.shape[-2:])
    return {"size": size, "part": job.part, "seed": job.seed, "notes": [UNPAINTED]}


@dataclass(frozen=True)
class ReadyRender:
    """A render job that is ready to be painted."""

    render: Render
    picture: ReadyPicture


def prepare_render(job: RenderJob, watcher: Watcher) -> ReadyRender:
    """Read and plan a render job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    return prepare_opened(job, open_render(job), watcher)


def prepare_opened(job: RenderJob, render: Render, watcher: Watcher) -> ReadyRender:
    """Plan the painting of a render that has been read. Raises JobError, JobCancelled."""
    render.part.check()
    masks = [render.mask(mask) for mask in job.controls.masks]
    guidance = guidance_of(job, render.layers)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    projection = projection_of(job.projection, job.seed, render.content)
    ready = prepare_picture(job, render.content, masks, encoder, projection, guidance)
    return ReadyRender(render, ready)


@dataclass(frozen=True, eq=False)
class Render:
    """A render, and what of it is painted. alpha: (1, 1, H, W), if any. layers: of an EXR file, but Combined.

    cube: the layout of its faces, if it is a cube map. projection: what files say of it. side: the eye that
    sees it.
    """

    part: Part
    alpha: Tensor | None
    view: View
    layers: Layers | None
    cube: tuple[int, int] | None = None
    projection: str = FLAT
    side: Side = ONE

    @cached_property
    def content(self) -> Tensor:
        """What is painted (1, 3, H, W), display-referred; a cube's faces as a panorama."""
        return self.laid_out(self.part.content)

    def laid_out(self, picture: Tensor) -> Tensor:
        """A picture (1, C, h, w) framed as the render is, as what is painted lies."""
        if self.cube is None:
            return picture
        size = self.part.content.shape[-2:]
        faces = cut_faces(resized_to(picture, size), self.cube)
        return panorama_of(faces, FINER * faces.shape[-1])

    def mask(self, mask: Mask) -> Tensor:
        """A mask as of ``render_mask``, as what is painted lies: of another shape it is stretched over it.

        Of a picture of two eyes, or of one of a pair, it is what this eye sees.
        """
        height, width = self.part.content.shape[-2:]
        if mask.kind:
            found = render_mask(mask, self.layers)
        else:
            found = self.side.own(picture_mask(self.side.own_file(mask.mask)), (height, width))
        if found.shape[-1] * height != found.shape[-2] * width:
            found = resized_to(found, (height, width))
        return self.laid_out(found)

    def save(self, path: str, picture: Tensor, draft: bool = False) -> None:
        """Write a painted content. Raises as ``save_picture``."""
        if self.cube is not None:
            side = self.part.content.shape[-1] // self.cube[0]
            picture = lay_faces(faces_of(picture, side), self.cube)
        light = self.part.lit(picture)
        write_light(path, light, self.alpha, self.view, self.projection, draft)


def open_render(job: RenderJob, side: Side = ONE) -> Render:
    """Read a job's render, or what one eye sees of it. Raises JobError."""
    sources = {"style": job.style, "content": job.content, "view": job.view, **job.controls.sources}
    check_output(job, sources)
    return read_render(job, side.file(job.content), side)


def read_render(job: RenderJob, path: str, side: Side = ONE) -> Render:
    """A file as a job's render, or what one eye sees of it. Raises JobError."""
    name = Path(path).name
    if not is_exr(path):
        if job.part != "picture":
            raise JobError(
                "pass_missing",
                f"{name} has no passes, so that its paint cannot be told from its light. "
                "Choose a multilayer EXR file, or paint the whole picture.",
                Remedy.CHOOSE_IMAGE,
            )
        if is_hdr(path):
            seen_by = open_view(job.view)
            part: Part = Whole(seen_by, side.of(read_hdr(Path(path)), name)[None])
            return Render(part, None, seen_by, None, _cube(job, part), job.projection, side)
        picture, view = load_picture(path, "render"), StandardView()
        rgb = side.of(picture.rgb, name)
        alpha = None if picture.alpha is None else side.of(picture.alpha, name)
        part = Whole(view, srgb_to_linear(rgb), rgb)
        return Render(part, alpha, view, None, _cube(job, part), job.projection, side)
    layers, seen_by = read_layers(path, job.view_layer, side), open_view(job.view)
    part, alpha = part_of(layers, seen_by, job.part), combined(layers)[1]
    layers = layers.without(COMBINED)  # the part holds it
    return Render(part, alpha, seen_by, layers, _cube(job, part), job.projection, side)


def _cube(job: RenderJob, part: Part) -> tuple[int, int] | None:
    """The layout of a cube map's faces. Raises JobError ("no_panorama") for what the job's cannot be."""
    height, width = part.content.shape[-2:]
    what = "picture of each eye" if job.stereo.layout else "render"
    check_shape(job.projection, (height, width), what, eyes=not job.stereo.layout)
    return cube_shape((height, width), what) if job.projection == CUBE else None


def render_mask(mask: Mask, layers: Layers | None) -> Tensor:
    """A mask (1, 1, H, W) in [0, 1]: a picture, or what a render shows of a thing.

    Raises JobError as ``picture_mask`` and ``matte``, "pass_missing", and "mask_empty" where nothing of
    it is seen.
    """
    if not mask.kind:
        return picture_mask(mask.mask)
    if layers is None:
        raise JobError(
            "pass_missing",
            f"The mask {mask.mask} needs a multilayer EXR file. Choose one, or a picture as the mask.",
            Remedy.CHOOSE_IMAGE,
        )
    found = torch.from_numpy(matte(mask, layers))[None, None]
    if float(found.max()) < LEAST:
        raise JobError(
            "mask_empty",
            f"The render shows nothing of {mask.mask}, so nothing would be painted with its style. Choose "
            "another, or leave this mask out.",
            Remedy.CHANGE_SETTING,
        )
    return found
