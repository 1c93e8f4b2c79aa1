"""Stylizing the textures of meshes: from the scene to a job."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.protocol import UDIM, Controls, JobError, Remedy, Sheet, TextureJob
from .compat import session_uid
from .controls import controls_from_scene
from .host.baking import bake_base_color
from .host.directions import with_directions
from .host.files import unwritable
from .host.images import image_file, picture_file, source_file
from .host.joint import joined
from .host.layouts import (
    Layout,
    layouts_of,
    sheet_of_faces,
    sheet_of_materials,
    sheet_of_slots,
    slots_with_area,
)
from .host.materials import check_materials
from .host.meshes import MeshData, read_mesh, save_mesh
from .host.regions import Regions, with_regions
from .host.slots import ShownSlots, shown_slots
from .host.tiles import tile_files
from .host.uv_maps import uv_fingerprint
from .results import TextureTarget, TextureTargets, check_editable
from .saving import check_saving, save_to_of


@dataclass(frozen=True)
class TextureOptions:
    """What to do. style: name of an image in the file, or the path of a picture.

    style_uid: ``session_uid`` of that image, where a linked one may have the same name; 0 unknown.
    base: path of a picture to start from instead of the material's own colour.
    guide, guide_attribute: what strokes follow where ``direction`` is "given", see ``with_directions``.
    controls: as in the job, but their images too are named or given by path, and masks may be of any kind.
    relief: whether the paint is to have a thickness. live: whether the objects are to wear what is painted so
    far. save_to: folder for the images, "//" for the .blend file's; empty packs them. The rest is as in
    ``TextureJob``.
    """

    style: str
    size: int = 1024
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    direction: str = "up"
    angle: float = 0.0
    occlusion: float = 0.0
    curvature: float = 0.0
    relief: bool = False
    guide: str = ""
    guide_attribute: str = ""
    seed: int = 0
    device: str = "auto"
    uv_map: str = ""
    base: str = ""
    style_uid: int = 0
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    live: bool = False
    save_to: str = ""


def options_from_scene(scene: Any) -> TextureOptions:
    """The panel's settings. Raises JobError ("style_missing") when no style is chosen."""
    settings = scene.nst
    if settings.style is None:
        raise JobError("style_missing", "Choose a painting as the style first.", Remedy.CHOOSE_IMAGE)
    return TextureOptions(
        style=settings.style.name,
        style_uid=session_uid(settings.style),
        size=int(settings.size),
        quality=settings.quality,
        strength=settings.strength,
        stroke=0.0 if settings.auto_stroke else settings.stroke,
        direction=settings.direction,
        angle=min(round(math.degrees(settings.angle), 4), 360.0),
        occlusion=round(settings.occlusion, 6),
        curvature=round(settings.curvature, 6),
        relief=settings.relief,
        guide=settings.guide.name if settings.guide is not None else "",
        guide_attribute=settings.guide_attribute,
        seed=settings.seed,
        device=settings.device or "auto",
        uv_map=settings.uv_map,
        controls=controls_from_scene(settings.controls),
        save_to=save_to_of(settings),
    )


@dataclass(frozen=True)
class _Surface:
    """An object that is to be painted. layouts: its textures, of which ``first`` is the first one's sheet.

    Objects that share their mesh share its textures, too.
    """

    obj: Any
    mesh: MeshData
    shown: ShownSlots
    layouts: tuple[Layout, ...]
    first: int
    shares: bool


def title_of(objects: Sequence[Any]) -> str:
    """What a job for these objects is called."""
    more = len(objects) - 1
    return str(objects[0].name) + (f" and {more} more" if more else "")


def prepare(
    objects: Sequence[Any],
    options: TextureOptions,
    folder: Path,
    depsgraph: Any,
    pause: Callable[[], None] = lambda: None,
) -> tuple[TextureJob, TextureTargets]:
    """Write what the engine needs into ``folder``; the job, all objects in one, and where its results go.

    pause: called before each object is read and each base colour is made; it may raise. Raises JobError for
    anything that the artist has to change first; the scene stays as it is.
    """
    try:
        style = source_file(options.style, "style", folder, options.style_uid)
        controls = with_regions(options.controls)
        controls = controls.with_sources(lambda role, name: str(source_file(name, role, folder)))
        laid = lay_out(objects, options, folder, depsgraph, pause)
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    job = TextureJob(
        mesh=laid.mesh,
        style=str(style),
        sheets=laid.sheets,
        size=options.size,
        quality=options.quality,
        strength=round(options.strength, 6),  # a 32-bit float's 0.7 is 0.69999998
        stroke=options.stroke,
        direction=options.direction,
        angle=options.angle,
        occlusion=options.occlusion,
        curvature=options.curvature,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
        live=str(folder / "live.png") if options.live else "",
        controls=controls,
    )
    return job, TextureTargets(laid.targets, options.save_to)


