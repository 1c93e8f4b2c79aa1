"""Painted spheres by the graphics card: pixels where Blender without a window can draw, else the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import gpu
import numpy as np
import pytest
from mathutils import Matrix
from numpy.typing import NDArray

from nst.blender_nst.host.sphere_facts import Look, View
from nst.blender_nst.host.sphere_gpu import SpherePainter
from nst.blender_nst.sphere_view import SphereView
from nst.core.protocol import JobError
from nst.tests.blender.test_sphere_material import ball, chart, places, wall

SIZE = 64
draws = pytest.mark.skipif(not hasattr(gpu, "init"), reason="this Blender draws in a window alone")


class NoPlatform:
    """Blender's module where there is no graphics card, whatever an earlier test has set up."""

    @staticmethod
    def backend_type_get() -> str:
        raise SystemError("GPU functions for drawing are not available in background mode")


def test_without_a_graphics_card_the_button_says_so(
    addon: Any, monkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "platform", NoPlatform)
    with pytest.raises(RuntimeError, match="graphics card") as caught:
        bpy.ops.nst.sphere_live(image="Any")
    assert "window" in str(caught.value)
    assert not addon.session.sphere.on
    with pytest.raises(JobError, match="put the sphere on as a material"):
        SphereView(list[str]().append).start({monkey: Look("Any")})


@pytest.fixture
def graphics() -> None:
    gpu.init()


def front(width: float) -> View:
    """Orthographic, along y, so wide."""
    to_camera = Matrix.Rotation(-np.pi / 2, 4, "X")
    projection = Matrix.Diagonal((2 / width, 2 / width, -0.1, 1.0))
    return View(to_camera, projection, (SIZE, SIZE))


def lens(distance: float, half: float) -> View:
    """Perspective, along y from so far away, a width of 2 * half at the world's origin."""
    to_camera = Matrix.Translation((0.0, 0.0, -distance)) @ Matrix.Rotation(-np.pi / 2, 4, "X")
    scale = distance / half
    projection = Matrix(((scale, 0, 0, 0), (0, scale, 0, 0), (0, 0, -1.002, -0.2002), (0, 0, -1, 0)))
    return View(to_camera, projection, (SIZE, SIZE))


