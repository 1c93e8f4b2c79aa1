"""Renders and animations that look like painted spheres: from the scene to a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bpy

from ..core.protocol import Mask, Sphere, SphereJob
from ..core.protocol.numbered import frame_path, state_folder
from .animation import AnimationTarget, hold_of, range_of
from .host.files import unwritable
from .host.filming import MOTION, Film, film_of, render_film
from .host.members import members
from .host.render_settings import Changes
from .host.rendering import OF_MASK, check_renderable, need_aovs, render_still, view_layer_of
from .host.view_transform import view_file
from .render import RenderTarget, need_output
from .sphere_files import sphere_source
from .spheres import need_image

OF_GUIDE = {
    "direct": "diffuse_direct",
    "indirect": "diffuse_indirect",
    "specular": "glossy_direct",
    "occlusion": "ambient_occlusion",
    "depth": "z",
    "object": "object_index",
}
"""The pass that each guide but form is read from, as in ``use_pass_...``."""
_FORM = ("normal", "position", "z")
CHANGES: Changes = MappingProxyType(
    {"render.use_motion_blur": False, "render.film_transparent": True, "camera.data.dof.use_dof": False}
)
"""What a scene is set to while it is rendered: paint has sharp places to lie on, and an edge of its own."""


@dataclass(frozen=True)
class SphereOptions:
    """What to do. output: a file, with # for the number of each frame of an animation.

    render: a multilayer EXR file that was rendered before, or with # such files; empty renders the scene.
    first, last: frames of an animation; None for the scene's. rate: drawings a second, where strokes boil.
    keep: leave an animation's renders where they are. The rest is as in ``SphereJob``.
    """

    output: str
    render: str = ""
    view_layer: str = ""
    method: str = SphereJob.method
    weights: tuple[tuple[str, float], ...] = SphereJob.weights
    tolerance: float = SphereJob.tolerance
    scale: float = SphereJob.scale
    boil: float = SphereJob.boil
    rate: float = 8.0
    harmony: float = SphereJob.harmony
    seed: int = SphereJob.seed
    device: str = SphereJob.device
    first: int | None = None
    last: int | None = None
    keep: bool = False

    @property
    def needs_light(self) -> bool:
        """Whether anything but form is compared, which the spheres' guides tell."""
        return any(guide in OF_GUIDE and weight > 0 for guide, weight in self.weights)


@dataclass(frozen=True)
class SpherePlan:
    """A job, and what has to be rendered for it before it can begin.

    layer: name of the view layer that is rendered; empty where the renders are there already. passes: as of
    ``host.passes.switches``. film, numbers: the renders of an animation, and its frames.
    """

    job: SphereJob
    layer: str = ""
    passes: tuple[str, ...] = ()
    film: Film | None = None
    numbers: range = range(0)


def options_from_scene(scene: Any, output: str) -> SphereOptions:
    """The panel's settings. output: as in ``SphereOptions``."""
    own = scene.nst_sphere
    return SphereOptions(
        output=output,
        view_layer=own.view_layer,
        method=own.method,
        weights=own.weights() or SphereJob.weights,
        tolerance=round(own.tolerance, 6),
        scale=round(own.scale, 6),
        boil=round(own.boil, 6),
        rate=round(own.rate, 6),
        harmony=round(own.harmony, 6),
        seed=own.seed,
        device=scene.nst.device or "auto",
    )


def chosen_spheres(scene: Any) -> list[Any]:
    """The ``NST_PG_Sphere`` that renders look like, as the panel has them.

    Those for some thing, in the list's order, and one of those for everything: the one that is active, or
    else the first. Raises JobError: "image_missing" without a sphere, or its picture; as ``region``.
    """
    own = scene.nst_sphere
    active = own.active_sphere
    need_image(active, "picture")
    for_all = [sphere for sphere in own.spheres if not sphere.region()]
    kept = active if active in for_all else next(iter(for_all), None)
    found = [sphere for sphere in own.spheres if sphere == kept or sphere not in for_all]
    for sphere in found:
        need_image(sphere, "picture")
    return found


def write_spheres(scene: Any, spheres: Sequence[Any], folder: Path, with_guides: bool) -> tuple[Sphere, ...]:
    """Write spheres of the list into ``folder``, each into a folder of its own, named as the list has it.

    with_guides: whether their light counts. Raises JobError as ``sphere_source`` and ``region``.
    """
    found = []
    for number, sphere in enumerate(spheres, 1):
        place = folder / f"sphere_{number}"
        try:
            place.mkdir()
        except OSError as error:
            raise unwritable(place, error) from error
        source = sphere_source(sphere, place, bpy.path.clean_name(sphere.name))
        guides = bpy.path.abspath(sphere.guides) if with_guides and sphere.guides else ""
        found.append(replace(source.sphere, guides=guides, mask=sphere.region()))
    return tuple(found)


def plan_still(scene: Any, spheres: Sequence[Sphere], options: SphereOptions, folder: Path) -> SpherePlan:
    """Write what the engine needs into ``folder``, all but the render, for the scene's present frame.

    Raises JobError for anything that the artist has to change first.
    """
    need_output(Path(options.output))
    job, layer, passes = _job(scene, spheres, options, folder)
    if not layer:
        return SpherePlan(job)
    job = replace(job, guides=str(folder / "render.exr"), camera=_camera(scene, scene.view_layers[layer]))
    return SpherePlan(job, layer, passes)


