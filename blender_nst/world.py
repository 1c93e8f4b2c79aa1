"""A stylized world: from its environment texture to a job, and from its result back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import EQUIRECT, Controls, JobError, Remedy, RenderJob
from ..core.protocol.controls import SIZE_RANGE, check_number
from .angles import degrees_of
from .compat import session_uid
from .controls import controls_from_scene
from .host.files import unwritable
from .host.images import light_file, load_result, source_file
from .host.view_transform import view_file
from .host.world import add_stylized, environment_of, need_environment
from .picture import need_style
from .record import note_settings, said
from .runs import Run, Written
from .saving import check_saving, save_images, save_to_of

WORLD = "world"
"""The kind of these runs, whose jobs are those of renders."""


@dataclass(frozen=True)
class WorldOptions:
    """What to do. style: name of an image in the file, or the path of a picture.

    size: width of the new panorama in pixels; 0 makes it as large as the world's own picture. style_uid:
    ``session_uid`` of the style's image, where a linked one may have the same name; 0 unknown. stroke: in
    degrees. controls: as in the job, but their images too are named or given by path. save_to: folder for the
    image, "//" for the .blend file's; empty packs it. The rest is as in ``RenderJob``.
    """

    style: str
    size: int = 0
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    seed: int = 0
    device: str = "auto"
    style_uid: int = 0
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    save_to: str = ""


@dataclass(frozen=True)
class WorldTarget:
    """Where the result goes: a world. No references to data-blocks: they do not outlive an undo.

    environment: name of the image that was painted, which says where in the world the result belongs.
    """

    world_name: str
    world_uid: int
    environment: str
    environment_uid: int
    style: str
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    save_to: str = ""
    action: str = "Stylize"

    def write_back(self, run: Run) -> Written:
        """Mix a finished run's panorama over the one that was painted, in place of an earlier one.

        Where that is gone, a note says so. Raises JobError ("result_unreadable"); then nothing has changed.
        """
        image = load_result(Path(run.job.output), f"{self.world_name} {Path(self.style).stem} NST")
        note_settings(
            image,
            run,
            style=self.style,
            world=self.world_name,
            environment=self.environment,
            controls=asdict(self.controls),
        )
        notes = list(said(run))
        world = next((each for each in bpy.data.worlds if session_uid(each) == self.world_uid), None)
        texture = environment_of(world, self.environment_uid) if world is not None else None
        if texture is not None:
            add_stylized(world, texture, image)
        else:
            image.use_fake_user = True
            gone = f"does not show '{self.environment}' any more" if world is not None else "is gone"
            notes.append(f"The world '{self.world_name}' {gone}, so its painting is only kept as an image.")
        notes += save_images([image], self.save_to)
        return Written((), (image.name,), (), tuple(notes))


def options_from_scene(scene: Any) -> WorldOptions:
    """The settings of stylized renders, as far as they are for a world, and its own.

    Masks of things in the scene are for renders alone. Raises JobError as ``need_style`` and
    ``controls_from_scene``.
    """
    settings, own, world = scene.nst, scene.nst.render, scene.nst.world
    style = need_style(settings)
    return WorldOptions(
        style=style.name,
        style_uid=session_uid(style),
        size=int(world.size),
        quality=own.quality,
        strength=round(own.strength, 6),
        stroke=0.0 if world.auto_stroke else degrees_of(world.stroke_angle),
        seed=own.seed,
        device=settings.device or "auto",
        controls=controls_from_scene(own.controls, regions=False, angles=True),
        save_to=save_to_of(scene.nst),
    )


def prepare(scene: Any, options: WorldOptions, folder: Path) -> tuple[RenderJob, WorldTarget]:
    """Write what the engine needs into ``folder``; the job and where its result goes.

    Raises JobError for anything that the artist has to change first.
    """
    check_saving(options.save_to)
    image = need_environment(scene.world).image
    _check_masks(options.controls)
    try:
        content = light_file(image, folder, "world", "world's", _scaled(image.size, options.size))
        style = source_file(options.style, "style", folder, options.style_uid)
        controls = options.controls.with_sources(lambda role, name: str(source_file(name, role, folder)))
        view = view_file(scene, folder)
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    job = RenderJob(
        content=str(content),
        style=str(style),
        output=str(folder / "painted.exr"),
        view=view,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        projection=EQUIRECT,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
        controls=controls,
    )
    world = scene.world
    return job, WorldTarget(
        world.name,
        session_uid(world),
        image.name,
        session_uid(image),
        options.style,
        options.controls,
        options.save_to,
    )


def _scaled(before: Any, width: int) -> tuple[int, int] | None:
    """The size to which a picture has to be scaled, None if it may stay as it is.

    A panorama is twice as wide as high; others Blender stretches all around, and so are they painted. width:
    that is asked for; 0 for the picture's own. Raises JobError ("bad_job").
    """
    if width:
        check_number("size", width, *SIZE_RANGE)
    half = max((width or before[0]) // 2, 1)
    size = (2 * half, half)
    return None if size == tuple(before) or 0 in before else size


def _check_masks(controls: Controls) -> None:
    """Raise JobError ("mask_unknown") for a mask that only a render has."""
    for mask in controls.masks:
        if mask.kind:
            raise JobError(
                "mask_unknown",
                f"The mask {mask.mask} is for renders: a world's picture shows nothing of the scene. Take a "
                "picture as the mask.",
                Remedy.CHANGE_SETTING,
            )
