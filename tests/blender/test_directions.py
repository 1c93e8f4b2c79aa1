"""Directions for strokes to follow: curves, drawings, hair and attributes, as the engine's mesh has them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.directions import with_directions
from nst.blender_nst.host.meshes import MeshData, read_mesh, save_mesh
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import data_blocks
from nst.tests.blender.driving import choose


@pytest.fixture
def plate(scene: Any) -> Any:
    """A grid from -1 to 1 that faces z."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=8, size=2.0)
    return bpy.context.active_object


def given(obj: Any, guide: Any = None, attribute: str = "") -> tuple[Any, Any]:
    """Corners (F, 3, 3) and their directions."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    name = guide.name if guide is not None else ""
    data = with_directions(read_mesh(obj, depsgraph), obj, depsgraph, name, attribute)
    return corners_of(data), directions_of(data)


def corners_of(data: MeshData) -> Any:
    return np.array(data.vertices).reshape(-1, 3)[np.array(data.faces).reshape(-1, 3)]


def directions_of(data: MeshData) -> Any:
    values, shape = data.attributes["direction"]
    return np.array(values).reshape(shape)


def refusal(obj: Any, guide: Any = None, attribute: str = "") -> JobError:
    with pytest.raises(JobError) as caught:
        given(obj, guide, attribute)
    assert (caught.value.code, caught.value.remedy) == ("direction_missing", Remedy.CHANGE_SETTING)
    return caught.value


def line(*points: tuple[float, float, float], name: str = "Stroke") -> Any:
    """A curve object of straight lines."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions = "3D"
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for place, point in zip(spline.points, points, strict=True):
        place.co = (*point, 1.0)
    obj = bpy.data.objects.new(name, curve)
    bpy.context.collection.objects.link(obj)
    bpy.context.view_layer.update()
    return obj


def assert_along(vectors: Any, axis: tuple[float, float, float]) -> None:
    """Some say something, and they say this."""
    length = np.linalg.norm(vectors, axis=-1)
    assert length.max() <= 1 + 1e-5
    said = length > 0.3
    assert said.any()
    assert np.abs(vectors[said] @ np.array(axis)).min() > 0.99 * length[said].min()


def test_a_curve_is_followed_where_it_lies(plate: Any) -> None:
    corners, directions = given(plate, line((-0.9, 0.1, 0.02), (0.9, 0.1, 0.02)))
    assert_along(directions, (1, 0, 0))
    far = np.abs(corners[..., 1] - 0.1) > 0.3
    assert (directions[far] == 0).all()


def test_a_curves_thickness_does_not_matter(plate: Any) -> None:
    stroke = line((-0.9, 0.1, 0.02), (0.9, 0.1, 0.02))
    before = data_blocks()
    _, thin = given(plate, stroke)
    stroke.data.bevel_depth = 0.05
    _, thick = given(plate, stroke)
    np.testing.assert_allclose(thick, thin, atol=1e-6)
    assert data_blocks() == before


def test_where_object_and_curve_stand_counts(plate: Any) -> None:
    stroke = line((-0.9, 0.1, 0.0), (0.9, 0.1, 0.0))
    for obj in (plate, stroke):
        obj.location = (5.0, 0.0, 1.0)
        obj.rotation_euler = (0.0, 0.0, math.pi / 2)
    bpy.context.view_layer.update()
    _, directions = given(plate, stroke)
    assert_along(directions, (0, 1, 0))


def test_opposite_strokes_do_not_cancel(plate: Any) -> None:
    stroke = line((-0.9, 0.1, 0.0), (0.9, 0.1, 0.0), (-0.9, 0.1, 0.0))
    _, directions = given(plate, stroke)
    assert_along(directions, (1, 0, 0))


def test_hair_curves_of_the_object_are_followed(plate: Any) -> None:
    hair = bpy.data.hair_curves.new("Hair")
    hair.add_curves([3, 3])
    points = [(x, y, 0.02 * step) for x in (-0.5, 0.5) for step, y in enumerate((-0.2, 0.0, 0.2))]
    for place, point in zip(hair.points, points, strict=True):
        place.position = point
    obj = bpy.data.objects.new("Hair", hair)
    bpy.context.collection.objects.link(obj)
    assert "no hair" in refusal(plate).message
    hair.surface = plate
    bpy.context.view_layer.update()
    _, directions = given(plate)
    assert_along(directions, (0, 0.995, 0.0995))