@dataclass(frozen=True)
class LaidOut:
    """What a job of textures is made of: the mesh's file, its sheets, and where their textures go."""

    mesh: str
    sheets: tuple[Sheet, ...]
    targets: tuple[TextureTarget, ...]


def lay_out(
    objects: Sequence[Any],
    options: TextureOptions,
    folder: Path,
    depsgraph: Any,
    pause: Callable[[], None] = lambda: None,
) -> LaidOut:
    """Write the objects' mesh and what their textures begin with into ``folder``.

    pause: as of ``prepare``. Raises JobError for anything that the artist has to change first, and OSError.
    """
    check_saving(options.save_to)
    for obj in objects:
        check_editable(obj)
        check_materials(obj)
    surfaces = _surfaces(objects, options, depsgraph, pause)
    faces = [sheet_of_faces(each.mesh, each.shown, each.layouts, each.first) for each in surfaces]
    save_mesh(joined([each.mesh for each in surfaces], faces), folder / "mesh.npz")
    sheets = []
    for each in surfaces:
        for number, layout in enumerate(() if each.shares else each.layouts, each.first + 1):
            pause()
            sheets.append(_sheet(each, layout, number, options, folder, depsgraph))
    targets = tuple(_target(each, options) for each in surfaces)
    return LaidOut(str(folder / "mesh.npz"), tuple(sheets), targets)


def _surfaces(
    objects: Sequence[Any], options: TextureOptions, depsgraph: Any, pause: Callable[[], None]
) -> list[_Surface]:
    found: list[_Surface] = []
    of_data: dict[Any, _Surface] = {}
    regions = Regions(options.controls.masks)
    first = 0
    for obj in objects:
        pause()
        mesh = read_mesh(obj, depsgraph, options.uv_map, regions.read)
        if options.direction == "given":
            mesh = with_directions(mesh, obj, depsgraph, options.guide, options.guide_attribute)
        shown = slots_with_area(obj, mesh, shown_slots(obj, depsgraph, mesh.materials))
        before = of_data.get(obj.data)
        layouts = before.layouts if before else layouts_of(obj, mesh, shown)
        surface = _Surface(obj, mesh, shown, layouts, before.first if before else first, before is not None)
        found.append(surface)
        if before is None:
            of_data[obj.data] = surface
            first += len(layouts)
    regions.check()
    return found


def _sheet(
    surface: _Surface, layout: Layout, number: int, options: TextureOptions, folder: Path, depsgraph: Any
) -> Sheet:
    """A texture of the job, counted from 1, and the files that it starts from."""
    suffix = f"_{number}" if number > 1 else ""
    base, color = _base(surface, layout, options, folder, f"base{suffix}", depsgraph)
    tile = f".{UDIM}" if layout.tiled else ""
    return Sheet(
        str(folder / f"texture{suffix}{tile}.png"),
        str(base) if base is not None else "",
        color,
        str(folder / f"height{suffix}{tile}.png") if options.relief else "",
    )


def _target(surface: _Surface, options: TextureOptions) -> TextureTarget:
    obj, uv_map = surface.obj, surface.mesh.uv_map
    stem = Path(options.style).stem
    names = {
        number: " ".join(filter(None, (obj.name, layout.material, stem, "NST")))
        for number, layout in enumerate(surface.layouts, surface.first)
        if not surface.shares
    }
    return TextureTarget(
        obj.name,
        session_uid(obj),
        uv_map,
        options.style,
        uv_fingerprint(obj, uv_map),
        options.controls,
        surface.shown.notes,
        sheet_of_materials(obj, surface.layouts, surface.first),
        sheet_of_slots(surface.layouts, surface.first),
        names,
    )


def _base(
    surface: _Surface,
    layout: Layout,
    options: TextureOptions,
    folder: Path,
    stem: str,
    depsgraph: Any,
) -> tuple[Path | None, tuple[float, float, float]]:
    """The picture to start from, or the colour."""
    grey = Sheet.base_color
    base = layout.base
    if options.base:
        return picture_file(options.base, "base"), grey
    if base.color is not None:
        return None, base.color
    if base.image is not None:
        write = tile_files if layout.tiled else image_file
        return write(base.image, folder, stem, "base texture"), grey
    path = folder / f"{stem}.png"
    slots = layout.slots if layout.material else None
    bake_base_color(surface.obj, depsgraph, surface.mesh.uv_map, options.size, path, slots)
    return path, grey
