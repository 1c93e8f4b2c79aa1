"""Regions that Blender knows, as masks: what they hold, what is wrong with them, and painting with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.meshes import MeshData, read_mesh, save_mesh
from nst.blender_nst.host.regions import Regions, face_sets, with_regions
from nst.core.protocol import Controls, JobError, Mask
from nst.tests.blender.builders import give_material, picture_of, save_picture
from nst.tests.blender.driving import choose

MODES = ("OBJECT", "EDIT", "WEIGHT_PAINT", "VERTEX_PAINT")


@pytest.fixture
def cube(scene: Any) -> Any:
    """A cube of side 2 whose top, the face at z = 1, is in a region of each kind."""
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj = bpy.context.active_object
    mesh = obj.data
    top = next(polygon for polygon in mesh.polygons if polygon.normal.z > 0.9)
    obj.vertex_groups.new(name="Rest").add([0], 1.0, "REPLACE")
    obj.vertex_groups.new(name="Top").add(list(top.vertices), 0.5, "REPLACE")
    sets = mesh.attributes.new(".sculpt_face_set", "INT", "FACE")
    sets.data.foreach_set("value", [7 if polygon == top else 1 for polygon in mesh.polygons])
    for name in ("Side", "Top"):
        give_material(obj, name=name)
    top.material_index = 1
    for domain in ("POINT", "CORNER"):
        for kind in ("BYTE_COLOR", "FLOAT_COLOR"):
            layer = mesh.color_attributes.new(name=f"{domain} {kind}", type=kind, domain=domain)
            inside = set(top.vertices if domain == "POINT" else top.loop_indices)
            for index, element in enumerate(layer.data):
                element.color_srgb = (0.5, 0.5, 0.5, 1.0) if index in inside else (0.0, 0.0, 0.0, 1.0)
    return obj


def read(obj: Any, *masks: str) -> MeshData:
    regions = Regions(Mask(mask, "style.png") for mask in masks)
    data = read_mesh(obj, bpy.context.evaluated_depsgraph_get(), "", regions.read)
    regions.check()
    return data


def values(data: MeshData, mask: str) -> Any:
    """(F, 3) values, and the (F, 3, 3) corners that they belong to."""
    numbers, shape = data.attributes[f"mask.{mask}"]
    corners = np.array(data.vertices).reshape(-1, 3)[np.array(data.faces).reshape(-1, 3)]
    return np.array(numbers).reshape(shape), corners


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mask", ["faceset:7", "material:Top"])
def test_regions_of_faces(cube: Any, mask: str, mode: str) -> None:
    bpy.ops.object.mode_set(mode=mode)
    found, corners = values(read(cube, mask), mask)
    np.testing.assert_array_equal(found, np.repeat((corners[..., 2] > 0).all(1)[:, None], 3, axis=1))
    assert cube.mode == mode


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mask", ["group:Top", "color:POINT BYTE_COLOR", "color:POINT FLOAT_COLOR"])
def test_regions_of_vertices(cube: Any, mask: str, mode: str) -> None:
    bpy.ops.object.mode_set(mode=mode)
    found, corners = values(read(cube, mask), mask)
    np.testing.assert_allclose(found, 0.5 * (corners[..., 2] > 0), atol=0.003)


@pytest.mark.parametrize("kind", ["BYTE_COLOR", "FLOAT_COLOR"])
def test_colours_of_corners_end_at_edges(cube: Any, kind: str) -> None:
    mask = f"color:CORNER {kind}"
    found, corners = values(read(cube, mask), mask)
    on_top = np.repeat((corners[..., 2] > 0).all(1)[:, None], 3, axis=1)
    np.testing.assert_allclose(found, 0.5 * on_top, atol=0.003)


def test_lightness_is_that_of_red_green_and_blue(cube: Any) -> None:
    for element in cube.data.color_attributes["POINT FLOAT_COLOR"].data:
        element.color_srgb = (1.0, 0.0, 0.0, 1.0)
    found, _ = values(read(cube, "color:POINT FLOAT_COLOR"), "color:POINT FLOAT_COLOR")
    np.testing.assert_allclose(found, 0.2126, atol=1e-3)


@pytest.mark.parametrize("mask", ["group:Top", "faceset:7", "material:Top", "color:CORNER FLOAT_COLOR"])
def test_modifiers_carry_regions_along(cube: Any, mask: str) -> None:
    """Each copy that the modifier makes has its region, with as much surface of it."""
    plain, _ = values(read(cube, mask), mask)
    cube.modifiers.new("Array", "ARRAY").count = 3
    several, corners = values(read(cube, mask), mask)
    assert len(several) == 3 * len(plain)
    assert several.sum() == pytest.approx(3 * plain.sum())
    assert np.ptp(corners[several.max(1) > 0][..., 0]) > 5.9


def test_a_mirrored_object_keeps_values_with_their_corners(cube: Any) -> None:
    cube.scale = (1.0, 1.0, -1.0)
    bpy.context.view_layer.update()
    found, corners = values(read(cube, "group:Top"), "group:Top")
    np.testing.assert_allclose(found, 0.5 * (corners[..., 2] < 0), atol=1e-6)


def test_weights_that_were_just_painted_count(cube: Any) -> None:
    bpy.ops.object.mode_set(mode="EDIT")
    cube.vertex_groups.active_index = cube.vertex_groups["Rest"].index
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.object.vertex_group_assign()
    found, _ = values(read(cube, "group:Rest"), "group:Rest")
    assert found.min() == 1.0


def test_an_object_that_lacks_a_region_has_none_of_it(cube: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    other = bpy.context.active_object
    depsgraph = bpy.context.evaluated_depsgraph_get()
    regions = Regions([Mask("group:Top", "style.png")])
    both = [read_mesh(obj, depsgraph, "", regions.read) for obj in (other, cube)]
    regions.check()
    assert [values(data, "group:Top")[0].max() for data in both] == [0.0, 0.5]


@pytest.mark.parametrize(
    ("mask", "code", "says"),
    [
        ("group:Tops", "mask_missing", "There is: Rest, Top. Did you mean Top?"),
        ("group:Empty", "mask_empty", "paint weights"),
        ("color:Paint", "mask_missing", "There is: "),
        ("faceset:3", "mask_missing", "There is: 1, 7"),
        ("faceset:top", "bad_job", "a number, as in 'faceset:3'"),
        ("material:Bottom", "mask_missing", "There is: Side, Top"),
        ("material:Spare", "mask_empty", "Assign faces"),
        ("mesh:Top", "bad_job", "group:NAME"),
    ],
)
def test_regions_that_are_none(cube: Any, mask: str, code: str, says: str) -> None:
    if "Empty" in mask:
        cube.vertex_groups.new(name="Empty")
    if "Spare" in mask:
        give_material(cube, name="Spare")
    with pytest.raises(JobError) as raised:
        read(cube, mask)
    assert raised.value.code == code
    assert says in raised.value.message


def test_an_object_without_any(scene: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(JobError, match=r"no face set called '1'. There is none. Draw one in Sculpt Mode"):
        read(bpy.context.active_object, "faceset:1")


def test_face_sets_can_be_counted_in_any_mode(cube: Any) -> None:
    for mode in (*MODES, "SCULPT"):
        bpy.ops.object.mode_set(mode=mode)
        assert face_sets(cube) == {1: 5, 7: 1}


def test_the_mesh_file_and_the_engines_masks_fit(cube: Any, tmp_path: Path) -> None:
    save_mesh(read(cube, "group:Top", "faceset:7"), tmp_path / "mesh.npz")
    controls = Controls(masks=(Mask("group:Top", "style.png"), Mask("picture.png", "style.png")))
    assert [mask.mask for mask in with_regions(controls).masks] == ["mesh:group:Top", "picture.png"]
    with np.load(tmp_path / "mesh.npz") as arrays:
        assert arrays["mask.group:Top"].shape == arrays["faces"].shape
        assert set(arrays) >= {"mask.faceset:7"}


def add_mask(style: Any, **settings: Any) -> Any:
    bpy.ops.nst.list_add(which="masks")
    item = bpy.context.scene.nst.controls.masks[-1]
    item.style = style
    for name, value in settings.items():
        setattr(item, name, value)
    return item


SOURCES = {
    "group:Top": {"source": "group", "group": "Top"},
    "color:CORNER BYTE_COLOR": {"source": "color", "attribute": "CORNER BYTE_COLOR"},
    "faceset:7": {"source": "faceset", "face_set": 7},
    "material:Top": {"source": "material", "material": "Top"},
}


def test_the_panels_masks_reach_job_and_mesh(addon: Any, cube: Any, style: Any, tmp_path: Path) -> None:
    choose(style)
    for settings in SOURCES.values():
        add_mask(style, strength=0.25, **settings)
    add_mask(style, **SOURCES["group:Top"], own_stroke=True, stroke=0.5, soften=0.25, color="keep")
    texture = addon.module("texture")
    options = texture.options_from_scene(bpy.context.scene)
    assert [mask.mask for mask in options.controls.masks] == [*SOURCES, "group:Top"]
    job, found = texture.prepare([cube], options, tmp_path, bpy.context.evaluated_depsgraph_get())
    masks = job.controls.masks
    assert [mask.mask for mask in masks] == [f"mesh:{name}" for name in (*SOURCES, "group:Top")]
    plain, own = masks[0], masks[-1]
    assert (plain.strength, plain.stroke, plain.color, plain.soften) == (0.25, 0.0, "", 0.0)
    assert (own.stroke, own.color, own.soften) == (0.5, "keep", 0.25)
    assert [target.controls for target in found.targets] == [options.controls]
    with np.load(job.mesh) as arrays:
        assert {f"mask.{name}" for name in SOURCES} <= set(arrays)


@pytest.mark.parametrize("source", ["group", "color", "material"])
def test_an_entry_that_names_nothing(addon: Any, cube: Any, style: Any, source: str) -> None:
    choose(style)
    add_mask(style, source=source)
    with pytest.raises(RuntimeError, match="Mask 1 names no"):
        bpy.ops.nst.stylize_texture(size=64)


def test_a_face_set_is_picked_from_those_there_are(addon: Any, cube: Any, style: Any) -> None:
    item = add_mask(style, source="faceset")
    assert bpy.ops.nst.pick_face_set(index=0, face_set="7") == {"FINISHED"}
    assert item.face_set == 7
    with pytest.raises(TypeError, match="not found"):
        bpy.ops.nst.pick_face_set(index=0, face_set="5")


def test_painting_a_vertex_group_with_the_engine(addon: Any, cube: Any, style: Any, tmp_path: Path) -> None:
    """A painting of one red on the top and of one blue elsewhere, at 64 px."""
    cube.vertex_groups["Top"].add(list(cube.data.polygons[0].vertices), 0.0, "REPLACE")
    top = [vertex.index for vertex in cube.data.vertices if vertex.co.z > 0]
    cube.vertex_groups["Top"].add(top, 1.0, "REPLACE")
    noise = np.random.default_rng(0).integers(-20, 20, (64, 64, 1))
    paintings = {}
    for name, color in (("red", (200, 40, 30)), ("blue", (30, 40, 200))):
        save_picture(tmp_path / f"{name}.png", (np.array(color) + noise).clip(0, 255).astype(np.uint8))
        paintings[name] = bpy.data.images.load(str(tmp_path / f"{name}.png"))
    choose(paintings["blue"])
    add_mask(paintings["red"], source="group", group="Top", strength=1.0)
    bpy.context.scene.nst.strength = 1.0
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    image = next(image for image in bpy.data.images if "nst_job" in image)
    assert json.loads(image["nst_job"])["controls"]["masks"][0]["mask"] == "group:Top"
    pixels = picture_of(image)
    for polygon in cube.data.polygons:
        uvs = np.array([cube.data.uv_layers.active.uv[index].vector for index in polygon.loop_indices])
        column, row = (uvs.mean(0) * (1, -1) % 1 * 64).astype(int)
        red, _, blue, _ = pixels[row, column].astype(int)
        if abs(polygon.normal.z) > 0.9:  # the sides go from the one to the other
            assert (red > blue) == (polygon.normal.z > 0)
