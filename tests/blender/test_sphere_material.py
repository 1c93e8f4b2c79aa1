"""The node group that shows a painted sphere on a surface, rendered by Cycles."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Vector
from numpy.typing import NDArray

from nst.blender_nst.host.materials import REST_MARK, has_style, remove_style, strength_sockets
from nst.blender_nst.host.sameness import same_material
from nst.blender_nst.host.shading import color_sockets, style_nodes
from nst.blender_nst.host.sphere_material import sphere_group
from nst.blender_nst.host.sphere_wearing import (
    follow_lamp,
    guess_painted_light,
    place_ball,
    set_painted_light,
    sphere_nodes,
    wear_sphere,
)
from nst.core.protocol import JobError
from nst.tests.blender.builders import data_blocks, fingerprint, give_material, principled, render

SIZE = 48
TOWARDS = np.array([-0.6, 0.48, 0.64])  # right, up, to the viewer


def chart(size: int = 96, name: str = "Chart") -> Any:
    """An image whose red is its x and whose green is its y, as plain numbers."""
    image = bpy.data.images.new(name, size, size, float_buffer=True, is_data=True)
    pixels = np.ones((size, size, 4), dtype=np.float32)
    pixels[..., 1], pixels[..., 0] = (np.mgrid[:size, :size] + 0.5) / size
    pixels[..., 2] = 0.0
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    return image


def front_camera(width: float) -> None:
    """An orthographic camera that looks along y."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0.0, -5.0, 0.0), (np.pi / 2, 0.0, 0.0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", width
    bpy.context.scene.camera = camera


def ball() -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=96, ring_count=48)
    bpy.ops.object.shade_smooth()
    return bpy.context.active_object


def wall() -> Any:
    """A plane that faces left, up and to the viewer."""
    bpy.ops.mesh.primitive_plane_add(size=20)
    bpy.context.active_object.rotation_euler = (np.pi / 2 - 0.3, 0.0, -0.4)
    bpy.context.view_layer.update()
    return bpy.context.active_object


def picture(obj: Any) -> NDArray[np.float32]:
    """(H, W, 2): where in the chart a render's pixels are from, top row last."""
    return render(obj, SIZE, 16)[..., :2]


def places(size: int = SIZE) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(H, W, 2) places of a picture's pixels in it, and which lie well on the ball that fills it."""
    places = np.stack(((np.mgrid[:size, :size] + 0.5) / size)[::-1], axis=-1)
    return places, np.hypot(*(2 * places - 1).transpose(2, 0, 1)) < 0.93


def test_a_ball_looks_as_it_is_painted(scene: Any) -> None:
    obj = ball()
    (node,) = wear_sphere(obj, sphere_group(chart()))
    node.inputs["Stroke Texture"].default_value = 0.0
    front_camera(2.0)
    expected, inside = places()
    assert np.abs(picture(obj) - expected)[inside].max() < 0.02
    obj.rotation_euler = (0.7, -0.4, 2.0)
    obj.scale = (3.0, 3.0, 3.0)
    bpy.context.scene.camera.data.ortho_scale = 6.0
    assert np.abs(picture(obj) - expected)[inside].max() < 0.02
    obj.scale = (1.0, 1.0, 1.0)
    obj.location = (0.7, 0.0, 0.6)  # off the axis of a lens, a ball still shows all of its half
    bpy.context.scene.camera.data.type = "PERSP"
    found = picture(obj)
    red = found[..., 0][found[..., 0] > 0]
    assert red.min() < 0.05
    assert red.max() > 0.95


