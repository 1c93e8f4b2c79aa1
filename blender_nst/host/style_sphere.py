"""A plain ball in the light of a scene, to be painted over.

It is rendered in a temporary scene, which has the artist's lamps, world and settings, and nothing else of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bmesh
import bpy
from mathutils import Matrix, Vector

from ...core.protocol import JobError, Remedy
from ..compat import set_material_uses_nodes
from .lamps import Lamp, lamps_of, shown_objects
from .render_result import result_slot, save_seen
from .rendering import WITHOUT_PASSES, render_still, view_layer_of
from .window_render import WindowRender, start_render

RADIUS = 0.48
"""Of the ball, in a picture that is 1 wide."""
PASSES = (
    "combined",
    "z",
    "normal",
    "position",
    "diffuse_direct",
    "diffuse_indirect",
    "diffuse_color",
    "glossy_direct",
    "glossy_indirect",
    "glossy_color",
    "ambient_occlusion",
    "object_index",
)
CLAY = (0.5, 0.5, 0.5)
"""Linear base colour: of light that is neither too dark nor burnt out, there is some to paint with."""
_MARK = "nst_temporary"
_TEMPORARY = ("scenes", "objects", "meshes", "cameras", "materials")
_SAMPLES = (16, 64)  # fewer are noise that would be painted over, more take minutes
_SEGMENTS = 128  # around the ball: its outline is off by less than a fifth of a pixel at 1024
_OFF = ("use_border", "use_motion_blur", "use_freestyle", "use_stamp", "use_simplify")
_FROM_THE_FRONT = Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0)))


@dataclass(frozen=True)
class BallFiles:
    """What is written. guides: a multilayer EXR file with ``PASSES``. seen: a PNG as the screen shows it."""

    guides: Path
    seen: Path


@dataclass(frozen=True)
class Place:
    """Where a ball is. view: turns what one sees (x right, y up, z towards the viewer) into the world."""

    centre: Vector
    radius: float
    view: Matrix


def check_light(scene: Any) -> None:
    """Raise JobError ("passes_unsupported") where the scene's renderer knows no lamps."""
    if scene.render.engine in WITHOUT_PASSES:
        raise JobError(
            "passes_unsupported",
            "Workbench knows neither lamps nor the world, so that no sphere can be lit as the scene is. "
            "Choose Cycles or EEVEE, or take a matcap as the sphere.",
            Remedy.CHANGE_SETTING,
        )


def place_of(scene: Any, layer: Any, lamps: list[Lamp]) -> Place:
    """Where a ball stands for the scene: instead of the active object, or amid what is selected or shown.

    It is as large as that, unless a lamp would be in it or close to it. It is seen along the camera's
    direction, or from the front where there is no camera.
    """
    view = scene.camera.matrix_world.to_quaternion().to_matrix() if scene.camera else _FROM_THE_FRONT.copy()
    corners = [obj.matrix_world @ Vector(at) for obj in _subjects(layer) for at in obj.bound_box]
    if not corners:
        corners = [scene.cursor.location + Vector((way, way, way)) for way in (-1, 1)]
    low, high = (Vector(each(at[axis] for at in corners) for axis in range(3)) for each in (min, max))
    centre = (low + high) / 2
    near = [(lamp.place - centre).length / 2 for lamp in lamps if lamp.object.data.type != "SUN"]
    radius = min([max(high - low) / 2 or 1.0, *(distance for distance in near if distance > 0)])
    return Place(centre, radius, view)


def render_ball(scene: Any, files: BallFiles, size: int, material: Any = None) -> None:
    """Render a ball of clay, or of a material, in the light of a scene. Blender waits until it is done.

    size: of the square picture in pixels. Raises JobError: "passes_unsupported", "render_failed"; OSError
    when a folder takes no file.
    """
    with _cleaned():
        studio = make_studio(scene, size, material)
        render_still(studio, studio.view_layers[0], PASSES, files.guides)
        save_seen(studio, files.seen)


class WindowBall:
    """The same on its way, while Blender goes on. Main thread only, but for what Blender calls at its end."""

    def __init__(
        self,
        scene: Any,
        files: BallFiles,
        size: int,
        material: Any = None,
        start: Callable[[Any], None] | None = None,
    ) -> None:
        """Begin. Raises JobError as ``render_ball``, and "render_busy"."""
        self._files = files
        with _cleaned(only_on_error=True):
            studio = make_studio(scene, size, material)
            self._name = studio.name
            layer = studio.view_layers[0]
            self._render = WindowRender(studio, layer, PASSES, files.guides, start or _start_unseen)
            self._slot = result_slot()

    @property
    def stage(self) -> str:
        """What goes on."""
        return self._render.stage

    def ready(self) -> bool:
        """Whether the files are there. Raises JobCancelled if it was stopped, JobError ("render_failed")."""
        with _cleaned(only_on_error=True):
            if not self._render.ready():
                return False
        with _cleaned():
            save_seen(bpy.data.scenes[self._name], self._files.seen, self._slot)
        return True

    def cancel(self) -> None:
        """Blender renders to the end, as long as nobody presses Esc."""

    def undone(self) -> None:
        """What an artist did meanwhile, and undoes later, brings back the temporary scene."""

    def close(self) -> None:
        """Leave nothing behind."""
        with _cleaned():
            self._render.close()