def test_hair_particles_of_the_object_are_followed(plate: Any) -> None:
    plate.modifiers.new("Hair", "PARTICLE_SYSTEM")
    settings = plate.particle_systems[0].settings
    settings.type, settings.count, settings.hair_length = "HAIR", 50, 0.1
    bpy.context.view_layer.update()
    _, directions = given(plate)
    assert_along(directions, (0, 0, 1))  # as it grows; combing is an affair of the window


def test_a_drawing_is_followed(plate: Any) -> None:
    if bpy.app.version < (4, 3, 0):
        pytest.skip("Grease Pencil was another thing then")
    pencils = "grease_pencils_v3" if bpy.app.version < (5, 0, 0) else "grease_pencils"
    pencil = getattr(bpy.data, pencils).new("Drawing")
    drawing = pencil.layers.new("Lines").frames.new(bpy.context.scene.frame_current).drawing
    drawing.add_strokes([2])
    drawing.strokes[0].points[0].position = (0.1, -0.9, 0.0)
    drawing.strokes[0].points[1].position = (0.1, 0.9, 0.0)
    obj = bpy.data.objects.new("Drawing", pencil)
    bpy.context.collection.objects.link(obj)
    bpy.context.view_layer.update()
    _, directions = given(plate, obj)
    assert_along(directions, (0, 1, 0))


@pytest.mark.parametrize("domain", ["POINT", "CORNER", "FACE"])
def test_a_vector_attribute_is_taken_in_world_space(plate: Any, domain: str) -> None:
    attribute = plate.data.attributes.new("flow", "FLOAT_VECTOR", domain)
    attribute.data.foreach_set("vector", [0.5, 0.0, 0.0] * len(attribute.data))
    attribute.data[0].vector = (0.0, 0.0, 0.0)
    plate.rotation_euler = (0.0, 0.0, math.pi / 2)
    bpy.context.view_layer.update()
    _, directions = given(plate, attribute="flow")
    said = np.linalg.norm(directions, axis=2) > 0
    np.testing.assert_allclose(directions[said], np.broadcast_to([0, 0.5, 0], (said.sum(), 3)), atol=1e-6)
    assert 0 < (~said).sum() < 0.1 * said.size


def test_a_mirrored_objects_attribute_stays_with_its_corners(plate: Any) -> None:
    attribute = plate.data.attributes.new("flow", "FLOAT_VECTOR", "POINT")
    for vertex, value in zip(plate.data.vertices, attribute.data, strict=True):
        value.vector = (vertex.co.x, 1.0, 0.0)
    plate.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    corners, directions = given(plate, attribute="flow")
    np.testing.assert_allclose(directions[..., 0], corners[..., 0], atol=1e-6)


def test_what_cannot_be_followed_is_said(plate: Any) -> None:
    assert "no vector attribute called 'flow'" in refusal(plate, attribute="flow").message
    plate.data.attributes.new("flow", "FLOAT_VECTOR", "POINT")
    assert "zero everywhere" in refusal(plate, attribute="flow").message
    assert "It has: flow." in refusal(plate, attribute="flaw").message
    assert "Draw closer" in refusal(plate, line((0, 0, 5), (1, 0, 5))).message
    assert "neither a curve" in refusal(plate, plate).message


def test_the_engine_reads_them(plate: Any, tmp_path: Path) -> None:
    depsgraph = bpy.context.evaluated_depsgraph_get()
    stroke = line((-0.9, 0.1, 0.0), (0.9, 0.1, 0.0))
    data = with_directions(read_mesh(plate, depsgraph), plate, depsgraph, stroke.name, "")
    save_mesh(data, tmp_path / "mesh.npz")
    with np.load(tmp_path / "mesh.npz") as arrays:
        np.testing.assert_array_equal(arrays["direction"], directions_of(data))


def test_the_panels_settings_reach_the_job(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style, direction="curvature", angle=math.pi / 6, occlusion=0.5, curvature=0.3)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    job = json.loads(bpy.data.images["Suzanne van_gogh_auvers NST"]["nst_job"])
    assert (job["direction"], job["angle"]) == ("curvature", pytest.approx(30, abs=1e-3))
    assert (job["occlusion"], job["curvature"]) == (0.5, 0.3)
    bpy.context.scene.nst.direction = "given"
    with pytest.raises(RuntimeError, match="no hair"):
        bpy.ops.nst.stylize_texture(size=64)
