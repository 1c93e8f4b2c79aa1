"""Repainting a render: from the scene to a job, and its result to a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import FLAT, PAIR, Controls, JobError, Remedy, RenderJob, Stereo
from ..core.protocol.numbered import PICTURES
from ..core.protocol.stereo import files_of
from .compat import session_uid
from .host.cameras import check_projection, projection_of
from .host.files import need_kind, need_writable, unwritable
from .host.images import source_file
from .host.members import members
from .host.render_settings import Changes
from .host.rendering import (
    SURFACES,
    clean_passes,
    guiding_passes,
    need_aovs,
    passes_of,
    render_still,
    view_layer_of,
)
from .host.stereo import eyes_rendered, stereo_of
from .host.stereo_files import save_eyes
from .host.view_transform import view_file
from .record import said
from .runs import Run, Written


@dataclass(frozen=True)
class RenderOptions:
    """What to do. style: name of an image in the file, or the path of a picture.

    output: the file that the result is written to. render: a multilayer EXR file that was rendered before;
    empty renders the scene's present frame. view_layer: its name; empty for the first that is rendered.
    style_uid: ``session_uid`` of the style's image, where a linked one may have the same name; 0 unknown.
    focus: 0 takes the camera's, if it has depth of field. projection: empty takes the camera's, and flat for
    a render that is there. stereo: of a render that is there. controls: as in the job, but their images too
    are named or given by path. The rest is as in ``RenderJob``.
    """

    style: str
    output: str
    render: str = ""
    view_layer: str = ""
    part: str = "picture"
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    outlines: float = 0.0
    falloff: float = 0.0
    focus: float = 0.0
    projection: str = ""
    stereo: Stereo = Stereo()  # noqa: RUF009 - frozen
    seed: int = 0
    device: str = "auto"
    style_uid: int = 0
    controls: Controls = Controls()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class RenderTarget:
    """The result is a file, which the engine has written already."""

    action: str = "Stylize Render"

    def write_back(self, run: Run) -> Written:
        """Nothing of the scene changes."""
        layout = run.job.stereo.written if isinstance(run.job, RenderJob) else ""
        files = files_of(run.job.output, layout) if layout == PAIR else ()
        return Written((), (), (), said(run), files=files)


@dataclass(frozen=True)
class EyesTarget:
    """The engine has written both eyes side by side; files of them are what the scene's output settings say.

    file: as of ``save_eyes``. No references to data-blocks.
    """

    scene_uid: int
    file: str
    action: str = "Stylize Render"

    def write_back(self, run: Run) -> Written:
        """Write the files. Raises JobError ("no_permission", "disk_full"); then there are none."""
        scenes = {session_uid(scene): scene for scene in bpy.data.scenes}
        path = Path(self.file)
        try:
            files = save_eyes(scenes.get(self.scene_uid, bpy.context.scene), Path(run.job.output), path)
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or " ".join(str(error).split())
            raise JobError(
                "no_permission", f"{path} cannot be written: {why}.", Remedy.CHOOSE_FOLDER
            ) from error
        return Written((), (), (), said(run), files=tuple(map(str, files)))


@dataclass(frozen=True)
class Plan:
    """A job, and what has to be rendered for it before it can begin.

    layer: name of the view layer that is rendered into the job's content; empty where that is there already.
    passes: as of ``host.passes.switches``.
    """

    job: RenderJob
    layer: str = ""
    passes: tuple[str, ...] = ()

    @property
    def changes(self) -> Changes:
        """What the scene is set to for the render, as of ``RenderSettings``."""
        return eyes_rendered(self.job.stereo)

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that the render writes."""
        return tuple(map(Path, dict.fromkeys(files_of(self.job.content, self.job.stereo.layout))))


