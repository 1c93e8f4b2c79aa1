"""A stylized still: from the panel's settings to a job, and from its result back to the scene."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import FLAT, SIDE_BY_SIDE, Controls, JobError, Remedy
from ..core.protocol.stereo import files_of
from .compat import session_uid
from .host.cameras import UPRIGHT, turn_of_camera
from .host.compositor import show_stylized
from .host.compositor_eyes import Eyes
from .host.files import check_png, need_kind
from .host.images import load_result, name_result
from .host.looking import look_away_if_over
from .host.panorama import note_panorama, renew_panorama
from .host.rendering import view_layer_of
from .host.stereo import need_eyes
from .host.stereo_files import files_written, save_eyes
from .host.view_transform import saves_picture
from .picture import picture_from_scene
from .record import note_settings, said
from .render import Plan, RenderOptions, need_folder, plan
from .runs import Run, Written
from .saving import check_saving, save_images, save_to_of
from .windows import show_image


@dataclass(frozen=True)
class StillOptions:
    """What to do beside painting. render: its ``output`` is chosen by ``prepare``.

    save_to: folder for the image, "//" for the .blend file's; empty packs it. file: a file of one of
    ``host.files.FILE_KINDS`` that the result is written to as well; empty for none. compositor: whether the
    result is mixed over the render there.
    """

    render: RenderOptions
    save_to: str = ""
    file: str = ""
    compositor: bool = True


@dataclass(frozen=True)
class StillTarget:
    """Where the result goes: a scene. No references to data-blocks: they do not outlive an undo.

    layer: the view layer that was painted, frame: when. content: the finished render that was, if it was one.
    both: whether two eyes are side by side in the picture. projection: as of
    ``RenderJob``. turn: of the camera, a quaternion.
    """

    scene_name: str
    scene_uid: int
    layer: str
    frame: int
    style: str
    content: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    save_to: str = ""
    file: str = ""
    compositor: bool = True
    both: bool = False
    projection: str = FLAT
    turn: tuple[float, ...] = UPRIGHT
    action: str = "Stylize"

    def write_back(self, run: Run) -> Written:
        """Put a finished run's picture in the place of the scene's earlier one, into its file and compositor.

        What cannot be done, a note says. Raises JobError ("result_unreadable"); then nothing has changed.
        """
        scene = next((each for each in bpy.data.scenes if session_uid(each) == self.scene_uid), None)
        name = f"{self.scene_name} {Path(self.style).stem} NST"
        image = load_result(Path(run.job.output), name)
        note_settings(
            image,
            run,
            style=self.style,
            render=self.content,
            frame=self.frame,
            controls=asdict(self.controls),
        )
        note_panorama(image, self.projection, self.both, self.turn)
        notes = list(said(run))
        if scene is None:
            image.use_fake_user = True
            notes.append(f"The scene '{self.scene_name}' is gone, so its picture is only kept as an image.")
        else:
            eyes = Eyes(SIDE_BY_SIDE, tuple(image.size)) if self.both else None
            notes += place_result(scene, self.layer, image, name, self.compositor, eyes=eyes)
            name_result(image, name, ".exr")
        notes += self._save(scene or bpy.context.scene, image, Path(run.job.output))
        notes += save_images([image], self.save_to)
        return Written((), (image.name,), (), tuple(notes))

    def _save(self, scene: Any, image: Any, made: Path) -> list[str]:
        """Write the file that the artist has asked for; why not, if it cannot be written."""
        if not self.file:
            return []
        try:
            file = still_file(self.file)
            if self.both:
                save_eyes(scene, made, file)
            else:
                _write(scene, image, made, file)
        except JobError as error:
            return [f"{error.message} The picture is in the .blend file."]
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or " ".join(str(error).split())
            return [f"The picture cannot be saved as {self.file} ({why}); it is in the .blend file."]
        return []


def place_result(
    scene: Any,
    layer: str,
    image: Any,
    name: str,
    compositor: bool,
    frames: range | None = None,
    of_spheres: bool = False,
    eyes: Eyes | None = None,
) -> list[str]:
    """Show an image wherever the scene's earlier result is, and in the compositor if that is wished.

    frames: that an image shows which plays. of_spheres: whether painted spheres made it, whose results are
    kept apart and lie over the render. eyes: where two of them are in it. Returns what could not
    be done.
    """
    settings = scene.nst_sphere if of_spheres else scene.nst.render
    before = settings.result
    show_image(image, before, frames)
    if before is not None and before.library is None:
        before.user_remap(image)
        bpy.data.images.remove(before)
        image.name = name
    settings.result = image
    if not of_spheres:
        renew_panorama(scene, image)
        look_away_if_over()
    if compositor and layer not in scene.view_layers:
        return [f"The view layer {layer} is gone, so the picture was not added to the compositor."]
    try:
        if compositor and eyes is not None:
            need_eyes(scene)
    except JobError as error:
        return [f"{error.message} The picture was not added to the compositor."]
    if compositor and show_stylized(scene, layer, image, frames, over=of_spheres, eyes=eyes) is None:
        return ["The compositor's nodes are linked from another file, so the picture was not added to them."]
    return []


def options_from_scene(scene: Any, render: str | None = None) -> StillOptions:
    """The panel's settings. render, errors: as in ``picture_from_scene``."""
    own = scene.nst.render
    return StillOptions(picture_from_scene(scene, render), save_to_of(scene.nst), own.file, own.compositor)


