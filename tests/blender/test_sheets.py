"""Several objects and materials in one job: who shares a texture, and what each gets of the result."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.groups import group_images
from nst.blender_nst.host.materials import remove_style
from nst.blender_nst.host.png import write_png
from nst.blender_nst.host.shading import style_nodes
from nst.blender_nst.texture import TextureOptions, prepare
from nst.core.protocol import JobError, TextureJob
from nst.tests.blender.builders import (
    checker,
    data_blocks,
    feed_image,
    fingerprint,
    give_material,
    picture_of,
    style_images,
)
from nst.tests.blender.driving import choose, press_stylize, reason, tick_until

PAINTING = str(Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg")


def cube(name: str, x: float, data: Any = None) -> Any:
    """A cube of 2 m at x, unwrapped as Blender does it, or another object with a cube's mesh."""
    if data is None:
        bpy.ops.mesh.primitive_cube_add(location=(x, 0, 0))
        obj = bpy.context.active_object
    else:
        obj = bpy.data.objects.new(name, data)
        bpy.context.scene.collection.objects.link(obj)
        obj.location.x = x
    obj.name = name
    bpy.context.view_layer.update()
    return obj


def select(*objects: Any) -> None:
    """Select objects, the first one active."""
    bpy.ops.object.select_all(action="DESELECT")
    for obj in objects:
        obj.select_set(True)
    bpy.context.view_layer.objects.active = objects[0]


def prepared(folder: Path, *objects: Any) -> tuple[TextureJob, Any]:
    options = TextureOptions(PAINTING, size=64, quality="draft")
    return prepare(objects, options, folder, bpy.context.evaluated_depsgraph_get())


def arrays(folder: Path) -> dict[str, Any]:
    with np.load(folder / "mesh.npz") as data:
        return dict(data)


def image_on(material: Any) -> Any:
    (image,) = images_on(material)
    return image


def images_on(material: Any) -> list[Any]:
    """The texture on a material, and its height if it has one."""
    (node,) = style_nodes(material)
    return list(group_images(node.node_tree))


def two_materials(obj: Any, overlap: bool) -> tuple[Any, Any]:
    """Three sides of a cube to one, three to another material; the second ones' UVs laid over the first."""
    materials = give_material(obj, name="One"), give_material(obj, (0.1, 0.2, 0.9), name="Two")
    uv = obj.data.uv_layers.active.uv
    for polygon in obj.data.polygons:
        polygon.material_index = polygon.index // 3
        for corner, loop in enumerate(polygon.loop_indices):
            column = polygon.index % 3 if overlap else polygon.index
            x, y = (corner in (1, 2)), (corner in (2, 3))
            uv[loop].vector = ((column + 0.1 + 0.8 * x) / 6, 0.1 + 0.8 * y)
    return materials


def test_objects_are_one_surface_with_a_texture_each(scene: Any, tmp_path: Path) -> None:
    one, two = cube("One", 0), cube("Two", 5)
    give_material(one, (1.0, 0.2140, 0.0))
    feed_image(give_material(two, name="Picture"), checker())
    job, targets = prepared(tmp_path, one, two)
    mesh = arrays(tmp_path)
    assert mesh["vertices"].shape == (16, 3)
    assert (mesh["vertices"][:, 0].min(), mesh["vertices"][:, 0].max()) == pytest.approx((-1, 6))
    assert mesh["sheet"].tolist() == 12 * [0] + 12 * [1]
    corners = mesh["vertices"][mesh["faces"]]
    assert (corners[12:, :, 0] > 3).all()
    assert [Path(sheet.output).name for sheet in job.sheets] == ["texture.png", "texture_2.png"]
    assert job.sheets[0].base_color == pytest.approx((1.0, 0.5, 0.0), abs=1e-3)
    assert [Path(sheet.base).name for sheet in job.sheets] == ["", "base_2.png"]
    assert [dict(target.sheets) for target in targets.targets] == [{0: 0}, {0: 1}]