def plan(scene: Any, options: RenderOptions, folder: Path, stereo: Stereo | None = None) -> Plan:
    """Write what the engine needs into ``folder``, all but the render itself.

    stereo: of the render's eyes; None for what the scene renders. Raises JobError for anything that the
    artist has to change first.
    """
    output = Path(bpy.path.abspath(options.output)).absolute()
    need_output(output)
    layer = None if options.render else view_layer_of(scene, options.view_layer)
    if stereo is None:
        stereo = options.stereo if options.render else stereo_of(scene, options.projection)
    if layer is not None:
        check_projection(scene, options.projection)
    try:
        style = source_file(options.style, "style", folder, options.style_uid)
        controls = options.controls.with_sources(lambda role, name: str(source_file(name, role, folder)))
        controls = _with_members(controls, layer or scene.view_layers[0])
        job = RenderJob(
            content=_content(options, folder),
            style=str(style),
            output=str(output),
            view_layer=options.view_layer if layer is None else layer.name,
            part=options.part,
            view=view_file(scene, folder),
            quality=options.quality,
            strength=options.strength,
            stroke=options.stroke,
            outlines=options.outlines,
            falloff=options.falloff,
            focus=options.focus or (focus_of(scene) if options.falloff else 0.0),
            projection=options.projection or (FLAT if options.render else projection_of(scene)),
            stereo=stereo,
            seed=options.seed,
            device=options.device,
            preview=str(folder / "preview.png"),
            controls=controls,
        )
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    if layer is None:
        return Plan(job)
    need_aovs(scene, layer, (mask.name for mask in controls.masks if mask.kind == "aov"))
    passes = passes_of(options.part, (mask.kind for mask in controls.masks))
    passes += [*guiding_passes(job.outlines, job.falloff, job.focus), *clean_passes(scene, options.part)]
    passes += SURFACES if stereo.layout else ()
    return Plan(job, layer.name, tuple(dict.fromkeys(passes)))


def prepare(scene: Any, options: RenderOptions, folder: Path) -> tuple[RenderJob, RenderTarget | EyesTarget]:
    """``plan`` and, if need be, render, while Blender waits; the job and where its result goes.

    Raises JobError for anything that the artist has to change first.
    """
    planned = plan(scene, options, folder)
    target: RenderTarget | EyesTarget = RenderTarget()
    if planned.job.stereo.into:  # Blender lays it out again, as the scene's output settings say
        need_kind(Path(planned.job.output), "Both eyes")
        target = EyesTarget(session_uid(scene), planned.job.output)
        planned = replace(planned, job=replace(planned.job, output=str(folder / "painted.exr")))
    render_planned(scene, planned)
    return planned.job, target


def render_planned(scene: Any, planned: Plan) -> None:
    """Render what a plan needs, while Blender waits. Raises as ``render_still``."""
    if planned.layer:
        layer = scene.view_layers[planned.layer]
        content = Path(planned.job.content)
        render_still(scene, layer, planned.passes, content, planned.changes, planned.files)


def need_output(output: Path) -> None:
    """Raise JobError (format_unknown, and as ``need_folder``) unless a result can be written as a file.

    Before anything is rendered for it.
    """
    if output.suffix.lower() not in PICTURES:
        raise JobError(
            "format_unknown",
            f"{output.name} does not end in a format that can be written. Let it end in one of "
            f"{', '.join(PICTURES)}.",
            Remedy.CHOOSE_FOLDER,
        )
    need_folder(output.parent)


def need_folder(folder: Path) -> None:
    """Raise JobError (folder_missing, no_permission) unless a result can be written to a folder."""
    if not folder.is_dir():
        raise JobError("folder_missing", f"There is no folder {folder} for the result.", Remedy.CHOOSE_FOLDER)
    need_writable(folder)


def _with_members(controls: Controls, layer: Any) -> Controls:
    """The controls, and what masks mean by their names."""
    masks = tuple(replace(mask, members=members(mask.kind, mask.name, layer)) for mask in controls.masks)
    return replace(controls, masks=masks)


def focus_of(scene: Any) -> float:
    """At what distance the scene's camera is sharp; 0 if it is everywhere."""
    camera = scene.camera
    if camera is None or camera.type != "CAMERA" or not camera.data.dof.use_dof:
        return 0.0
    target = camera.data.dof.focus_object
    if target is None:
        return float(camera.data.dof.focus_distance)
    # As the pass measures: along the way that the camera looks.
    return max(0.0, -float((camera.matrix_world.inverted() @ target.matrix_world.translation).z))


def _content(options: RenderOptions, folder: Path) -> str:
    """The render's file, which may be yet to come."""
    if not options.render:
        return str(folder / "render.exr")
    return str(Path(bpy.path.abspath(options.render)).absolute())