def drawn(view: View, objects: Mapping[Any, Look]) -> NDArray[np.float32]:
    """(SIZE, SIZE, 4) linear pixels over nothing, top row last."""
    screen = gpu.types.GPUOffScreen(SIZE, SIZE, format="RGBA32F")
    with screen.bind():
        buffer = gpu.state.active_framebuffer_get()
        buffer.clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
        SpherePainter().draw(view, objects, bpy.context.evaluated_depsgraph_get())
        pixels = buffer.read_color(0, 0, SIZE, SIZE, 4, 0, "FLOAT")
    screen.free()
    found = np.array(pixels.to_list(), dtype=np.float32).reshape(SIZE, SIZE, 4)
    shown = found[..., :3] ** (1 / 2.2)  # as Blender merges overlays, into sRGB
    found[..., :3] = np.where(shown < 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return found


@draws
@pytest.mark.parametrize("turned", [(0.0, 0.0, 0.0), (0.7, -0.4, 2.0)])
def test_a_ball_looks_as_it_is_painted(scene: Any, graphics: None, turned: tuple[float, ...]) -> None:
    obj = ball()
    obj.rotation_euler = turned
    image = chart()
    expected, inside = places(SIZE)
    found = drawn(front(2.0), {obj: Look(image.name)})
    assert np.abs(found[..., :2] - expected)[inside].max() < 0.01
    assert (found[inside][:, 3] == 1).all()
    assert (found[:2, :2] == 0).all()
    obj.scale = (-2.0, 2.0, 2.0)  # mirrored
    assert np.abs(drawn(front(4.0), {obj: Look(image.name)})[..., :2] - expected)[inside].max() < 0.01


@draws
def test_a_flat_face_is_made_of_pieces(scene: Any, graphics: None) -> None:
    obj, image = wall(), chart()
    look = Look(image.name, stroke=1.0, pieces=0.5, tolerance=0.0)
    plain = drawn(front(2.0), {obj: look})[..., :2]
    assert np.ptp(plain, axis=(0, 1)).max() < 0.01
    for view in (front(2.0), lens(5.0, 1.0)):
        found = drawn(view, {obj: Look(image.name, stroke=1.0, pieces=0.5)})[..., :2]
        step = 2.0 / SIZE * 0.5
        for steps in (np.diff(found[..., 0], axis=1), np.diff(found[..., 1], axis=0)):
            assert np.mean(np.abs(steps - step) < 0.3 * step) > 0.7
        assert np.abs(found - plain).max() < 0.2  # as far as the tolerance lets them


@draws
def test_a_ball_off_the_axis_of_a_lens_shows_all_of_its_half(scene: Any, graphics: None) -> None:
    obj, image = ball(), chart()
    obj.location = (0.8, 0.0, 0.6)
    found = drawn(lens(6.0, 2.2), {obj: Look(image.name)})
    red = found[..., 0][found[..., 3] > 0]
    assert red.min() < 0.1
    assert red.max() > 0.9


@draws
def test_shading_follows_the_lamp(scene: Any, graphics: None) -> None:
    obj, image = ball(), chart()
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    bpy.context.collection.objects.link(lamp)
    lamp.location = (-1.8, -1.92, 1.44)  # right, up and to the viewer: (-0.6, 0.48, 0.64)
    look = Look(image.name, lamp=lamp.name, painted_light=(0.0, 0.0, 1.0), tolerance=0.0)
    row, column = (int(SIZE / 2 * (1 + part)) for part in (0.48, -0.6))
    assert np.abs(drawn(front(2.0), {obj: look})[row, column, :2] - 0.5).max() < 0.03


@draws
def test_what_is_nearer_hides_what_is_behind_in_another_look(scene: Any, graphics: None) -> None:
    far, near = ball(), ball()
    near.scale, near.location = (0.5, 0.5, 0.5), (0.0, -3.0, 0.0)
    image = chart()
    blue = bpy.data.images.new("Blue", 8, 8, alpha=True)
    blue.pixels.foreach_set(np.tile(np.array((0.0, 0.0, 1.0, 0.5), np.float32), 64))
    blue.update()
    for objects in (
        {far: Look(image.name), near: Look(blue.name)},
        {near: Look(blue.name), far: Look(image.name)},
    ):
        found = drawn(front(2.0), objects)
        middle = found[SIZE // 2, SIZE // 2]
        assert middle[3] == pytest.approx(0.5, abs=0.01)  # and what is hidden does not show through it
        assert middle[0] < 0.01
        assert found[SIZE // 2, SIZE // 8, 3] == 1


@draws
def test_painting_is_seen_at_once_and_shapes_when_they_are_said_to_change(scene: Any, graphics: None) -> None:
    obj, image = ball(), chart()
    look = Look(image.name)
    assert drawn(front(2.0), {obj: look})[SIZE // 2, SIZE // 2, 2] < 0.01
    image.pixels.foreach_set(np.ones(len(image.pixels), np.float32))
    image.update()
    assert drawn(front(2.0), {obj: look})[SIZE // 2, SIZE // 2, 2] > 0.99
    with pytest.raises(JobError, match="not in this file") as caught:
        drawn(front(2.0), {obj: Look("None")})
    assert caught.value.code == "image_missing"


@draws
def test_starting_and_stopping_leaves_no_handlers(scene: Any, graphics: None) -> None:
    obj, image = ball(), chart()
    handlers = (bpy.app.handlers.depsgraph_update_post, bpy.app.handlers.frame_change_post)
    before = [list(each) for each in handlers]
    said: list[str] = []
    view = SphereView(said.append)
    with pytest.raises(JobError, match="Select the objects"):
        view.start({})
    with pytest.raises(JobError, match="Choose the image"):
        view.start({obj: Look("None")})
    assert not view.on
    view.start({obj: Look(image.name)})
    view.start({obj: Look(image.name, tolerance=0.5)})  # again, in its place
    assert view.looks == {obj.name: Look(image.name, tolerance=0.5)}
    view.exchange("None", "Other", (1.0, 2.0, 3.0))
    assert view.looks == {obj.name: Look(image.name, tolerance=0.5)}
    view.exchange(image.name, "Other", (1.0, 2.0, 3.0))
    assert view.looks == {obj.name: Look("Other", (1.0, 2.0, 3.0), tolerance=0.5)}
    bpy.context.scene.frame_set(2)
    obj.data.vertices[0].co.z += 1
    obj.data.update()
    bpy.context.view_layer.update()
    view.stop()
    view.stop()
    assert not view.on
    assert [list(each) for each in handlers] == before
    assert not said


@draws
def test_another_file_ends_it_and_undo_does_not(addon: Any, graphics: None) -> None:
    obj, image = ball(), chart()
    sphere = addon.session.sphere
    obj.select_set(True)
    assert bpy.ops.nst.sphere_live(image=image.name) == {"FINISHED"}
    assert sphere.on
    addon.session.undone()
    assert [*sphere.looks] == [obj.name]
    bpy.ops.wm.read_homefile(use_empty=True)
    assert not sphere.on
    bpy.context.view_layer.update()
    (obj, image) = (ball(), chart())
    obj.select_set(True)
    assert bpy.ops.nst.sphere_live(image=image.name) == {"FINISHED"}
    assert bpy.ops.nst.sphere_live() == {"FINISHED"}  # off again
    assert not sphere.on