def plan_film(
    scene: Any, spheres: Sequence[Sphere], options: SphereOptions, folder: Path
) -> tuple[SpherePlan, AnimationTarget]:
    """The same for an animation; and what becomes of its frames. Raises as ``plan_still``."""
    need_output(Path(options.output))
    first, last = range_of(scene, options.first, options.last)
    for pattern in filter(None, (options.output, options.render)):
        frame_path(pattern, first)
    job, layer, passes = _job(scene, spheres, options, folder)
    hold = hold_of(scene.render.fps / scene.render.fps_base, options.rate)
    job = replace(job, first=first, last=last, boil=options.boil, hold=hold)
    numbers = range(first, last + 1)
    target = AnimationTarget(scene.name, options.output, numbers)
    if not layer:
        return SpherePlan(job, numbers=numbers), target
    check_renderable(scene, MOTION)
    film = film_of(scene, Path(state_folder(options.output)) / "renders", CHANGES)
    camera = () if _moves(scene) else _camera(scene, scene.view_layers[layer])
    planned = SpherePlan(replace(job, guides=film.content, camera=camera), layer, passes, film, numbers)
    return planned, target if options.keep else replace(target, film=film)


def prepare(
    scene: Any,
    spheres: Sequence[Sphere],
    options: SphereOptions,
    folder: Path,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[SphereJob, RenderTarget | AnimationTarget]:
    """Plan and, if need be, render, while Blender waits; the job and what becomes of its files.

    An animation, where the output has a place for a frame's number. report: as of ``render_film``. Raises
    JobError for anything that the artist has to change first.
    """
    target: RenderTarget | AnimationTarget = RenderTarget()
    if "#" in Path(options.output).name:
        planned, target = plan_film(scene, spheres, options, folder)
    else:
        planned = plan_still(scene, spheres, options, folder)
    render_planned(scene, planned, report)
    return planned.job, target


def render_planned(scene: Any, planned: SpherePlan, report: Callable[[str], None] = lambda _: None) -> None:
    """Render what a plan needs, while Blender waits. Raises as ``render_still`` and ``render_film``."""
    if not planned.layer:
        return
    layer = scene.view_layers[planned.layer]
    if planned.film is None:
        render_still(scene, layer, planned.passes, Path(planned.job.guides), CHANGES)
    else:
        render_film(scene, layer, planned.passes, planned.film, planned.numbers, report)


def passes_of(weights: Sequence[tuple[str, float]], masks: Sequence[Mask]) -> tuple[str, ...]:
    """The passes that guides and masks need, by names as of ``switches``."""
    guides = [OF_GUIDE[guide] for guide, weight in weights if guide in OF_GUIDE and weight > 0]
    mattes = [OF_MASK[mask.kind] for mask in masks if mask.kind in OF_MASK]
    return tuple(dict.fromkeys([*_FORM, *guides, *mattes]))


def _job(
    scene: Any, spheres: Sequence[Sphere], options: SphereOptions, folder: Path
) -> tuple[SphereJob, str, tuple[str, ...]]:
    """A job whose renders and camera are yet to be named, if there are none; the view layer and passes of
    these, empty if there are."""
    layer = None if options.render else view_layer_of(scene, options.view_layer)
    known = [_with_members(sphere, layer or scene.view_layers[0]) for sphere in spheres]
    masks = [sphere.region for sphere in known if sphere.mask]
    passes = passes_of(options.weights, masks)
    if layer is not None:
        check_renderable(scene, passes)
        need_aovs(scene, layer, [mask.name for mask in masks if mask.kind == "aov"])
    try:
        view = view_file(scene, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    job = SphereJob(
        spheres=tuple(known),
        guides=options.render or str(folder / "render.exr"),
        output=options.output,
        height=_beside(options.output, "height", any(sphere.height for sphere in known)),
        roughness=_beside(options.output, "roughness", any(sphere.roughness for sphere in known)),
        method=options.method,
        weights=options.weights,
        tolerance=options.tolerance,
        scale=options.scale,
        view_layer=options.view_layer if layer is None else layer.name,
        view=view,
        harmony=options.harmony,
        seed=options.seed,
        device=options.device,
        preview=str(folder / "preview.png"),
    )
    return job, "" if layer is None else layer.name, () if layer is None else passes


def _with_members(sphere: Sphere, layer: Any) -> Sphere:
    """A sphere, and what it means by the name of what it is for."""
    kind, _, name = sphere.mask.partition(":")
    return replace(sphere, members=members(kind, name, layer))


def _beside(output: str, channel: str, wanted: bool) -> str:
    """Where a further channel goes: "height_" before the output's name."""
    path = Path(output)
    suffix = path.suffix if path.suffix.lower() in _DEEP else ".png"
    return str(path.with_name(f"{channel}_{path.stem}{suffix}")) if wanted else ""


_DEEP = (".png", ".tif", ".tiff", ".exr")  # that hold more than 8 bits


def _camera(scene: Any, layer: Any) -> tuple[float, ...]:
    """The rotation from the world to the camera, row by row, as ``SphereJob.camera``."""
    layer.update()
    camera = scene.camera.evaluated_get(layer.depsgraph)
    rotation = camera.matrix_world.to_quaternion().to_matrix().transposed()
    return tuple(number for row in rotation for number in row)


def _moves(scene: Any) -> bool:
    """Whether the camera may be turned from frame to frame; nothing is evaluated, so that it may be still."""
    if any(marker.camera is not None for marker in scene.timeline_markers):
        return True
    one = scene.camera
    while one is not None:
        held = one.parent is not None and one.parent_type != "OBJECT"
        if held or one.constraints or one.animation_data is not None or one.rigid_body is not None:
            return True
        one = one.parent
    return False
