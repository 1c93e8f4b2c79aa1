"""A stylized animation from the panel: from its settings to a job, and from its frames back to the scene."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import AnimationJob, JobError, Remedy, job_to_dict
from ..core.protocol.numbered import PICTURES, frame_path, output_pattern, pattern_of
from .animation import AnimationOptions, AnimationTarget, FilmPlan, plan_film, range_of
from .compat import session_uid
from .errands import Errand
from .host.clips import is_clip
from .host.compositor_eyes import RIGHT_MARK, Eyes
from .host.images import load_sequence, picture_size
from .host.movie import Movie
from .host.rendering import view_layer_of
from .picture import need_finished, picture_from_scene
from .record import note_settings
from .runs import Run, Written
from .session import get_session
from .still import place_result

SCRIPT = Path(__file__).with_name("movie_script.py")


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
        frames = self.frames
        later = None if bpy.app.background else frames.movie
        written = (frames if later is None else replace(frames, movie=None)).write_back(run)
        scene = next((each for each in bpy.data.scenes if session_uid(each) == self.scene_uid), None)
        name = f"{self.frames.scene_name} {Path(self.style).stem} NST animation"
        image = load_sequence(self.frames.pictures[0], name)
        controls = job_to_dict(run.job)["controls"]
        note_settings(image, run, style=self.style, render=self.render, controls=controls)
        notes = list(written.notes)
        if later is not None:
            notes.append(_send_for(later))
        if scene is None:
            image.use_fake_user = True
            notes.append(f"The scene '{self.frames.scene_name}' is gone; the frames are in their folder.")
        else:
            eyes = self._eyes(name) if frames.layout and self.compositor else None
            notes += place_result(scene, self.layer, image, name, self.compositor, frames.numbers, eyes=eyes)
            if eyes is not None and eyes.right is not None and not eyes.right.users:
                bpy.data.images.remove(eyes.right)
        return Written((), (image.name,), (), tuple(notes))

    def _eyes(self, name: str) -> Eyes:
        """Where both eyes are, in the frames of an image of this name or in those of another one."""
        frames = self.frames
        right = None
        if frames.right:
            right = load_sequence(frames.right[0], f"{name} right")
            right[RIGHT_MARK] = True
        return Eyes(frames.layout, picture_size(frames.pictures[0]), right)


def shot_from_scene(scene: Any, render: str | None = None, output: str = "") -> AnimationOptions:
    """The panel's settings. render, output: files with # for the number, if they are not the panel's.

    Raises JobError: as ``picture_from_scene`` and ``output_of``, "not_numbered" for a finished render that
    is none of many.
    """
    own = scene.nst.animation
    picture = picture_from_scene(scene, render)
    if picture.render and render is None:
        stereo = replace(picture.stereo, depth=pattern_of(picture.stereo.depth))
        picture = replace(picture, render=need_numbered(picture.render), stereo=stereo)
    return AnimationOptions(
        picture=replace(picture, output=output or output_of(scene)),
        flow=own.flow if picture.render and render is None else "auto",
        every=own.every,
        boil=round(own.boil, 6),
        rate=round(own.rate, 6),
        painted=need_numbered(need_finished(own.painted)) if own.painted else "",
        movie=str(whole_path(own.movie)) if own.movie else "",
        keep=own.keep,
    )


def need_numbered(path: str) -> str:
    """The pattern of the frames that a file is one of. Raises JobError (not_numbered, frames_are_movie)."""
    if is_clip(path):
        raise JobError(
            "frames_are_movie",
            f"{Path(path).name} is a movie. Save its frames as pictures and choose one of these, or stylize "
            "the movie with 'blender --command nst animation'.",
            Remedy.CHOOSE_IMAGE,
        )
    pattern = pattern_of(path)
    frame_path(pattern, 0)
    return pattern


def output_of(scene: Any, path: str | None = None) -> str:
    """The pattern that a scene's frames are written to, from its root. path: if it is not the panel's.

    In a folder they are named after the .blend file and the scene, so that no other's are overwritten. Raises
    JobError: "folder_missing" without a name, "blend_unsaved", "path_template", "format_unknown".
    """
    path = str(scene.nst.animation.output) if path is None else path
    if not path:
        raise JobError("folder_missing", "Choose where the frames go.", Remedy.CHOOSE_FOLDER)
    if "{" in path:
        raise JobError(
            "path_template",
            "Variables in braces are not filled in for stylized frames. Write the path out.",
            Remedy.CHOOSE_FOLDER,
        )
    names = [Path(bpy.data.filepath).stem, scene.name] if bpy.data.filepath else [scene.name]
    name = bpy.path.clean_name("_".join([*names, ""]))
    slash = os.sep if path.endswith(("/", "\\")) else ""
    pattern = output_pattern(f"{whole_path(path)}{slash}", ".png", name)
    if Path(pattern).suffix.lower() not in PICTURES:
        raise JobError(
            "format_unknown",
            f"Frames cannot be written as {Path(pattern).suffix}. Choose a name that ends in one of "
            f"{', '.join(PICTURES)}, or in / for a folder.",
            Remedy.CHOOSE_FOLDER,
        )
    return pattern


def prepare(scene: Any, options: AnimationOptions, folder: Path) -> tuple[FilmPlan, ShotTarget]:
    """Write what the engine needs into ``folder``, all but the renders; and where the job's result goes.

    The frames' folder is made if it is the only one that lacks. Raises JobError for anything that the artist
    has to change first.
    """
    picture = options.picture
    make_place(picture.output)
    first, _ = range_of(scene, options.first, options.last)
    if options.painted and not frame_path(options.painted, first).is_file():
        raise JobError(
            "frames_missing",
            f"{frame_path(options.painted, first).name} is not there. Paint the first frame, too: paint goes "
            "from a painted frame to the next.",
            Remedy.CHOOSE_IMAGE,
        )
    planned, frames = plan_film(scene, options, folder)
    return planned, ShotTarget(
        frames,
        session_uid(scene),
        planned.layer or picture.view_layer or view_layer_of(scene, "").name,
        picture.style,
        os.path.basename(picture.render),
        scene.nst.render.compositor,
    )


def make_place(output: str) -> None:
    """Make the folder of frames, if it is the only one that lacks.

    Raises JobError: "folder_missing", "no_permission", "output_taken" if a job of this session writes frames
    there already.
    """
    place = Path(output).parent
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
    if any(run.job.output == output for run in get_session().runs):
        raise JobError(
            "output_taken",
            "An animation is being painted into the same files. Wait until it is done, cancel it, or choose "
            "another output.",
            Remedy.CHOOSE_FOLDER,
        )


def title_of(scene: Any) -> str:
    """What a job is called."""
    return f"{scene.name}, frames {scene.frame_start} to {scene.frame_end}"


def _send_for(movie: Movie) -> str:
    """Let another Blender write a movie; returns what to say of it."""
    command = [bpy.app.binary_path, "--background", "--factory-startup", "--python-exit-code", "1"]
    command += ["--python", str(SCRIPT), "--"]
    name = Path(movie.path).name
    try:
        get_session().send(Errand(f"The movie {name}", command, asdict(movie), AnimationJob.kind))
    except (OSError, JobError) as error:
        return f"The movie {name} cannot be made: {error}."
    return f"The movie {name} is being written."


def whole_path(path: str) -> Path:
    """A path of a panel's, from its root. Raises JobError ("blend_unsaved")."""
    if path.startswith("//") and not bpy.data.filepath:
        raise JobError(
            "blend_unsaved",
            "The frames are to be saved beside the .blend file. Save the .blend file first, or choose a full "
            "path.",
            Remedy.CHOOSE_FOLDER,
        )
    return Path(os.path.abspath(bpy.path.abspath(path)))