def test_duplicates_of_one_mesh_share_a_texture(addon: Any, scene: Any, style: Any, tmp_path: Path) -> None:
    one = cube("One", 0)
    two = cube("Two", 5, one.data)
    material = give_material(one)
    job, _ = prepared(tmp_path, one, two)
    assert len(job.sheets) == 1
    assert arrays(tmp_path)["sheet"].tolist() == 24 * [0]

    addon.use_worker("paint")
    before, blocks = fingerprint(material), data_blocks()
    choose(style)
    select(one, two)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    assert image_on(material).name == "One van_gogh_auvers NST"
    assert not image_on(material).use_fake_user
    assert len(bpy.data.images) == blocks["images"] + 1
    assert two.material_slots[0].material is material
    select(two)
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert (fingerprint(material), data_blocks()) == (before, blocks)


def test_a_duplicate_with_a_material_of_its_own(addon: Any, scene: Any, style: Any) -> None:
    one = cube("One", 0)
    give_material(one)
    two = cube("Two", 5, one.data)
    own = bpy.data.materials["Paint"].copy()
    two.material_slots[0].link = "OBJECT"
    two.material_slots[0].material = own
    addon.use_worker("paint")
    choose(style)
    select(one, two)
    bpy.ops.nst.stylize_texture(size=64)
    image = image_on(one.material_slots[0].material)
    assert image_on(own) == image
    (node,), (other,) = style_nodes(one.material_slots[0].material), style_nodes(own)
    assert node.node_tree == other.node_tree


def test_from_the_button_to_all_objects_and_off_again(addon: Any, scene: Any, style: Any) -> None:
    addon.use_worker("paint")
    one, two, three = (cube(name, 5.0 * k) for k, name in enumerate(("One", "Two", "Three")))
    give_material(one)
    blocks = data_blocks()
    choose(style)
    select(two, one, three)
    run = press_stylize(addon)
    assert run.title == "Two and 2 more"
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.text == "Two and 2 more is painted."
    for obj in (one, two, three):
        (image,) = style_images(obj)
        assert image.name == f"{obj.name} van_gogh_auvers NST"
        assert image.packed_file is not None
        assert json.loads(image["nst_job"])["uv_map"] == "UVMap"
        remove_style(obj)
    assert data_blocks() == blocks


def test_a_material_that_objects_share_is_copied_for_each_texture(addon: Any, scene: Any, style: Any) -> None:
    addon.use_worker("paint")
    one, two = cube("One", 0), cube("Two", 5)
    material = give_material(one)
    two.data.materials.append(material)
    choose(style)
    select(one, two)
    bpy.ops.nst.stylize_texture(size=64)
    found = [obj.material_slots[0].material for obj in (one, two)]
    assert found[0] != found[1]
    assert [image_on(each).name.split()[0] for each in found] == ["One", "Two"]


@pytest.mark.parametrize("overlap", [False, True])
def test_materials_share_a_texture_unless_they_overlap(
    addon: Any, scene: Any, style: Any, tmp_path: Path, overlap: bool
) -> None:
    obj = cube("Cube", 0)
    materials = two_materials(obj, overlap)
    blocks, before = data_blocks(), [fingerprint(each) for each in materials]
    job, _ = prepared(tmp_path, obj)
    slots = arrays(tmp_path)["sheet"].tolist()
    assert slots == (6 * [0] + 6 * [1] if overlap else 12 * [0])
    if overlap:
        assert job.sheets[0].base_color != job.sheets[1].base_color
    else:
        assert Path(job.sheets[0].base).name == "base.png"  # baked

    addon.use_worker("paint")
    choose(style)
    select(obj)
    bpy.ops.nst.stylize_texture(size=64)
    names = [image_on(each).name for each in materials]
    stem = "van_gogh_auvers NST"
    assert names == ([f"Cube One {stem}", f"Cube Two {stem}"] if overlap else 2 * [f"Cube {stem}"])
    bpy.ops.nst.stylize_texture(size=64)  # and again, in place of these
    assert all(len(style_nodes(each)) == 1 for each in materials)
    for image in list(bpy.data.images):
        if image.use_fake_user:
            bpy.data.images.remove(image)
    bpy.ops.nst.remove_style()
    assert ([fingerprint(each) for each in materials], data_blocks()) == (before, blocks)