def test_pieces_are_copied_as_they_are(scene: Any) -> None:
    """A flat face shows one point of the sphere plainly, and with strokes the painting in its own scale."""
    obj = wall()
    (node,) = wear_sphere(obj, sphere_group(chart()))
    node.inputs["Paint Scale"].default_value, node.inputs["Piece Size"].default_value = 1.0, 0.4
    front_camera(2.0)
    node.inputs["Stroke Texture"].default_value = 0.0
    plain = picture(obj)
    assert np.ptp(plain, axis=(0, 1)).max() < 0.01
    assert plain[0, 0, 0] < 0.45  # it faces left
    assert plain[0, 0, 1] > 0.55
    node.inputs["Stroke Texture"].default_value = 1.0
    pieces = picture(obj)
    step = 2.0 / SIZE * 0.5  # a pixel is so long in metres, and a metre half an image
    across, up = np.diff(pieces[..., 0], axis=1), np.diff(pieces[..., 1], axis=0)
    for steps in (across, up):
        assert np.mean(np.abs(steps - step) < 0.2 * step) > 0.35  # of a plain look-up none
    assert np.abs(pieces - plain).max() < 0.35  # no farther away than a piece is large


def test_shading_follows_the_lamp(scene: Any) -> None:
    obj = ball()
    (node,) = wear_sphere(obj, sphere_group(chart()))
    node.inputs["Stroke Texture"].default_value = 0.0
    set_painted_light(node, (0.0, 0.0, 1.0))
    front_camera(2.0)
    lamp = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    bpy.context.collection.objects.link(lamp)
    right, up, out = TOWARDS
    direction = (right, -out, up)
    lamp.rotation_euler = Vector(direction).to_track_quat("Z", "Y").to_euler()
    follow_lamp(node, lamp)
    bpy.context.view_layer.update()
    row, column = (int(SIZE / 2 * (1 + part)) for part in (up, right))
    assert np.abs(picture(obj)[row, column] - 0.5).max() < 0.03  # what was painted in the light's middle
    lamp.data.type = "POINT"
    lamp.location = obj.location + 3 * Vector(direction)
    lamp.rotation_euler = (0.0, 0.0, 0.0)
    follow_lamp(node, lamp)
    bpy.context.view_layer.update()
    assert np.abs(picture(obj)[row, column] - 0.5).max() < 0.03
    drivers = node.id_data.animation_data.drivers
    assert all(each.driver.type == "SUM" and each.driver.is_valid for each in drivers)
    follow_lamp(node, None)
    assert not len(drivers)
    expected, inside = places()
    assert np.abs(picture(obj) - expected)[inside].max() < 0.02


def test_the_light_of_a_painting_is_guessed(scene: Any) -> None:
    image = bpy.data.images.new("Lit", 60, 40)
    pixels = np.zeros((40, 60, 4), dtype=np.float32)
    rows, columns = np.mgrid[:40, :60] + 0.5
    right, up = (columns - 25) / 15, (rows - 22) / 15
    inside = right**2 + up**2 < 1
    out = np.sqrt(np.clip(1 - right**2 - up**2, 0, 1))
    light = np.array([0.36, -0.48, 0.8])
    shade = 0.45 + 0.4 * (right * light[0] + up * light[1] + out * light[2])
    pixels[inside] = np.stack([shade, shade, shade, np.ones_like(shade)], axis=-1)[inside]
    image.pixels.foreach_set(pixels.ravel())
    assert np.abs(np.array(guess_painted_light(image, (25, 18, 15))) - light).max() < 0.03
    empty = bpy.data.images.new("Empty", 8, 8)
    assert guess_painted_light(empty) == (0.0, 0.0, 1.0)


