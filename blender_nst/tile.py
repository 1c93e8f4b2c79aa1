"""Making a material of a repeating texture: from the scene to a job, and from its result back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import Controls, JobError, Remedy, SynthesisJob
from ..core.protocol.controls import SYNTHESIS_LOSSES
from .compat import session_uid
from .controls import network_of
from .host.files import unwritable
from .host.images import load_result, source_file
from .host.tile_material import assign, can_have_material, make_material
from .record import note_settings, said
from .runs import Run, Written
from .saving import check_saving, save_images, save_to_of


@dataclass(frozen=True)
class TileOptions:
    """What to do. exemplar: name of an image in the file, or the path of a picture.

    exemplar_uid: ``session_uid`` of that image, where a linked one may have the same name; 0 unknown.
    size: width and height in pixels. assign: whether an object gets the material.
    controls: as in the job, but their images too are named or given by path.
    save_to: folder for the image, "//" for the .blend file's; empty packs it.
    The rest is as in ``SynthesisJob``.
    """

    exemplar: str
    size: int = 1024
    tile: str = "xy"
    scale: float = 0.0
    start: str = "quilt"
    quality: str = "standard"
    seed: int = 0
    device: str = "auto"
    assign: bool = True
    exemplar_uid: int = 0
    controls: Controls = Controls(losses=SYNTHESIS_LOSSES)  # noqa: RUF009 - frozen
    save_to: str = ""


@dataclass(frozen=True)
class TileTarget:
    """Where the result goes. No references to data-blocks: they do not outlive an undo.

    object_name: of the object that gets the material, object_uid: its ``session_uid``; empty for none.
    save_to: as of ``save_images``.
    """

    exemplar: str
    object_name: str = ""
    object_uid: int = 0
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    save_to: str = ""
    action: str = "Make Material"

    def write_back(self, run: Run) -> Written:
        """Make the material of a finished run's texture, and give it to the object if it is to have it.

        The object's material, if it had one, stays in the file. Where the object cannot take the material any
        more, a note says so. Raises JobError ("result_unreadable"); then nothing has changed.
        """
        name = Path(self.exemplar).stem
        obj, notes = self._object()
        image = load_result(Path(run.job.output), f"{name} Tile NST")
        note_settings(image, run, style=self.exemplar, controls=asdict(self.controls))
        material = make_material(name, image, use_uv=obj is None or _has_uv(obj))
        if obj is not None:
            _keep(obj.active_material)
            assign(obj, material)
        else:
            material.use_fake_user = True  # so that it is saved with the file
        objects = (obj.name,) if obj is not None else ()
        notes = (*said(run), *notes, *save_images([image], self.save_to))
        return Written(objects, (image.name,), (material.name,), notes)

    def _object(self) -> tuple[Any, tuple[str, ...]]:
        """The object that gets the material, or None, and what the artist should know about that."""
        if not self.object_name:
            return None, ()
        if self.object_uid:
            obj = next((one for one in bpy.data.objects if session_uid(one) == self.object_uid), None)
        else:
            obj = bpy.data.objects.get(self.object_name)
        if can_have_material(obj):
            return obj, ()
        why = "is no longer in the file" if obj is None else "cannot be given a material"
        return None, (f"'{self.object_name}' {why}, so the new material was not assigned.",)


def options_from_scene(scene: Any) -> TileOptions:
    """The panel's settings. Raises JobError ("style_missing") when there is no exemplar, and no style."""
    settings = scene.nst
    own = settings.tile
    exemplar = exemplar_of(settings)
    if exemplar is None:
        raise JobError("style_missing", "Choose a picture as the exemplar first.", Remedy.CHOOSE_IMAGE)
    return TileOptions(
        exemplar=exemplar.name,
        exemplar_uid=session_uid(exemplar),
        size=int(own.size),
        tile=own.repeat,
        scale=0.0 if own.auto_scale else round(own.scale, 6),
        start=own.start,
        quality=own.quality,
        seed=own.seed,
        device=settings.device or "auto",
        assign=own.assign,
        controls=Controls(
            losses=SYNTHESIS_LOSSES,
            network=network_of(settings.controls),
            pooling=settings.controls.pooling,
        ),
        save_to=save_to_of(settings),
    )


def exemplar_of(settings: Any) -> Any:
    """The image that is to be repeated: the panel's own, or the style; None for neither."""
    return settings.tile.exemplar or settings.style


def prepare(obj: Any, options: TileOptions, folder: Path) -> tuple[SynthesisJob, TileTarget]:
    """Write what the engine needs into ``folder``; the job and where its result goes.

    obj: who gets the material; None for nobody. Raises JobError for anything that the artist has to change
    first.
    """
    check_saving(options.save_to)
    try:
        exemplar = source_file(options.exemplar, "exemplar", folder, options.exemplar_uid)
        controls = options.controls.with_sources(lambda role, name: str(source_file(name, role, folder)))
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    job = SynthesisJob(
        style=str(exemplar),
        output=str(folder / "tile.png"),
        width=options.size,
        height=options.size,
        tile=options.tile,
        scale=options.scale,
        start=options.start,
        quality=options.quality,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
        controls=controls,
    )
    taker = obj if options.assign and can_have_material(obj) else None
    name, uid = (taker.name, session_uid(taker)) if taker is not None else ("", 0)
    return job, TileTarget(options.exemplar, name, uid, options.controls, options.save_to)


def _keep(material: Any) -> None:
    """Let the file keep a material that is about to lose its place, if it was its last."""
    if material is not None and material.library is None and material.users == 1:
        material.use_fake_user = True


def _has_uv(obj: Any) -> bool:
    return obj.type == "MESH" and len(obj.data.uv_layers) > 0