@pytest.mark.parametrize("where", ["world", "uv"])
def test_a_material_whose_faces_have_no_area_gets_no_texture(scene: Any, tmp_path: Path, where: str) -> None:
    obj = cube("Cube", 0)
    two_materials(obj, overlap=True)
    flat = give_material(obj, (0.0, 1.0, 0.0), name="Flat")
    obj.data.polygons[5].material_index = 2
    if where == "uv":
        for loop in obj.data.polygons[5].loop_indices:
            obj.data.uv_layers.active.uv[loop].vector = (0.2, 0.2)
    else:
        for vertex in obj.data.polygons[5].vertices:
            obj.data.vertices[vertex].co = (0.0, 0.0, 0.0)
    obj.data.update()
    bpy.context.view_layer.update()
    job, targets = prepared(tmp_path, obj)
    assert len(job.sheets) == 2
    assert arrays(tmp_path)["sheet"].tolist() == 6 * [0] + 4 * [1] + 2 * [0]
    (target,) = targets.targets
    assert len(target.sheets) == 2
    assert [note for note in target.notes if flat.name in note and "not painted" in note]
    assert not [note for note in target.notes if "'One'" in note or "'Two'" in note]


def test_a_baked_base_shows_its_own_material_alone(scene: Any, tmp_path: Path) -> None:
    obj = cube("Cube", 0)
    one, two = two_materials(obj, overlap=True)
    for material in (one, two):
        color = material.node_tree.nodes.new("ShaderNodeRGB")
        color.outputs[0].default_value = (0, 1, 0, 1) if material is one else (0, 0, 1, 1)
        gamma = material.node_tree.nodes.new("ShaderNodeGamma")
        material.node_tree.links.new(color.outputs[0], gamma.inputs[0])
        target = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED").inputs["Base Color"]
        material.node_tree.links.new(gamma.outputs[0], target)
    job, _ = prepared(tmp_path, obj)
    for sheet, color in zip(job.sheets, ((0, 255, 0), (0, 0, 255)), strict=True):
        image = bpy.data.images.load(sheet.base)
        inside = picture_of(image)[20:44, 2:8, :3].reshape(-1, 3)
        assert np.abs(inside.astype(int) - color).max() <= 2


def test_an_object_that_is_deleted_meanwhile_does_not_take_the_others_along(
    addon: Any, scene: Any, style: Any
) -> None:
    addon.use_worker("paint")
    one, two = cube("One", 0), cube("Two", 5)
    choose(style)
    select(one, two)
    run = press_stylize(addon)
    bpy.data.objects.remove(one)
    tick_until(addon, lambda: addon.session.run is None)
    notice = addon.session.notice
    assert "'One' is no longer in the file" in notice.text
    assert Path(notice.folder) == run.folder
    assert Path(run.job.sheets[0].output).is_file()
    assert [image.name for image in style_images(two)] == ["Two van_gogh_auvers NST"]
    assert not any(image.name.startswith("One") for image in bpy.data.images)


def test_what_else_is_selected_has_to_be_paintable(addon: Any, scene: Any, style: Any) -> None:
    addon.use_worker("paint")
    one, two = cube("One", 0), cube("Bare", 5)
    two.data.uv_layers.remove(two.data.uv_layers[0])
    bpy.ops.object.light_add()
    light = bpy.context.active_object
    choose(style)
    select(one, two, light)
    assert "'Bare' is selected, too" in reason(bpy.context, addon).message
    select(one, light)
    assert reason(bpy.context, addon) is None
    select(two)
    assert reason(bpy.context, addon).code == "mesh_no_uv"