def test_the_ball_may_lie_anywhere_in_the_image(scene: Any) -> None:
    obj = ball()
    (node,) = wear_sphere(obj, sphere_group(chart(100)))
    node.inputs["Stroke Texture"].default_value = 0.0
    place_ball(node, (30, 40, 20), (100, 100))
    front_camera(2.0)
    middle = picture(obj)[SIZE // 2 - 1 : SIZE // 2 + 1, SIZE // 2 - 1 : SIZE // 2 + 1].mean((0, 1))
    np.testing.assert_allclose(middle, (0.3, 0.6), atol=0.01)


@pytest.mark.parametrize("relief", [False, True])
def test_off_again_without_a_trace(monkey: Any, relief: bool) -> None:
    material = give_material(monkey)
    before, blocks, marks = fingerprint(material), data_blocks(), dict(monkey.items())
    kept = material.copy()
    original = render(monkey)
    images = (chart(), *((chart(8, "Height"), chart(8, "Rough")) if relief else ()))
    (node,) = wear_sphere(monkey, sphere_group(*images))
    assert has_style(monkey)
    assert sphere_nodes(monkey) == [node]
    assert {"Color", "Alpha", "Surface"} <= set(node.outputs.keys())
    assert ("Height" in node.outputs) == ("Roughness" in node.outputs) == relief
    assert color_sockets(material) == [principled(material).inputs["Base Color"]]
    assert np.abs(render(monkey) - original).max() > 0.1
    ((_, strength),) = strength_sockets(monkey)
    strength.default_value = 0.0
    np.testing.assert_allclose(render(monkey), original, atol=1e-4)
    follow_lamp(node, next(obj for obj in bpy.data.objects if obj.type == "LIGHT"))
    wear_sphere(monkey, sphere_group(images[0]))  # again, over the first
    assert len(sphere_nodes(monkey)) == 1
    assert remove_style(monkey) == 1
    assert fingerprint(material) == before
    assert same_material(material, kept)
    assert dict(monkey.items()) == marks
    bpy.data.materials.remove(kept)
    for image in images:  # the artist's own, which stay
        bpy.data.images.remove(image)
    assert {kind: count for kind, count in data_blocks().items() if kind in ("materials", "node_groups")} == {
        kind: count for kind, count in blocks.items() if kind in ("materials", "node_groups")
    }
    assert bpy.data.images.keys() == ["Render Result"]


def test_one_slot_of_a_shared_material_that_is_deformed(monkey: Any) -> None:
    material = give_material(monkey)
    monkey.data.materials.append(None)
    bpy.ops.object.duplicate(linked=False)
    other = bpy.context.active_object
    monkey.modifiers.new("Bend", "SIMPLE_DEFORM")
    wear_sphere(monkey, sphere_group(chart()), slots=[1])
    assert monkey.add_rest_position_attribute
    assert monkey[REST_MARK]
    assert [bool(slot.material and "NST" in slot.material.name) for slot in monkey.material_slots][1]
    wear_sphere(monkey, sphere_group(chart()), slots=[0])
    assert len(sphere_nodes(monkey)) == 2
    assert not has_style(other)
    assert other.material_slots[0].material == material
    remove_style(monkey)
    assert [slot.material for slot in monkey.material_slots] == [material, None]
    assert not monkey.add_rest_position_attribute


def test_a_sphere_for_one_material_stays_on_its_copy(addon: Any, monkey: Any) -> None:
    material = give_material(monkey)
    monkey.data.materials.append(bpy.data.materials.new("Eyes"))
    bpy.ops.object.duplicate(linked=False)  # so that both materials are shared
    sphere = bpy.context.scene.nst_sphere.add("Skin", chart())
    sphere.scope, sphere.material = "material", material
    obj = bpy.context.active_object
    for _ in range(2):
        assert bpy.ops.nst.sphere_material() == {"FINISHED"}
        assert [bool(style_nodes(slot.material)) for slot in obj.material_slots] == [True, False]


def test_a_material_without_an_output(monkey: Any) -> None:
    material = give_material(monkey)
    material.node_tree.nodes.clear()
    blocks = data_blocks()
    with pytest.raises(JobError, match="no output") as caught:
        wear_sphere(monkey, bpy.data.node_groups.new("Any", "ShaderNodeTree"))
    assert caught.value.code == "material_unsupported"
    assert data_blocks()["materials"] == blocks["materials"]
