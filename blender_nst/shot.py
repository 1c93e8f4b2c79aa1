"""A stylized animation from the panel: from its settings to a job, and from its frames back to the scene."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import JobError, Remedy
from ..core.protocol.numbered import frame_path, output_pattern, pattern_of
from .animation import AnimationOptions, AnimationTarget, FilmPlan, plan_film
from .compat import session_uid
from .host.images import load_sequence
from .host.rendering import view_layer_of
from .record import note_settings
from .runs import Run, Written
from .still import need_finished, picture_from_scene, place_result


@dataclass(frozen=True)
class ShotTarget:
    """The frames are files; the scene gets an image that plays them. No references to data-blocks.

    frames: what becomes of the files. layer: the view layer that was painted. render: the file of the renders
    that were there already, if they were. compositor: whether the image is mixed over the render there.
    """

    frames: AnimationTarget
    scene_uid: int
    layer: str
    style: str
    render: str = ""
    compositor: bool = True
    action: str = "Stylize Animation"

    def write_back(self, run: Run) -> Written:
        """Show the frames in the place of the scene's earlier result. What cannot be done, a note says."""
        written = self.frames.write_back(run)
        scene = next((each for each in bpy.data.scenes if session_uid(each) == self.scene_uid), None)
        name = f"{self.frames.scene_name} {Path(self.style).stem} NST animation"
        image = load_sequence(self.frames.pictures[0], name)
        controls = asdict(run.job.controls)
        note_settings(image, run, style=self.style, render=self.render, controls=controls)
        notes = list(written.notes)
        if scene is None:
            image.use_fake_user = True
            notes.append(f"The scene '{self.frames.scene_name}' is gone; the frames are in their folder.")
        else:
            notes += place_result(scene, self.layer, image, name, self.compositor, self.frames.numbers)
        return Written((), (image.name,), (), tuple(notes))


def shot_from_scene(scene: Any) -> AnimationOptions:
    """The panel's settings.

    Raises JobError: as ``picture_from_scene`` and ``output_of``, "not_numbered" for a finished render that
    is none of many.
    """
    own = scene.nst.animation
    picture = picture_from_scene(scene)
    if picture.render:
        picture = replace(picture, render=need_numbered(need_finished(picture.render)))
    return AnimationOptions(
        picture=replace(picture, output=output_of(own.output)),
        every=own.every,
        boil=round(own.boil, 6),
        rate=round(own.rate, 6),
        painted=need_numbered(need_finished(own.painted)) if own.painted else "",
        movie=str(_whole(own.movie)) if own.movie else "",
        keep=own.keep,
    )


def need_numbered(path: str) -> str:
    """The pattern of the frames that a file is one of. Raises JobError ("not_numbered")."""
    pattern = pattern_of(path)
    frame_path(pattern, 0)
    return pattern


def output_of(path: str) -> str:
    """The pattern that frames are written to, from its root.

    Raises JobError: "folder_missing" without a name, "blend_unsaved".
    """
    if not path:
        raise JobError("folder_missing", "Choose where the frames go.", Remedy.CHOOSE_FOLDER)
    whole = str(_whole(path))
    return output_pattern(whole + os.sep if path.endswith(("/", "\\")) else whole, ".png")


def prepare(scene: Any, options: AnimationOptions, folder: Path) -> tuple[FilmPlan, ShotTarget]:
    """Write what the engine needs into ``folder``, all but the renders; and where the job's result goes.

    The frames' folder is made if it is the only one that lacks. Raises JobError for anything that the artist
    has to change first.
    """
    place = Path(options.picture.output).parent
    try:
        place.mkdir(exist_ok=True)
    except FileNotFoundError as error:
        raise JobError(
            "folder_missing", f"There is no folder {place.parent} for the frames.", Remedy.CHOOSE_FOLDER
        ) from error
    except OSError as error:
        raise JobError(
            "no_permission",
            f"The folder {place} cannot be made: {error.strerror}. Choose another place for the frames.",
            Remedy.CHOOSE_FOLDER,
        ) from error
    planned, frames = plan_film(scene, options, folder)
    picture = options.picture
    return planned, ShotTarget(
        frames,
        session_uid(scene),
        planned.layer or picture.view_layer or view_layer_of(scene, "").name,
        picture.style,
        os.path.basename(picture.render),
        scene.nst.render.compositor,
    )


def title_of(scene: Any) -> str:
    """What a job is called."""
    return f"{scene.name}, frames {scene.frame_start} to {scene.frame_end}"


def _whole(path: str) -> Path:
    """Raises JobError ("blend_unsaved")."""
    if path.startswith("//") and not bpy.data.filepath:
        raise JobError(
            "blend_unsaved",
            "The frames are to be saved beside the .blend file. Save the .blend file first, or choose a full "
            "path.",
            Remedy.CHOOSE_FOLDER,
        )
    return Path(os.path.abspath(bpy.path.abspath(path)))