def tiled_cube(folder: Path) -> tuple[Any, Any]:
    """A cube with three sides in tile 1001, three in 1002, and its tiled image."""
    for number, color in ((1001, (255, 0, 0)), (1002, (0, 0, 255))):
        write_png(folder / f"skin.{number}.png", [[color] * 16] * 16)
    image = bpy.data.images.load(str(folder / "skin.1001.png"))
    image.source = "TILED"
    assert [tile.number for tile in image.tiles] == [1001, 1002]
    obj = cube("Cube", 0)
    two_materials(obj, overlap=False)
    obj.data.materials.pop()
    uv = obj.data.uv_layers.active.uv
    for loop in range(len(uv)):
        uv[loop].vector = (uv[loop].vector.x * 2, uv[loop].vector.y)
    feed_image(obj.data.materials[0], image)
    return obj, image


@pytest.mark.parametrize("packed", [False, True])
def test_tiles_go_in_and_come_out(addon: Any, scene: Any, style: Any, tmp_path: Path, packed: bool) -> None:
    obj, image = tiled_cube(tmp_path)
    if packed:
        image.pack()
        for number in (1001, 1002):
            (tmp_path / f"skin.{number}.png").unlink()
    job, _ = prepared(tmp_path, obj)
    assert [Path(sheet.output).name for sheet in job.sheets] == ["texture.<UDIM>.png"]
    assert Path(job.sheets[0].base).name == "base.<UDIM>.png"
    assert sorted(path.name for path in tmp_path.glob("base*")) == ["base.1001.png", "base.1002.png"]

    addon.use_worker("paint")
    choose(style)
    select(obj)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    result = image_on(obj.material_slots[0].material)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    result = bpy.data.images["Cube van_gogh_auvers NST"]
    assert result.source == "TILED"
    assert [(tile.number, *tile.size) for tile in result.tiles] == [(1001, 64, 64), (1002, 64, 64)]
    assert len(result.packed_files) == 2
    assert bpy.ops.nst.remove_style() == {"FINISHED"}


def test_tiles_whose_files_are_gone_are_said(scene: Any, tmp_path: Path) -> None:
    obj, _ = tiled_cube(tmp_path)
    for number in (1001, 1002):
        (tmp_path / f"skin.{number}.png").unlink()
    with pytest.raises(JobError, match="no tile with a picture"):
        prepared(tmp_path, obj)


def test_the_engine_paints_objects_materials_and_tiles_together(
    addon: Any, scene: Any, style: Any, tmp_path: Path
) -> None:
    """The real one."""
    tiled, _ = tiled_cube(tmp_path)
    two = cube("Two", 2.5)
    materials = two_materials(two, overlap=True)
    folder = tmp_path / "textures"
    choose(style, stroke=2.0, auto_stroke=False, relief=True, images="save", image_folder=str(folder))
    select(two, tiled)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    names = [images_on(each)[0].name for each in materials]
    assert len(set(names)) == 2
    for name in names:
        pixels = picture_of(bpy.data.images[name])[..., :3]
        assert pixels.shape[:2] == (64, 64)
        assert pixels.std() > 5
        assert (pixels.max(2) > 0).all()  # filled beyond the islands
    for material in (*materials, tiled.data.materials[0]):
        _, height = images_on(material)
        assert height.colorspace_settings.is_data
        assert height.is_float  # 16 bits
        values = np.empty(64 * 64 * 4, dtype=np.float32)
        height.pixels.foreach_get(values)
        assert 0.05 < values[::4].std() < 0.5
    result, height = images_on(tiled.data.materials[0])
    for image in (result, height):
        assert [tile.number for tile in image.tiles] == [1001, 1002]
        assert math.prod(image.size) == 64 * 64
    assert not [file for image in bpy.data.images for file in image.packed_files]
    files = list(folder.iterdir())
    assert len(files) == 8  # three textures, one of them of two tiles, and their heights
    for file in files:
        assert file.read_bytes()[24] == (16 if "Height" in file.name else 8)  # bits of a channel of a PNG
