"""Textures of meshes that look like a painted sphere: from the scene to a job, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import UDIM, JobError, SphereTextureJob
from .compat import session_uid
from .host.files import unwritable
from .host.materials import strength_sockets
from .record import STYLE_HASH, note_settings
from .results import TextureTarget, TextureTargets, find_object
from .runs import Run, Written
from .saving import save_to_of
from .sphere_files import SphereSource
from .texture import TextureOptions, lay_out

PICTURE = "nst_picture"
"""Custom property of a texture: the painted picture that it was made of."""
CONTENT = "nst_content"
"""Custom property of a texture: a hash of its packed files, which no longer fits once it is painted on."""


@dataclass(frozen=True)
class SphereTextureOptions:
    """What to do. Most is as in ``SphereTextureJob``; unlit as of ``apply_style``, save_to as in
    ``TextureOptions``.
    """

    size: int = SphereTextureJob.size
    front: str = SphereTextureJob.front
    stroke: float = SphereTextureJob.stroke
    tolerance: float = SphereTextureJob.tolerance
    seed: int = SphereTextureJob.seed
    device: str = SphereTextureJob.device
    uv_map: str = ""
    unlit: bool = True
    save_to: str = ""


def options_from_scene(scene: Any) -> SphereTextureOptions:
    """The panel's settings."""
    own, settings = scene.nst_sphere, scene.nst
    return SphereTextureOptions(
        size=int(own.size),
        front=own.front,
        stroke=0.0 if own.auto_stroke else round(own.stroke, 6),
        tolerance=round(own.tolerance, 6),
        seed=own.seed,
        device=settings.device or "auto",
        uv_map=settings.uv_map,
        unlit=own.unlit,
        save_to=save_to_of(settings),
    )


def prepare(
    objects: Sequence[Any],
    source: SphereSource,
    options: SphereTextureOptions,
    folder: Path,
    depsgraph: Any,
    pause: Callable[[], None] = lambda: None,
    again: bool = False,
) -> tuple[SphereTextureJob, SphereTargets]:
    """Write what the engine needs into ``folder``; the job, all objects in one, and where its results go.

    pause: as of ``texture.prepare``. again: whether the textures take the place of earlier ones of the same
    sphere. Raises JobError for anything that the artist has to change first; the scene stays as it is.
    """
    sphere = source.sphere
    layout = TextureOptions(
        style=source.name,
        size=options.size,
        uv_map=options.uv_map,
        relief=bool(sphere.height),
        save_to=options.save_to,
    )
    try:
        laid = lay_out(objects, layout, folder, depsgraph, pause)
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    is_one = len(laid.sheets) == 1 and UDIM not in laid.sheets[0].output
    job = SphereTextureJob(
        spheres=(sphere,),
        mesh=laid.mesh,
        sheets=laid.sheets,
        size=options.size,
        roughness=str(folder / "roughness.png") if sphere.roughness and is_one else "",
        front=options.front,
        stroke=options.stroke,
        tolerance=options.tolerance,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
    )
    lost = bool(sphere.roughness) and not is_one
    return job, SphereTargets(
        laid.targets,
        options.save_to,
        "Paint Sphere on",
        options.unlit,
        source=source,
        options=options,
        again=again,
        left_out=("The sphere's roughness is left out: it goes onto one texture without tiles.",) * lost,
    )


@dataclass(frozen=True)
class SphereTargets(TextureTargets):
    """Where textures of a painted sphere go. left_out: sentences about what they lack."""

    source: SphereSource | None = None
    options: SphereTextureOptions = SphereTextureOptions()
    again: bool = False
    left_out: tuple[str, ...] = ()

    def write_back(self, run: Run) -> Written:
        """As for other textures; those of an earlier painting of the sphere go, unless somebody worked on
        them, and sliders stay where they are. Raises JobError as ``TextureTargets.write_back``.
        """
        strengths = {place: socket.default_value for place, socket in self._sockets().items()}
        earlier = [image.name for image in bpy.data.images if not image.use_fake_user and is_untouched(image)]
        written = super().write_back(run)
        if self.again:
            for place, socket in self._sockets().items():
                socket.default_value = strengths.get(place, 1.0)
            for image in filter(None, map(bpy.data.images.get, earlier)):
                if image.users == int(image.use_fake_user):
                    bpy.data.images.remove(image)
        return replace(written, notes=(*written.notes, *self.left_out))

    def note(self, image: Any, run: Run, target: TextureTarget, sheet: int) -> None:
        """Store on the image what is needed to make it again, and of which painting it was made."""
        assert isinstance(run.job, SphereTextureJob)
        assert self.source is not None
        note_settings(
            image,
            run,
            spheres=[self.source.name],
            roughness=bool(run.job.roughness),
            uv_map=target.uv_map,
            base_color=run.job.sheets[sheet].base_color,
            options=asdict(self.options),
            states=dict(self.source.states),
        )
        image[STYLE_HASH] = str(run.status.info.get("sphere_sha256", ""))
        image["nst_stroke"] = float(run.status.info.get("stroke", run.job.stroke))
        image[CONTENT] = _content(image)
        uid = self.source.picture
        picture = next((each for each in bpy.data.images if uid and session_uid(each) == uid), None)
        if picture is not None:
            image[PICTURE] = picture

    def _sockets(self) -> dict[tuple[str, str], Any]:
        """The objects' strength sliders by the names of object and material."""
        found: dict[tuple[str, str], Any] = {}
        for target in self.targets:
            try:
                obj = find_object(target)
            except JobError:
                continue  # which was said
            found |= {(obj.name, name): socket for name, socket in strength_sockets(obj)}
        return found


def is_untouched(image: Any) -> bool:
    """Whether a packed texture of a sphere is as the engine made it."""
    return (
        CONTENT in image
        and bool(image.packed_files)
        and not image.is_dirty
        and image[CONTENT] == _content(image)
    )


def _content(image: Any) -> str:
    packed = hashlib.sha1(usedforsecurity=False)
    for file in image.packed_files:
        packed.update(file.packed_file.data)
    return packed.hexdigest()
