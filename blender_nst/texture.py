"""Stylizing a mesh's texture: from the scene to a job, and from its result back to the scene."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import Controls, JobError, Remedy, TextureJob
from .compat import session_uid
from .controls import controls_from_scene
from .host.baking import bake_base_color
from .host.base import base_color
from .host.files import unwritable
from .host.images import image_file, load_result, picture_file, source_file
from .host.materials import apply_style, check_materials
from .host.meshes import read_mesh, save_mesh
from .host.slots import shown_slots
from .host.uv_maps import current_uv_map, uv_fingerprint
from .jobs import Run, Written
from .record import note_settings, said


@dataclass(frozen=True)
class TextureOptions:
    """What to do. style: name of an image in the file, or the path of a picture.

    style_uid: ``session_uid`` of that image, where a linked one may have the same name; 0 unknown.
    base: path of a picture to start from instead of the material's own colour.
    controls: as in the job, but their images too are named or given by path.
    The rest is as in ``TextureJob``.
    """

    style: str
    size: int = 1024
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    seed: int = 0
    device: str = "auto"
    uv_map: str = ""
    base: str = ""
    style_uid: int = 0
    controls: Controls = Controls()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class TextureTarget:
    """Where the result goes. No references to data-blocks: they do not outlive an undo.

    uv_print: as of ``uv_fingerprint``. notes: what the artist should know about the result.
    """

    object_name: str
    object_uid: int
    uv_map: str
    style: str
    uv_print: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    notes: tuple[str, ...] = ()
    action: str = "Stylize"

    def write_back(self, run: Run) -> Written:
        """See ``write_back``."""
        return write_back(run, self)


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
        seed=settings.seed,
        device=settings.device or "auto",
        uv_map=settings.uv_map,
        controls=controls_from_scene(settings.controls),
    )


def prepare(
    obj: Any, options: TextureOptions, folder: Path, depsgraph: Any
) -> tuple[TextureJob, TextureTarget]:
    """Write what the engine needs into ``folder``; the job and where its result goes.

    Raises JobError for anything that the artist has to change first; the scene stays as it is.
    """
    check_editable(obj)
    check_materials(obj)
    mesh = read_mesh(obj, depsgraph, options.uv_map)
    slots = shown_slots(obj, depsgraph, mesh.materials)
    try:
        save_mesh(mesh, folder / "mesh.npz")
        style = source_file(options.style, "style", folder, options.style_uid)
        controls = options.controls.with_sources(lambda role, name: str(source_file(name, role, folder)))
        base, color = _base(obj, slots.own, mesh.uv_map, options, folder, depsgraph)
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    job = TextureJob(
        mesh=str(folder / "mesh.npz"),
        style=str(style),
        output=str(folder / "texture.png"),
        base=str(base) if base is not None else "",
        base_color=color,
        size=options.size,
        quality=options.quality,
        strength=round(options.strength, 6),  # a 32-bit float's 0.7 is 0.69999998
        stroke=options.stroke,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
        controls=controls,
    )
    printed = uv_fingerprint(obj, mesh.uv_map)
    return job, TextureTarget(
        obj.name, session_uid(obj), mesh.uv_map, options.style, printed, options.controls, slots.notes
    )


def find_object(target: TextureTarget) -> Any:
    """The target's object, wherever it has been renamed to. Raises JobError ("object_gone")."""
    if target.object_uid:
        found = next((obj for obj in bpy.data.objects if session_uid(obj) == target.object_uid), None)
    else:
        found = bpy.data.objects.get(target.object_name)
    if found is None:
        raise JobError(
            "object_gone",
            f"'{target.object_name}' is no longer in the file, so its new texture was not applied.",
        )
    return found


def write_back(run: Run, target: TextureTarget) -> Written:
    """Put a finished run's texture into the object's materials.

    Raises JobError: object_gone, object_linked, uv_map_missing, uv_map_changed, result_unreadable,
    material_unsupported; then nothing has changed.
    """
    obj = find_object(target)
    check_editable(obj)
    check_materials(obj)
    uv_map = current_uv_map(obj, target.uv_map, target.uv_print)
    image = load_result(Path(run.job.output), f"{obj.name} {Path(target.style).stem} NST")
    controls = asdict(target.controls)
    note_settings(image, run, style=target.style, uv_map=target.uv_map, controls=controls)
    image["nst_stroke"] = float(run.status.info.get("stroke", getattr(run.job, "stroke", 0.0)))
    group = apply_style(obj, image, uv_map)
    materials = tuple(slot.material.name for slot in obj.material_slots if slot.material is not None)
    return Written(image.name, group.name, materials, (*said(run), *target.notes))


def check_editable(obj: Any) -> None:
    """Raise JobError ("object_linked") for an object or mesh of another file."""
    for data_block in (obj, obj.data):
        if data_block is not None and data_block.library is not None:
            raise JobError(
                "object_linked",
                f"'{data_block.name}' is linked from another file. "
                "Make it local first (Object > Relations > Make Local).",
                Remedy.CHOOSE_MESH,
            )


def _base(
    obj: Any, slots: tuple[int, ...], uv_map: str, options: TextureOptions, folder: Path, depsgraph: Any
) -> tuple[Path | None, tuple[float, float, float]]:
    grey = TextureJob.base_color
    if options.base:
        return picture_file(options.base, "base"), grey
    base = base_color(obj, slots, uv_map)
    if base.color is not None:
        return None, base.color
    if base.image is not None:
        return image_file(base.image, folder, "base", "base texture"), grey
    path = folder / "base.png"
    bake_base_color(obj, depsgraph, uv_map, options.size, path)
    return path, grey
