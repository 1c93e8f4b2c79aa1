"""Whether a job can be started now, and if not, why. Cheap: it runs on every redraw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.protocol import JobError, Remedy
from .animation import range_of
from .engine.locate import find_python, need_python
from .host.cameras import check_projection
from .host.filming import MOTION
from .host.movie import check_movie
from .host.render_result import check_result
from .host.rendering import check_renderable, passes_of, view_layer_of
from .host.stereo import film_stereo_of, stereo_of
from .host.tile_material import can_have_material
from .host.world import check_world
from .needed import passes_needed
from .picture import need_finished_eyes
from .preferences import get_preferences
from .results import check_editable
from .saving import save_to_of, saving_folder
from .session import get_session
from .shot import need_numbered, output_of, whole_path
from .sphere_cutout import check_cutting
from .sphere_result import check_shot, check_still
from .spheres import need_image
from .still import still_file
from .tile import exemplar_of


def engine_python(context: Any) -> Path:
    """The engine's Python. Raises JobError ("engine_missing")."""
    preferences = get_preferences(context)
    return need_python(find_python(preferred=preferences.engine_python() if preferences is not None else ""))


def object_problem(obj: Any) -> JobError | None:
    """What keeps an object from being stylized, as far as it can be seen without evaluating it."""
    if obj is None:
        return JobError("no_object", "Select the mesh that is to be painted.", Remedy.CHOOSE_MESH)
    if obj.type != "MESH":
        return JobError("not_a_mesh", f"'{obj.name}' is not a mesh. Select a mesh.", Remedy.CHOOSE_MESH)
    try:
        check_editable(obj)
    except JobError as error:
        return error
    # Geometry nodes may add faces and UVs: then only the evaluated mesh knows.
    made_by_nodes = any(modifier.type == "NODES" and modifier.show_viewport for modifier in obj.modifiers)
    if not made_by_nodes and obj.mode != "EDIT" and len(obj.data.polygons) == 0:
        return JobError("mesh_empty", f"'{obj.name}' has no faces to paint on.", Remedy.CHOOSE_MESH)
    if not made_by_nodes and len(obj.data.uv_layers) == 0:
        return JobError("mesh_no_uv", "This mesh has no UV map.", Remedy.UNWRAP)
    return None


def painted_objects(context: Any) -> list[Any]:
    """What the Stylize button paints: the active object, and the other meshes that are selected."""
    active = context.active_object
    others = [obj for obj in context.selected_objects if obj.type == "MESH" and obj != active]
    return [active, *others]


def texture_problem(context: Any) -> JobError | None:
    """Why the Stylize button cannot be pressed; None when it can."""
    return objects_problem(context) or painting_problem(context, context.scene) or saving_problem(context)


def sphere_texture_problem(context: Any) -> JobError | None:
    """Why the Paint Texture button cannot be pressed; None when it can."""
    return (
        sphere_problem(context)
        or objects_problem(context)
        or engine_problem(context)
        or saving_problem(context)
    )


def sphere_material_problem(context: Any) -> JobError | None:
    """Why the Live Material button cannot be pressed; None when it can."""
    problem = sphere_problem(context)
    if problem is not None or wearers(context):
        return problem
    for obj in context.selected_objects:
        if obj.type in _SURFACES:
            problem = _raised(check_editable, obj)
            if problem is not None:
                return problem
    return JobError("no_object", "Select an object that takes a material.", Remedy.CHOOSE_MESH)


def wearers(context: Any) -> list[Any]:
    """What the Live Material button paints: what is active or selected, if it has a surface."""
    objects = dict.fromkeys([context.active_object, *context.selected_objects])
    return [obj for obj in objects if can_have_material(obj) and obj.type in _SURFACES]


_SURFACES = ("MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD")


def sphere_problem(context: Any) -> JobError | None:
    """Why nothing can be made to look like the sphere that is chosen in the list; None when it can."""
    try:
        need_image(context.scene.nst_sphere.active_sphere, "picture")
    except JobError as error:
        return error
    return None


def sphere_cut_out_problem(context: Any) -> JobError | None:
    """Why the Cut Out the Ball button cannot be pressed; None when it can."""
    return _raised(check_cutting, context.scene.nst_sphere.active_sphere) or engine_problem(context)


def sphere_render_problem(context: Any) -> JobError | None:
    """Why this frame cannot be painted as spheres are; None when it can."""
    return engine_problem(context) or _raised(check_still, context.scene)


def sphere_animation_problem(context: Any) -> JobError | None:
    """Why the scene's frames cannot be painted as spheres are; None when they can."""
    return engine_problem(context) or _raised(check_shot, context.scene)


