"""Spheres of the scene's list: what they are made of, painted with, and whether they have changed."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.core.protocol import SphereJob, SphereTextureJob

from .builders import give_material, picture_of, save_picture
from .driving import tick_until
from .lit import light, state
from .test_window_render import stops, writes

SIZE = 64


@pytest.fixture
def lit(addon: Any, scene: Any) -> Any:
    light(scene)
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    return scene


@pytest.fixture
def small(addon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spheres of 64 pixels, whatever the settings offer."""
    studio = addon.module("host.style_sphere")
    make = studio.make_studio
    monkeypatch.setattr(studio, "make_studio", lambda scene, _size, material: make(scene, SIZE, material))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A photographed sphere of sorts."""
    path = tmp_path / "scan.png"
    save_picture(path, np.full((8, 12, 3), (200, 40, 10), dtype=np.uint8))
    return path


def count() -> dict[str, int]:
    kinds = ("scenes", "objects", "meshes", "cameras", "materials", "lights", "images", "node_groups")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def open_sphere(scene: Any, path: Path) -> Any:
    assert bpy.ops.nst.sphere_open(filepath=str(path)) == {"FINISHED"}
    return scene.nst_sphere.active_sphere


def paint(image: Any, color: tuple[float, ...]) -> None:
    """A stroke over all of it."""
    width, height = image.size
    image.pixels.foreach_set(np.tile(np.array(color, dtype=np.float32), width * height))
    image.update()


# ------------------------------------------------------------------------------------- settings


def test_settings_begin_as_jobs_do(lit: Any) -> None:
    own = lit.nst_sphere
    assert own.weights() == SphereJob.weights
    for name in ("method", "tolerance", "scale", "boil", "harmony", "seed"):
        assert getattr(own, name) == pytest.approx(getattr(SphereJob, name)) or name == "method"
    assert own.method == SphereJob.method
    assert (int(own.size), own.front) == (SphereTextureJob.size, SphereTextureJob.front)


def test_what_a_sphere_is_for(addon: Any, lit: Any) -> None:
    sphere = lit.nst_sphere.add("Sphere", None)
    assert sphere.region() == ""
    sphere.scope = "object"
    with pytest.raises(addon.module("spheres").JobError, match="for one object, but none is chosen"):
        sphere.region()
    sphere.object = bpy.data.objects["Cube"]
    sphere.object.name = "Box"
    assert sphere.region() == "object:Box"
    assert lit.nst_sphere.add("Sphere", None).name == "Sphere.001"


# ---------------------------------------------------------------------------- in the scene's light


def test_a_script_makes_one(lit: Any, small: None) -> None:
    blocks, before = count(), state(lit)
    assert bpy.ops.nst.sphere_new() == {"FINISHED"}
    sphere = lit.nst_sphere.active_sphere
    assert (sphere.name, sphere.picture.name, sphere.light.name) == ("Sphere", "Sphere", "Sphere Light")
    assert sphere.picture.packed_file is not None
    assert not sphere.picture.is_float
    assert np.array_equal(picture_of(sphere.picture), picture_of(sphere.light))
    assert Path(sphere.guides).is_file()
    added = {name: number - blocks[name] for name, number in count().items() if number != blocks[name]}
    assert added in ({"images": 2}, {"images": 3})  # the third is Blender's place for renders
    assert state(lit) == before | {"images": sorted(["Sphere", "Sphere Light", *before["images"]])}
    assert bpy.ops.nst.sphere_new(start="blank") == {"FINISHED"}
    other = lit.nst_sphere.active_sphere
    assert other.name == "Sphere.001"
    assert other.guides != sphere.guides
    assert not picture_of(other.picture).any()
    assert picture_of(other.light)[SIZE // 2, SIZE // 2, 3] == 255


def test_guides_are_saved_where_images_are(lit: Any, small: None, tmp_path: Path) -> None:
    lit.nst.images, lit.nst.image_folder = "save", "//textures/"
    with pytest.raises(RuntimeError, match=r"Save the \.blend file first"):
        bpy.ops.nst.sphere_new()
    assert len(lit.nst_sphere.spheres) == 0
    assert "Sphere Light" not in bpy.data.images
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    assert bpy.ops.nst.sphere_new() == {"FINISHED"}
    assert scene.nst_sphere.spheres[0].guides == "//textures/Sphere_guides.exr"
    assert (tmp_path / "textures" / "Sphere_guides.exr").is_file()


def test_of_a_material(lit: Any, small: None) -> None:
    give_material(bpy.data.objects["Cube"], (0.02, 0.6, 0.1), "Leaf")
    assert bpy.ops.nst.sphere_of_material(material="Leaf") == {"FINISHED"}
    sphere = lit.nst_sphere.active_sphere
    assert sphere.name == "Leaf"
    middle = picture_of(sphere.picture)[SIZE // 2, SIZE // 2]
    assert middle[1] > middle[0]
    with pytest.raises(RuntimeError, match="no material 'None such'"):
        bpy.ops.nst.sphere_new(material="None such")


def test_in_the_dark_it_says_so(addon: Any, lit: Any, small: None, tmp_path: Path) -> None:
    bpy.data.objects.remove(bpy.data.objects["Sun"])
    lit.world, lit.camera = None, None
    spheres, folder = addon.module("spheres"), tmp_path / "ball"
    folder.mkdir()
    files = spheres.ball_files(folder)
    addon.module("host.style_sphere").render_ball(lit, files, SIZE)
    _, notes = spheres.add_ball(lit, spheres.BallOptions(), files)
    assert notes[0].startswith("The sphere is black")
    assert "no camera" in notes[1]


def test_workbench_says_what_to_do(lit: Any) -> None:
    lit.render.engine = "BLENDER_WORKBENCH"
    assert not bpy.ops.nst.sphere_new.poll()
    with pytest.raises(RuntimeError, match="Choose Cycles or EEVEE, or take a matcap"):
        bpy.ops.nst.sphere_new()


def press(addon: Any, scene: Any) -> None:
    """What the button does, less the window."""
    addon.module("operators.sphere").begin_ball(scene, addon.module("spheres").BallOptions())


@pytest.mark.parametrize("how", ["to its end", "stopped", "failed", "another file", "scene gone"])
def test_the_button(addon: Any, lit: Any, small: None, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    blocks = count()

    def fails(_scene: Any) -> None:
        raise RuntimeError("Error: no memory")

    start = {"stopped": stops, "failed": fails}.get(how, writes)
    monkeypatch.setattr(addon.module("host.style_sphere"), "_start_unseen", start)
    if how == "failed":
        with pytest.raises(addon.module("spheres").JobError, match="no memory"):
            press(addon, lit)
        assert addon.session.awaited == ()
    else:
        press(addon, lit)
        assert not bpy.ops.nst.sphere_new.poll()
        assert "Esc" in addon.session.awaited[0].condition.stage
    if how == "another file":
        addon.session.file_opened()
    if how == "scene gone":
        bpy.data.scenes.new("Other")
        bpy.data.scenes.remove(lit)
    tick_until(addon, lambda: not addon.session.awaited)
    notice = addon.session.notice
    scene = bpy.context.scene
    if how == "to its end":
        assert (notice.text, notice.is_error, notice.job) == ("'Sphere' can be painted.", False, "sphere")
        assert scene.nst_sphere.active_sphere.picture.name == "Sphere"
    elif how == "scene gone":
        assert "scene of the sphere is gone" in notice.text
    else:
        assert notice is None
        assert len(scene.nst_sphere.spheres) == 0
    if how != "to its end":
        left = {name: number for name, number in count().items() if name != "images"}
        assert left == {name: number for name, number in blocks.items() if name != "images"}
    assert not any("nst_temporary" in block for block in (*bpy.data.scenes, *bpy.data.objects))


# ---------------------------------------------------------------------------- files and matcaps


def test_a_file_stays_where_it_is(lit: Any, scan: Path) -> None:
    sphere = open_sphere(lit, scan)
    assert (sphere.name, sphere.guides, tuple(sphere.circle)) == ("scan", "", (0, 0, 0))
    assert Path(bpy.path.abspath(sphere.picture.filepath)) == scan
    assert sphere.picture.packed_file is None


def test_a_file_that_is_no_picture(lit: Any, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    for path in (tmp_path / "a.png", tmp_path / "none.png"):
        with pytest.raises(RuntimeError, match="cannot be read as a picture"):
            bpy.ops.nst.sphere_open(filepath=str(path))
    assert len(lit.nst_sphere.spheres) == 0


def test_every_matcap_has_its_ball(addon: Any, lit: Any) -> None:
    found = addon.module("host.matcaps").matcaps()
    icons = addon.module("host.matcaps").matcap_icons()
    assert len(found) > 20
    assert all(icons.values())
    blocks = count()
    for one in found[::6]:
        assert bpy.ops.nst.sphere_matcap(matcap=one.name) == {"FINISHED"}
        sphere = lit.nst_sphere.active_sphere
        x, y, radius = sphere.circle
        pixels = picture_of(sphere.picture)
        height, width = pixels.shape[:2]
        rows, columns = np.mgrid[:height, :width] + 0.5
        away = np.hypot(columns - x, rows - y)
        assert (x, y) == (width / 2, height / 2)
        assert pixels[away < radius - 1, 3].min() == 255
        assert pixels[away > radius + 1, 3].max() == 0
        assert pixels[away < radius - 1, :3].astype(float).std() > 10
        assert sphere.picture.packed_file is not None
    added = {name: number - blocks[name] for name, number in count().items() if number != blocks[name]}
    assert set(added) == {"images"}


def test_a_matcap_is_what_workbench_shows(addon: Any, lit: Any, tmp_path: Path) -> None:
    """Of a grey as things have without a material, also where a matcap has two layers."""
    path = next(one.path for one in addon.module("host.matcaps").matcaps() if "clay_brown" in one.name)
    sphere = addon.module("spheres").add_matcap(lit, path)
    height, width = sphere.picture.size
    middle = picture_of(sphere.picture)[height // 2, width // 2, :3]
    expected = {(4, 5): (179, 118, 116)}.get(bpy.app.version[:2], (144, 106, 92))
    assert np.abs(middle.astype(int) - expected).max() <= 2


def test_a_matcap_of_the_artist(addon: Any, lit: Any, scan: Path) -> None:
    sphere = addon.module("spheres").add_matcap(lit, scan)
    assert tuple(sphere.circle) == pytest.approx((6, 4, 8 * 0.496))
    light = ((200 / 255 + 0.055) / 1.055) ** 2.4 * 0.8
    assert picture_of(sphere.picture)[4, 6, 0] == pytest.approx(
        255 * (1.055 * light ** (1 / 2.4) - 0.055), abs=1
    )


def test_a_matcap_that_is_broken(addon: Any, lit: Any, tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"v/1\x01")
    blocks = count()
    with pytest.raises(addon.module("spheres").JobError) as caught:
        addon.module("spheres").add_matcap(lit, tmp_path / "a.exr")
    assert caught.value.code == "image_unreadable"
    assert count() == blocks


# ------------------------------------------------------------------------------------- painting


def test_height_is_grey_and_framed_as_the_picture_is(lit: Any, scan: Path) -> None:
    sphere = open_sphere(lit, scan)
    for channel in ("height", "roughness"):
        assert bpy.ops.nst.sphere_add_channel(channel=channel) == {"FINISHED"}
        image = getattr(sphere, channel)
        assert (image.name, tuple(image.size)) == (f"scan {channel.capitalize()}", (12, 8))
        assert image.colorspace_settings.is_data
        assert (picture_of(image)[..., :3] == 128).all()
        assert bpy.ops.nst.sphere_add_channel(channel=channel) == {"FINISHED"}
        assert getattr(sphere, channel) == image  # what is painted stays
    sphere.picture = None
    with pytest.raises(RuntimeError, match="has no picture"):
        bpy.ops.nst.sphere_paint()


def test_changes_are_known(addon: Any, lit: Any, scan: Path) -> None:
    spheres = addon.module("spheres")
    sphere = open_sphere(lit, scan)
    bpy.ops.nst.sphere_add_channel(channel="height")
    known = spheres.states(lit)
    assert spheres.changed(lit, known) == ()
    paint(sphere.height, (1, 1, 1, 1))
    assert spheres.changed(lit, known) == ("scan Height",)
    assert spheres.changed(lit, {}) == ("scan", "scan Height")
    open_sphere(lit, scan)
    assert spheres.changed(lit, known) == ("scan Height", "scan.001")


def test_it_is_painted_by_another_program(addon: Any, lit: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    image = addon.module("host.sphere_images").new_picture("Ball", 8, 8, array("f", [1]) * 256)
    sphere = scene.nst_sphere.add("Ball", image)
    (tmp_path / "Ball.png").write_bytes(b"of someone else")
    assert bpy.ops.nst.sphere_edit_outside() == {"FINISHED"}
    file = tmp_path / "Ball.001.png"
    assert image.filepath == "//Ball.001.png"
    assert image.packed_file is None
    assert (picture_of(image) == 255).all()
    assert bpy.ops.nst.sphere_reload() == {"CANCELLED"}
    known = addon.module("spheres").states(scene)
    edit(file, (0, 0, 255))
    assert bpy.ops.nst.sphere_reload() == {"FINISHED"}
    assert tuple(picture_of(image)[0, 0]) == (0, 0, 255, 255)
    assert addon.module("spheres").changed(scene, known) == (image.name,)
    paint(image, (0, 1, 0, 1))
    edit(file, (255, 0, 0))
    assert bpy.ops.nst.sphere_reload() == {"CANCELLED"}  # it would drop the stroke
    assert tuple(picture_of(sphere.picture)[0, 0]) == (0, 255, 0, 255)
    assert bpy.ops.nst.sphere_edit_outside() == {"FINISHED"}
    assert image.filepath == "//Ball.002.png"
    other = bpy.data.images.load(str(file), check_existing=False)
    assert tuple(picture_of(other)[0, 0]) == (255, 0, 0, 255)  # what the other program painted


def test_a_picture_that_was_chosen_is_painted_by_another_program(lit: Any, scan: Path) -> None:
    """One that Blender has opened, not the add-on."""
    image = bpy.data.images.load(str(scan))
    lit.nst_sphere.add("Chosen", None).picture = image
    assert bpy.ops.nst.sphere_reload() == {"CANCELLED"}
    edit(scan, (0, 0, 255))
    assert bpy.ops.nst.sphere_reload() == {"FINISHED"}
    assert tuple(picture_of(image)[0, 0]) == (0, 0, 255, 255)


def test_the_ball_stays_where_it_is_in_a_picture_of_another_size(
    addon: Any, lit: Any, scan: Path, tmp_path: Path
) -> None:
    image = addon.module("host.sphere_images").new_picture("Ball", 8, 8, array("f", [1]) * 256)
    sphere = lit.nst_sphere.add("Ball", image)
    sphere.circle = (4, 3, 2)
    file = addon.module("host.sphere_images").save_outside(image, tmp_path)
    edit(file, (0, 0, 255), side=24)
    assert bpy.ops.nst.sphere_reload() == {"FINISHED"}
    assert tuple(sphere.circle) == (12, 9, 6)
    image.scale(48, 48)  # as the Image Editor does
    assert addon.module("sphere_ball").ball_of(sphere) == (24, 18, 12)
    sphere.picture = bpy.data.images.load(str(scan))  # of another shape
    assert tuple(sphere.circle) == (0, 0, 0)
    assert addon.module("sphere_ball").ball_of(sphere) == ()


def test_a_picture_whose_file_is_gone(lit: Any, scan: Path) -> None:
    sphere = open_sphere(lit, scan)
    sphere.circle = (6, 4, 3)
    scan.unlink()
    sphere.picture.reload()
    groups, cube = len(bpy.data.node_groups), bpy.data.objects["Cube"]
    cube.select_set(True)
    for act in (
        bpy.ops.nst.sphere_material,
        bpy.ops.nst.sphere_disc,
        lambda: bpy.ops.nst.sphere_add_channel(channel="height"),
        bpy.ops.nst.sphere_edit_outside,
    ):
        with pytest.raises(RuntimeError, match="its file may have moved"):
            act()
    assert len(bpy.data.node_groups) == groups
    assert bpy.context.mode == "OBJECT"
    assert tuple(sphere.circle) == (6, 4, 3)  # for when the file is found again


def test_what_is_linked_is_to_be_made_local(lit: Any, small: None, tmp_path: Path) -> None:
    assert bpy.ops.nst.sphere_new() == {"FINISHED"}
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(library, link=True) as (_, into):
        into.images, into.objects = ["Sphere"], ["Cube"]
    scene.collection.objects.link(into.objects[0])
    scene.nst_sphere.add("Linked", into.images[0])
    with pytest.raises(RuntimeError, match="Make it local first"):
        bpy.ops.nst.sphere_edit_outside()
    assert not list(tmp_path.glob("*.png"))
    override = into.objects[0].override_create()
    scene.collection.objects.link(override)
    for obj in into.objects[0], override:
        bpy.context.view_layer.objects.active = obj
        for each in scene.objects:
            each.select_set(each == obj)
        with pytest.raises(RuntimeError, match="Make it local first"):
            bpy.ops.nst.sphere_material()


def edit(path: Path, color: tuple[int, int, int], side: int = 8) -> None:
    """What another program does, at a later time whatever the clock's steps are."""
    before = path.stat().st_mtime_ns
    save_picture(path, np.full((side, side, 3), color, dtype=np.uint8))
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_disc_to_paint_on(addon: Any, lit: Any, small: None) -> None:
    disc_module = addon.module("host.sphere_disc")
    assert disc_module.underlay_socket(lit) is None
    assert bpy.ops.nst.sphere_new(start="blank") == {"FINISHED"}
    sphere = lit.nst_sphere.active_sphere
    assert bpy.ops.nst.sphere_disc() == {"FINISHED"}
    disc = disc_module.disc_of(lit)
    assert (disc.mode, disc.hide_render) == ("TEXTURE_PAINT", True)
    assert bpy.context.active_object == disc
    assert disc.active_material.node_tree.nodes.active.image == sphere.picture
    towards = disc.matrix_world.to_3x3().col[2].normalized()
    assert towards.dot(lit.camera.matrix_world.to_3x3().col[2]) == pytest.approx(1, abs=1e-5)
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.update()
    apart = (lit.camera.matrix_world.inverted() @ disc.matrix_world.translation).x
    assert apart < (lit.camera.matrix_world.inverted() @ cube.matrix_world.translation).x - 2
    paint(sphere.picture, (0, 0, 0, 0))
    blocks, place = count(), disc.matrix_world.copy()
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.mesh.primitive_cube_add(location=(20, 0, 0))
    bpy.context.view_layer.objects.active = disc
    assert bpy.ops.nst.sphere_disc() == {"FINISHED"}  # another takes its place
    assert len([obj for obj in lit.objects if disc_module.DISC_MARK in obj]) == 1
    assert disc_module.disc_of(lit).matrix_world == place
    assert count() == blocks | {"objects": blocks["objects"] + 1, "meshes": blocks["meshes"] + 1}
    bpy.ops.object.mode_set(mode="OBJECT")
    empty = seen(lit, disc_module.disc_of(lit))
    disc_module.underlay_socket(lit).default_value = 0.0
    paper = seen(lit, disc_module.disc_of(lit))
    paint(sphere.picture, (1, 0, 0, 1))
    painted = seen(lit, disc_module.disc_of(lit))
    assert np.allclose(paper, 0.8, atol=0.01)
    shown = picture_of(sphere.light)[SIZE // 2, SIZE // 2, :3] / 255
    assert np.allclose(empty, ((shown + 0.055) / 1.055) ** 2.4, atol=0.02)
    assert np.abs(empty - paper).max() > 0.03
    assert np.allclose(painted, (1, 0, 0), atol=0.01)


def seen(scene: Any, disc: Any) -> NDArray[np.float32]:
    """The linear colour in the disc's middle, by Cycles."""
    studio = bpy.data.scenes.new("Look")
    studio.collection.objects.link(disc)
    studio.collection.objects.link(scene.camera)
    camera = bpy.data.objects.new("Look", bpy.data.cameras.new("Look"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 0.5
    camera.matrix_world = disc.matrix_world.normalized()
    camera.location += disc.matrix_world.to_3x3().col[2].normalized()
    studio.collection.objects.link(camera)
    studio.camera, studio.render.engine = camera, "CYCLES"
    studio.cycles.samples, studio.cycles.use_denoising = 1, False
    studio.render.resolution_x = studio.render.resolution_y = 8
    studio.render.image_settings.file_format = "OPEN_EXR"
    studio.render.filepath = bpy.app.tempdir + "look.exr"
    disc.hide_render = False
    bpy.ops.render.render(write_still=True, scene=studio.name)
    disc.hide_render = True
    bpy.data.scenes.remove(studio)
    image = bpy.data.images.load(bpy.app.tempdir + "look.exr", check_existing=False)
    values = np.empty(8 * 8 * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    middle: NDArray[np.float32] = values.reshape(8, 8, 4)[4, 4, :3]
    return middle


def test_a_sphere_is_removed_from_the_list(lit: Any, scan: Path) -> None:
    first, _ = open_sphere(lit, scan), open_sphere(lit, scan)
    assert [one.name for one in lit.nst_sphere.spheres] == ["scan", "scan.001"]
    picture = first.picture
    assert bpy.ops.nst.sphere_remove(index=1) == {"FINISHED"}
    assert lit.nst_sphere.active == 0
    assert bpy.ops.nst.sphere_remove(index=0) == {"FINISHED"}
    assert lit.nst_sphere.active_sphere is None
    assert picture.name in bpy.data.images
    assert not bpy.ops.nst.sphere_paint.poll()
    assert not picture.use_fake_user  # its file has it


def test_what_is_painted_outlives_its_sphere(lit: Any, small: None, tmp_path: Path) -> None:
    for name in ("plain", "blank", "painted"):
        assert bpy.ops.nst.sphere_new(start="light" if name == "plain" else "blank") == {"FINISHED"}
        sphere = lit.nst_sphere.active_sphere
        sphere.picture.name = name
    sphere.picture.pixels[:4] = (1, 0, 0, 1)
    sphere.picture.pack()
    bpy.data.objects["Cube"].select_set(True)
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    for _ in range(3):
        assert bpy.ops.nst.sphere_remove(index=0) == {"FINISHED"}
    assert bpy.ops.nst.sphere_material_remove() == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert [image.name for image in bpy.data.images if image.type == "IMAGE"] == ["painted"]
    assert tuple(picture_of(bpy.data.images["painted"])[-1, 0]) == (255, 0, 0, 255)