def remove_temporary() -> None:
    """Remove whatever of this module's is in the file, as an undo or a file saved too early may have it."""
    for kind in _TEMPORARY:
        blocks = getattr(bpy.data, kind)
        for block in [block for block in blocks if _MARK in block]:
            blocks.remove(block)


def make_studio(scene: Any, size: int, material: Any = None) -> Any:
    """A temporary scene with a ball of clay, or of a material, in the light of a scene.

    ``remove_temporary`` takes it away. Raises JobError as ``check_light``.
    """
    check_light(scene)
    layer = view_layer_of(scene, "")
    subject = next(iter(_subjects(layer)), None)
    lamps = lamps_of(scene, layer, subject)
    place = place_of(scene, layer, lamps)
    studio = _marked(scene.copy())
    studio.name = "NST Sphere"
    _empty(studio)
    _set_up(studio, size)
    collection = studio.collection
    for lamp in lamps:
        if lamp.matrix is None and not lamp.is_linked:
            collection.objects.link(lamp.object)
        else:  # an object of its own, as the ball is named by no light linking
            stand_in = _marked(bpy.data.objects.new("NST Lamp", lamp.object.data))
            stand_in.matrix_world = lamp.matrix or lamp.object.matrix_world
            collection.objects.link(stand_in)
    ball = _marked(bpy.data.objects.new("NST Ball", _ball_mesh(material or _clay())))
    ball.matrix_world = Matrix.LocRotScale(place.centre, None, Vector([place.radius] * 3))
    if subject is not None:
        ball.pass_index = subject.pass_index
    collection.objects.link(ball)
    studio.camera = _camera(place)
    collection.objects.link(studio.camera)
    return studio


def _subjects(layer: Any) -> list[Any]:
    """What the ball stands for: the active object, or what is selected, or all that has a form."""
    shown = [obj for obj in shown_objects(layer) if obj.type in _FORMS]
    active = layer.objects.active
    if active in shown:
        return [active]
    selected = [obj for obj in shown if obj.select_get(view_layer=layer)]
    return selected or shown


_FORMS = ("MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME")


def _empty(studio: Any) -> None:
    """Take everything out that a scene shows, and what changes it from frame to frame."""
    studio.animation_data_clear()
    studio.background_set = None
    for marker in list(studio.timeline_markers):  # they choose cameras
        studio.timeline_markers.remove(marker)
    for child in list(studio.collection.children):
        studio.collection.children.unlink(child)
    for obj in list(studio.collection.objects):
        studio.collection.objects.unlink(obj)
    before = list(studio.view_layers)
    studio.view_layers.new("View Layer")  # without overrides
    for layer in before:
        studio.view_layers.remove(layer)


def _set_up(studio: Any, size: int) -> None:
    render = studio.render
    for name in _OFF:
        setattr(render, name, False)
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage, render.pixel_aspect_x, render.pixel_aspect_y = 100, 1.0, 1.0
    render.film_transparent = True
    render.dither_intensity = 0.0
    render.image_settings.exr_codec = "ZIP"
    if hasattr(studio, "cycles"):
        low, high = _SAMPLES
        studio.cycles.samples = min(max(studio.cycles.samples, low), high)


def _ball_mesh(material: Any) -> Any:
    """A smooth ball of radius 1, upright, with a UV map."""
    mesh = _marked(bpy.data.meshes.new("NST Ball"))
    form = bmesh.new()
    try:
        form.loops.layers.uv.new("UVMap")
        bmesh.ops.create_uvsphere(
            form, u_segments=_SEGMENTS, v_segments=_SEGMENTS // 2, radius=1.0, calc_uvs=True
        )
        for face in form.faces:
            face.smooth = True
        form.to_mesh(mesh)
    finally:
        form.free()
    mesh.materials.append(material)
    return mesh


def _clay() -> Any:
    material = _marked(bpy.data.materials.new("NST Clay"))
    set_material_uses_nodes(material, True)
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*CLAY, 1.0)
    shader.inputs["Roughness"].default_value = 0.4
    return material


def _camera(place: Place) -> Any:
    data = _marked(bpy.data.cameras.new("NST Camera"))
    data.type, data.ortho_scale = "ORTHO", place.radius / RADIUS
    data.clip_start, data.clip_end = place.radius, 5 * place.radius
    camera = _marked(bpy.data.objects.new("NST Camera", data))
    back = place.view @ Vector((0.0, 0.0, 3 * place.radius))
    camera.matrix_world = Matrix.LocRotScale(place.centre + back, place.view, None)
    return camera


def _marked(block: Any) -> Any:
    block[_MARK] = True
    return block


@contextlib.contextmanager
def _cleaned(only_on_error: bool = False) -> Iterator[None]:
    """Remove what is temporary in the end."""
    done = False
    try:
        yield
        done = True
    finally:
        if not (done and only_on_error):
            remove_temporary()


def _start_unseen(scene: Any) -> None:
    """``start_render`` without the window that Blender opens for renders."""
    preferences = bpy.context.preferences
    before, unsaved = preferences.view.render_display_type, preferences.is_dirty
    preferences.view.render_display_type = "NONE"
    try:
        start_render(scene)
    finally:
        preferences.view.render_display_type, preferences.is_dirty = before, unsaved