def _raised(check: Callable[[Any], None], what: Any) -> JobError | None:
    try:
        check(what)
    except JobError as error:
        return error
    return None


def objects_problem(context: Any) -> JobError | None:
    """Why what is selected cannot be painted; None when it can."""
    active, *others = painted_objects(context)
    problem = object_problem(active)
    if problem is not None:
        return problem
    for obj in others:
        problem = object_problem(obj)
        if problem is not None:  # the remedies are for the active object
            return JobError(
                problem.code,
                f"'{obj.name}' is selected, too, but cannot be painted: {problem.message} "
                "Make it active to put that right, or deselect it.",
            )
    return None


def tile_problem(context: Any) -> JobError | None:
    """Why the Make Material button cannot be pressed; None when it can."""
    problem = engine_problem(context)
    if problem is None and exemplar_of(context.scene.nst) is None:
        return JobError("style_missing", "Choose a picture as the exemplar.", Remedy.CHOOSE_IMAGE)
    return problem or saving_problem(context)


def render_problem(context: Any) -> JobError | None:
    """Why the Stylize Render button cannot be pressed; None when it can."""
    scene = context.scene
    own = scene.nst.render
    problem = painting_problem(context, scene)
    if problem is not None:
        return problem
    try:
        if own.source == "file":
            need_finished_eyes(scene)
        else:
            view_layer_of(scene, own.view_layer)
            check_renderable(scene, passes_of(own.part, (mask.source for mask in own.controls.masks)))
            stereo_of(scene, own.painted_projection)
            check_projection(scene, own.painted_projection)
        if own.file:
            still_file(own.file)
    except JobError as error:
        return error
    return saving_problem(context)


def world_problem(context: Any) -> JobError | None:
    """Why the Stylize World button cannot be pressed; None when it can."""
    scene = context.scene
    problem = painting_problem(context, scene) or _raised(check_world, scene.world)
    return problem or saving_problem(context)


def animation_problem(context: Any) -> JobError | None:
    """Why the Stylize Animation button cannot be pressed; None when it can."""
    scene = context.scene
    own = scene.nst.render
    problem = painting_problem(context, scene)
    if problem is not None:
        return problem
    try:
        range_of(scene)
        if own.source == "file":
            need_finished_eyes(scene)
            need_numbered(own.finished)
        else:
            view_layer_of(scene, own.view_layer)
            check_renderable(scene, MOTION)
            film_stereo_of(scene, own.painted_projection)
            check_projection(scene, own.painted_projection)
        output_of(scene)
        if scene.nst.animation.movie:
            check_movie(whole_path(scene.nst.animation.movie))
    except JobError as error:
        return error
    return None


def automatic_problem(context: Any, scene: Any, moving: bool = False) -> JobError | None:
    """Why what Blender renders of a scene could not be stylized; None when it can.

    moving: whether it is an animation.
    """
    problem = painting_problem(context, scene)
    if problem is not None:
        return problem
    try:
        layer = view_layer_of(scene, scene.nst.render.view_layer)
        if moving:
            range_of(scene)
            need_sharp(scene)
        check_result(scene, layer, passes_needed(scene, moving))
        check_projection(scene, scene.nst.render.painted_projection)
        (film_stereo_of if moving else stereo_of)(scene, scene.nst.render.painted_projection)
    except JobError as error:
        return error
    return None


def need_sharp(scene: Any) -> None:
    """Raise JobError ("motion_blurred") for motion blur, beside which Blender renders no vectors."""
    if scene.render.use_motion_blur:
        raise JobError(
            "motion_blurred",
            "With motion blur Blender does not render what moves where, so that paint could not stick. "
            "Stylize the animation with the button, which renders that apart, or turn Motion Blur off.",
            Remedy.CHANGE_SETTING,
        )


def painting_problem(context: Any, scene: Any) -> JobError | None:
    """Why nothing can be painted in a scene's style; None when it can."""
    problem = engine_problem(context)
    if problem is None and scene.nst.style is None:
        return JobError("style_missing", "Choose a painting as the style.", Remedy.CHOOSE_IMAGE)
    return problem


def engine_problem(context: Any) -> JobError | None:
    """Why no job can be done now; None when one can."""
    if get_session().engine_task is not None:
        return JobError(
            "engine_busy", "The engine is being set up. Wait until that has ended.", Remedy.SETUP_ENGINE
        )
    try:
        engine_python(context)
    except JobError as error:
        return error
    return None


def saving_problem(context: Any) -> JobError | None:
    """Why images cannot be saved where the artist wants them, as far as it can be seen without trying."""
    try:
        saving_folder(save_to_of(context.scene.nst))
    except JobError as error:
        return error
    return None