def still_file(file: str) -> Path:
    """The absolute path of a file for the result.

    Raises JobError: "blend_unsaved", "file_kind", "folder_missing".
    """
    if file.startswith("//") and not bpy.data.filepath:
        raise JobError(
            "blend_unsaved",
            "The result is to be saved beside the .blend file. Save the .blend file first, or choose a full "
            "path.",
            Remedy.CHOOSE_FOLDER,
        )
    path = Path(os.path.abspath(bpy.path.abspath(file)))
    need_kind(path, "The result")
    if not path.parent.is_dir():
        raise JobError(
            "folder_missing", f"There is no folder {path.parent} for the result.", Remedy.CHOOSE_FOLDER
        )
    return path


def prepare(scene: Any, options: StillOptions, folder: Path) -> tuple[Plan, StillTarget]:
    """Write what the engine needs into ``folder``, all but the render; and where the job's result goes.

    Raises JobError for anything that the artist has to change first.
    """
    check_saving(options.save_to)
    render = options.render
    if options.file:
        file = still_file(options.file)
        need_folder(file.parent)
        if render.render:
            written = files_written(scene, file) if render.stereo.layout else [file]
            _need_others(written, files_of(str(bpy.path.abspath(render.render)), render.stereo.layout))
    if render.stereo.layout:  # Blender lays it out again, as the scene's output settings say
        render = replace(render, stereo=replace(render.stereo, into=SIDE_BY_SIDE))
    planned = plan(scene, replace(render, output=str(folder / "painted.exr")), folder)
    return planned, StillTarget(
        scene.name,
        session_uid(scene),
        planned.layer or render.view_layer or view_layer_of(scene, "").name,
        scene.frame_current,
        render.style,
        os.path.basename(render.render),
        render.controls,
        options.save_to,
        options.file,
        options.compositor,
        bool(planned.job.stereo.layout),
        planned.job.projection,
        turn_of_camera(scene) if planned.layer else UPRIGHT,
    )


def _need_others(written: Iterable[Path], read: Iterable[str]) -> None:
    """Raise JobError ("overwrites_source") if a result would be written over what it is made from."""
    sources = [Path(each) for each in read if Path(each).exists()]
    for file in written:
        for source in sources:
            if file.exists() and file.samefile(source):
                raise JobError(
                    "overwrites_source",
                    f"The result would be written over the render that it is made from ({source.name}). "
                    "Choose another file for it.",
                    Remedy.CHOOSE_FOLDER,
                )


def title_of(scene: Any, options: StillOptions) -> str:
    """What a job is called."""
    finished = options.render.render
    return Path(finished).stem if finished else f"{scene.name}, frame {scene.frame_current}"


def _write(scene: Any, image: Any, made: Path, path: Path) -> None:
    """Write an image, which the engine has ``made`` as an EXR file, in one step.

    Raises OSError, RuntimeError, JobError ("disk_full").
    """
    draft = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        if path.suffix.lower() == ".exr":
            shutil.copyfile(made, draft)
        else:
            with saves_picture(scene, "PNG", "RGBA", "16"):
                image.save_render(str(draft), scene=scene)
            check_png(draft)
        os.replace(draft, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
