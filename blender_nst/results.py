"""From a finished run back to the scene: textures into the materials of the objects that they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import UDIM, Controls, JobError, Remedy, SphereTextureJob, TextureJob, same_place
from .compat import session_uid
from .host.images import load_result
from .host.impasto import Relief
from .host.layouts import sheets_now
from .host.materials import apply_style, check_materials
from .host.uv_maps import current_uv_map
from .record import note_settings, said
from .runs import Run, Written
from .saving import save_images


@dataclass(frozen=True)
class TextureTarget:
    """Where results go: an object. No references to data-blocks: they do not outlive an undo.

    uv_print: as of ``uv_fingerprint``. sheets: the job's sheet for each material, by ``session_uid``; 0
    stands for all materials that are not named. slots: its sheet for each of the object's slots, if it has
    several. names: of the images to be, for each sheet that is this object's before others'. notes: what the
    artist should know about the result.
    """

    object_name: str
    object_uid: int
    uv_map: str
    style: str
    uv_print: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    notes: tuple[str, ...] = ()
    sheets: Mapping[int, int] = field(default_factory=lambda: {0: 0})
    slots: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """An object that is ready to be given its textures. sheets: as of ``sheets_now``."""

    obj: Any
    target: TextureTarget
    uv_map: str
    sheets: Mapping[int, int]

    def of_slots(self, images: Mapping[int, Any]) -> tuple[Any, dict[int, Any]]:
        """The image, of those of sheets, for slots that are not named, and those of the others."""
        rest = self.target.sheets.get(0)
        named = {slot: images.get(sheet) for slot, sheet in self.sheets.items()}
        return images.get(rest) if rest is not None else None, named


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


@dataclass(frozen=True)
class TextureTargets:
    """Where a run's textures go: one target for each object.

    save_to: as of ``save_images``. unlit: as of ``apply_style``.
    """

    targets: tuple[TextureTarget, ...]
    save_to: str = ""
    action: str = "Stylize"
    unlit: bool = False

    def places(self) -> tuple[list[Place], list[JobError]]:
        """Where textures go now, and why some targets cannot take theirs any more."""
        places: list[Place] = []
        errors: list[JobError] = []
        for target in self.targets:
            try:
                places.append(_place(target))
            except JobError as error:
                errors.append(error)
        return places, errors

    def write_back(self, run: Run) -> Written:
        """Put a finished run's textures into the objects' materials.

        Objects that cannot take theirs any more are left out, as long as there are others. Raises JobError:
        object_gone, object_linked, uv_map_missing, uv_map_changed, material_unsupported if there is none,
        result_unreadable; then nothing has changed.
        """
        places, errors = self.places()
        if not places:
            raise errors[0]
        names = {sheet: name for target in self.targets for sheet, name in target.names.items()}
        images, reliefs = _images(run, places, names, self.note)
        groups: dict[str, Any] = {}
        for place in places:
            image, own = place.of_slots(images)
            apply_style(place.obj, image, place.uv_map, own, groups, reliefs=reliefs, unlit=self.unlit)
        slots = [slot for place in places for slot in place.obj.material_slots if slot.material is not None]
        lost = tuple(error.message for error in errors)
        homeless = _keep_homeless(images.values(), groups, reliefs)
        further = [image for relief in reliefs.values() for image in relief.images]
        packed = save_images([*images.values(), *further], self.save_to)
        known = (*(note for place in places for note in place.target.notes), *self._same_place(run))
        notes = (*said(run), *known, *lost, *homeless, *packed)
        return Written(
            tuple(place.obj.name for place in places),
            tuple(image.name for image in images.values()),
            tuple(dict.fromkeys(slot.material.name for slot in slots)),
            tuple(dict.fromkeys(notes)),
            lost,
        )

    def note(self, image: Any, run: Run, target: TextureTarget, sheet: int) -> None:
        """Store on the image what is needed to make it again."""
        assert isinstance(run.job, TextureJob)
        note_settings(
            image,
            run,
            style=target.style,
            uv_map=target.uv_map,
            base_color=run.job.sheets[sheet].base_color,
            relief=bool(run.job.sheets[sheet].height),
            controls=asdict(target.controls),
        )
        image["nst_stroke"] = float(run.status.info.get("stroke", run.job.stroke))

    def _same_place(self, run: Run) -> list[str]:
        """What to say of objects that lie at the same place."""
        shown = {
            sheet: target.object_name for target in reversed(self.targets) for sheet in target.sheets.values()
        }
        pairs = [[shown.get(sheet, "") for sheet in pair] for pair in run.status.info.get("coincident") or []]
        return [same_place(one, other) for one, other in pairs if one and other and one != other]


def _images(
    run: Run,
    places: Sequence[Place],
    names: Mapping[int, str],
    note: Callable[[Any, Run, TextureTarget, int], None],
) -> tuple[dict[int, Any], dict[str, Relief]]:
    """New images of the sheets that places show, and reliefs by their names; none if one cannot be read.

    Raises JobError.
    """
    assert isinstance(run.job, (TextureJob, SphereTextureJob))
    images: dict[int, Any] = {}
    reliefs: dict[str, Relief] = {}
    loaded: list[Any] = []
    left_out = {sheet for sheet, files in enumerate(run.status.info.get("sheets") or []) if not files}
    distance = float(run.status.info.get("relief", 0.0))

    def load(target: TextureTarget, sheet: int, name: str, output: str, kind: str) -> Any:
        if not output:
            return None
        image = _image(run, sheet, name, output, kind)
        loaded.append(image)
        note(image, run, target, sheet)
        return image

    try:
        for place in places:
            for sheet in place.target.sheets.values():
                if sheet in images or sheet in left_out:
                    continue
                name, paths = names.get(sheet, f"{place.obj.name} NST"), run.job.sheets[sheet]
                images[sheet] = load(place.target, sheet, name, paths.output, "sheets")
                height = load(place.target, sheet, f"{name} Height", paths.height, "heights")
                matt = run.job.roughness if isinstance(run.job, SphereTextureJob) else ""
                roughness = load(place.target, sheet, f"{name} Roughness", matt, "roughness")
                if height is not None or roughness is not None:
                    reliefs[images[sheet].name] = Relief(height, distance, roughness)
    except JobError:
        for image in loaded:
            bpy.data.images.remove(image)
        raise
    return images, reliefs


def _keep_homeless(
    images: Iterable[Any], groups: Mapping[str, Any], reliefs: Mapping[str, Relief]
) -> list[str]:
    """Let the file keep the images that no material has taken, and their heights; sentences that say so."""
    homeless = [image for image in images if image.name not in groups]
    for image in homeless:
        image.use_fake_user = True
        for further in reliefs[image.name].images if image.name in reliefs else ():
            further.use_fake_user = True
    return [
        f"The material that '{image.name}' was painted for is gone from its object, so it is only kept as an "
        "image."
        for image in homeless
    ]


def _place(target: TextureTarget) -> Place:
    obj = find_object(target)
    check_editable(obj)
    check_materials(obj)
    uv_map = current_uv_map(obj, target.uv_map, target.uv_print)
    return Place(obj, target, uv_map, sheets_now(obj, target.sheets, target.slots))


def _image(run: Run, sheet: int, name: str, output: str, kind: str) -> Any:
    """A sheet's texture, height or roughness as an image: of tiles, if it is made of them.

    kind: what the engine calls its files, "sheets", "heights" or "roughness".
    """
    is_color = kind == "sheets"
    if UDIM not in output:
        return load_result(Path(output), name, is_color=is_color)
    files = run.status.info.get(kind) or []
    tiles = [Path(file) for file in files[sheet]] if sheet < len(files) else []
    if not tiles:
        raise JobError("result_unreadable", f"The engine has made no tiles for {output}.", Remedy.RETRY)
    return load_result(tiles[0], name, tiles, is_color)


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
