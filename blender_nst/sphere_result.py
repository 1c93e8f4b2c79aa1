"""Renders that look like painted spheres: from the panel's settings to a job, and from its result back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import JobError, SphereJob
from .animation import AnimationTarget, range_of
from .compat import session_uid
from .host.filming import MOTION
from .host.images import load_result, load_sequence, name_result
from .host.rendering import check_renderable, view_layer_of
from .record import note_settings, said
from .runs import Run, Written
from .saving import check_saving, save_images, save_to_of, saving_folder
from .shot import make_place, output_of
from .sphere_render import (
    SpherePlan,
    chosen_spheres,
    options_from_scene,
    passes_of,
    plan_film,
    plan_still,
    write_spheres,
)
from .still import place_result

_CHANNELS = ("height", "roughness")


@dataclass(frozen=True)
class SphereTarget:
    """Where a painted frame goes: a scene. No references to data-blocks: they do not outlive an undo.

    layer: the view layer that was painted, frame: when. spheres: their names. save_to: folder for the images,
    "//" for the .blend file's; empty packs them. compositor: whether the result lies over the render there.
    """

    scene_name: str
    scene_uid: int
    layer: str
    frame: int
    spheres: tuple[str, ...]
    save_to: str = ""
    compositor: bool = True
    action: str = "Paint"

    def write_back(self, run: Run) -> Written:
        """Put the picture in the place of the scene's earlier one, and its height and roughness beside it.

        What cannot be done, a note says. Raises JobError ("result_unreadable"); then nothing has changed.
        """
        assert isinstance(run.job, SphereJob)
        name = f"{self.scene_name} {self.spheres[0]} NST"
        image, *channels = images = _load(run.job, name)
        for each in images:
            _note(each, run, self.spheres, frame=self.frame)
        notes = [*said(run), *_show(self, image, name)]
        name_result(image, name, ".exr")
        for each in channels:
            each.use_fake_user = True
        notes += save_images(images, self.save_to)
        return Written((), tuple(each.name for each in images), (), tuple(notes))


@dataclass(frozen=True)
class SphereShotTarget:
    """The frames are files; the scene gets an image that plays them. frames: what becomes of the files.

    The rest is as in ``SphereTarget``.
    """

    frames: AnimationTarget
    scene_name: str
    scene_uid: int
    layer: str
    spheres: tuple[str, ...]
    compositor: bool = True
    action: str = "Paint"

    def write_back(self, run: Run) -> Written:
        """Show the frames in the place of the scene's earlier result. What cannot be done, a note says."""
        notes = list(self.frames.write_back(run).notes)
        name = f"{self.scene_name} {self.spheres[0]} NST animation"
        image = load_sequence(self.frames.pictures[0], name)
        _note(image, run, self.spheres)
        notes += _show(self, image, name, self.frames.numbers)
        return Written((), (image.name,), (), tuple(notes))


def prepare_still(scene: Any, folder: Path) -> tuple[SpherePlan, SphereTarget]:
    """Write what the engine needs into ``folder``, all but the render; and where the job's result goes.

    Raises JobError for anything that the artist has to change first.
    """
    save_to = save_to_of(scene.nst)
    check_saving(save_to)
    own, options = scene.nst_sphere, options_from_scene(scene, str(folder / "painted.exr"))
    chosen = chosen_spheres(scene)
    planned = plan_still(scene, write_spheres(scene, chosen, folder, options.needs_light), options, folder)
    return planned, SphereTarget(
        scene.name,
        session_uid(scene),
        planned.layer,
        scene.frame_current,
        tuple(sphere.name for sphere in chosen),
        save_to,
        own.compositor,
    )


def prepare_shot(scene: Any, folder: Path) -> tuple[SpherePlan, SphereShotTarget]:
    """The same for an animation, whose frames' folder is made if it is the only one that lacks."""
    own, options = scene.nst_sphere, options_from_scene(scene, output_of(scene, scene.nst_sphere.output))
    make_place(options.output)
    chosen = chosen_spheres(scene)
    spheres = write_spheres(scene, chosen, folder, options.needs_light)
    planned, frames = plan_film(scene, spheres, options, folder)
    names = tuple(sphere.name for sphere in chosen)
    uid = session_uid(scene)
    return planned, SphereShotTarget(frames, scene.name, uid, planned.layer, names, own.compositor)


def check_still(scene: Any) -> None:
    """Raise JobError for what can be seen at once to keep a frame from being painted."""
    check_renderable(scene, _needed(scene))
    saving_folder(save_to_of(scene.nst))


def check_shot(scene: Any) -> None:
    """The same of an animation."""
    check_renderable(scene, (*_needed(scene), *MOTION))
    range_of(scene)
    output_of(scene, scene.nst_sphere.output)


def _needed(scene: Any) -> tuple[str, ...]:
    """The passes of form and light. Raises JobError as ``chosen_spheres`` and ``view_layer_of``."""
    chosen_spheres(scene)
    view_layer_of(scene, scene.nst_sphere.view_layer)
    return passes_of(scene.nst_sphere.weights(), ())


def _load(job: SphereJob, name: str) -> list[Any]:
    """The engine's pictures as new images, the painting first. Raises JobError ("result_unreadable")."""
    images = [load_result(Path(job.output), name)]
    try:
        for channel in _CHANNELS:
            path = getattr(job, channel)
            if path:
                images.append(load_result(Path(path), f"{name} {channel.capitalize()}", is_color=False))
    except JobError:
        for image in images:
            bpy.data.images.remove(image)
        raise
    return images


def _note(image: Any, run: Run, spheres: Sequence[str], **settings: Any) -> None:
    """Store on the image what is needed to make it again: names in place of files."""
    job = run.job
    assert isinstance(job, SphereJob)
    files = {channel: bool(getattr(job, channel)) for channel in _CHANNELS}
    note_settings(image, run, spheres=list(spheres), guides="", **files, **settings)


def _show(
    target: SphereTarget | SphereShotTarget, image: Any, name: str, frames: range | None = None
) -> list[str]:
    """Show an image in the target's scene; what could not be done."""
    scene = next((each for each in bpy.data.scenes if session_uid(each) == target.scene_uid), None)
    if scene is None:
        image.use_fake_user = True
        return [f"The scene '{target.scene_name}' is gone, so its picture is only kept as an image."]
    return place_result(scene, target.layer, image, name, target.compositor, frames, of_spheres=True)
