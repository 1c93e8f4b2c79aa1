"""Balls cut out of photos in the scene's list, by the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.core.protocol import Remedy

from .builders import data_blocks, give_material, picture_of, save_picture
from .driving import tick_until
from .layouts import draw

WIDTH, HEIGHT = 160, 120
X, Y, RADIUS = 96.5, 52.5, 36.0


def ball_of_photo(radius: float = RADIUS, ratio: float = 1.0) -> np.ndarray:
    """A shaded ball (H, W, 3) off the middle of noisy paper; ratio: how high it is, over how wide."""
    noise = np.random.default_rng(2).normal(0, 4, (HEIGHT, WIDTH, 1))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    right, down = (columns - X) / radius, (rows - Y) / radius / ratio
    light = 0.4 - 0.3 * right - 0.3 * down + 0.3 * np.sqrt((1 - right**2 - down**2).clip(0))
    ball = np.array([200, 90, 40]) * light.clip(0, 1)[..., None]
    shown = np.where((np.hypot(right, down) < 1)[..., None], ball, np.array([235, 230, 220]) + noise)
    return shown.clip(0, 255).astype(np.uint8)


@pytest.fixture
def photo(addon: Any, scene: Any, tmp_path: Path) -> Any:
    """A sphere of the list, of a photo."""
    save_picture(tmp_path / "photo.png", ball_of_photo())
    assert bpy.ops.nst.sphere_open(filepath=str(tmp_path / "photo.png")) == {"FINISHED"}
    return scene.nst_sphere.active_sphere


def test_the_ball_becomes_the_picture(addon: Any, photo: Any) -> None:
    before, blocks = photo.picture, data_blocks()
    seen = picture_of(before)
    assert bpy.ops.nst.sphere_cut_out() == {"FINISHED"}
    image = photo.picture
    assert (image.name, before.name, photo.name) == ("photo Ball", "photo", "photo")
    assert image.packed_file is not None
    assert data_blocks() == blocks | {"images": blocks["images"] + 1}
    assert (picture_of(before) == seen).all()
    assert before.use_fake_user
    assert addon.module("host.images").usable_as_style(image)  # so that it can be chosen again
    x, y, radius = photo.circle
    assert radius == pytest.approx(RADIUS, abs=0.7)
    assert (x, y) == pytest.approx([side / 2 for side in image.size], abs=1)
    left, top, shown = round(X - x), round(Y - y), picture_of(image)
    size = shown.shape[0]
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    inside = np.hypot(columns - x, rows - y) < radius - 1
    there = seen[top : top + size, left : left + size, :3]
    assert np.abs(shown[..., :3].astype(int) - there)[inside].max() <= 1
    assert shown[inside, 3].min() == 255
    assert shown[np.hypot(columns - x, rows - y) > radius + 1, 3].max() == 0


def test_one_step_of_undo(photo: Any) -> None:
    bpy.ops.ed.undo_push(message="Before")
    blocks = data_blocks()
    assert bpy.ops.nst.sphere_cut_out() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Cut Out")  # as the window would
    bpy.ops.ed.undo()
    sphere = bpy.context.scene.nst_sphere.active_sphere
    assert (sphere.picture.name, tuple(sphere.circle)) == ("photo", (0, 0, 0))
    assert data_blocks() == blocks
    bpy.ops.ed.redo()
    sphere = bpy.context.scene.nst_sphere.active_sphere
    assert sphere.picture.name == "photo Ball"
    assert sphere.circle[2] > 0


def test_a_ball_that_is_known_and_a_size(photo: Any) -> None:
    photo.circle = (X, Y, 30)
    assert bpy.ops.nst.sphere_cut_out(size=128) == {"FINISHED"}
    assert tuple(photo.picture.size) == (128, 128)
    assert photo.circle[2] == pytest.approx(30 * 128 / 61, abs=0.1)
    with pytest.raises(RuntimeError, match="size is 5"):
        bpy.ops.nst.sphere_cut_out(size=5)


def test_light_stays_light(scene: Any, photo: Any, tmp_path: Path) -> None:
    """Of an EXR file, in the middle of its ball and beside it."""
    settings, path = scene.render.image_settings, tmp_path / "light.exr"
    settings.file_format, settings.color_mode = "OPEN_EXR", "RGB"
    photo.picture.save_render(str(path), scene=scene)
    photo.picture = bpy.data.images.load(str(path))
    assert photo.picture.is_float
    assert bpy.ops.nst.sphere_cut_out() == {"FINISHED"}
    assert photo.picture.is_float
    x, y, _ = photo.circle
    before, after = (picture_of(bpy.data.images[name]).astype(int) for name in ("light.exr", "photo Ball"))
    assert np.abs(after[int(y), int(x)] - before[int(Y), int(X)]).max() <= 1
    assert after[int(y), int(x), :3].max() > 20
    assert not after[0, 0].any()


def test_what_wears_the_photo_wears_the_ball(addon: Any, photo: Any, capfd: Any) -> None:
    """The button that the warning offers puts right what it warned of."""
    bpy.ops.mesh.primitive_uv_sphere_add()
    give_material(bpy.context.active_object)
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    assert "taken to fill it" in capfd.readouterr().out
    assert addon.session.notice.remedy == Remedy.CUT_OUT_BALL
    assert "nst.sphere_cut_out" in draw(bpy.types.NST_PT_sphere_view, opened=False)
    assert bpy.ops.nst.sphere_cut_out() == {"FINISHED"}
    assert addon.session.notice is None
    (node,) = addon.module("host.sphere_wearing").sphere_nodes(bpy.context.active_object)
    images = {each.image for each in node.node_tree.nodes if each.type == "TEX_IMAGE"}
    assert images == {photo.picture}
    side = photo.picture.size[0]
    assert node.inputs["Centre"].default_value[0] == pytest.approx(photo.circle[0] / side)
    assert node.inputs["Radius"].default_value[1] == pytest.approx(photo.circle[2] / side)
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    assert "taken to fill it" not in capfd.readouterr().out


def press(addon: Any) -> Any:
    """What the button does, less the window. Returns the run."""
    folder = addon.module("storage").new_job_folder()
    job, target = addon.module("sphere_cutout").prepare(bpy.context.scene, folder)
    python = addon.module("readiness").engine_python(bpy.context)
    run = addon.module("runs").Run(target.sphere, job, folder, python, target)
    addon.session.submit(run)
    return run


def test_the_button_says_what_was_found(addon: Any, photo: Any, tmp_path: Path) -> None:
    save_picture(tmp_path / "photo.png", ball_of_photo(ratio=0.9))
    photo.picture.reload()
    run = press(addon)
    assert "nst.cancel_job" in draw(bpy.types.NST_PT_sphere_view)
    tick_until(addon, lambda: addon.session.run is None)
    notice = addon.session.notice
    assert (notice.is_error, notice.job) == (False, "ball")
    assert notice.text.startswith("'photo Ball' is the ball of 'photo', cut out at 9")
    assert "was made round" in notice.text
    assert not run.folder.exists()
    radius = photo.circle[2]
    alpha = picture_of(photo.picture)[..., 3]
    assert int((alpha > 128).sum()) == pytest.approx(np.pi * radius**2, rel=0.02)


def test_a_sphere_that_is_another_one_meanwhile(addon: Any, photo: Any) -> None:
    picture, other = photo.picture, bpy.data.images.new("Other", 8, 8)

    def lost() -> bool:
        tick_until(addon, lambda: addon.session.run is None)
        return "is only kept as an image" in addon.session.notice.text

    press(addon)
    photo.picture = other
    assert lost()
    assert photo.picture == other
    photo.picture = picture
    press(addon)
    assert bpy.ops.nst.sphere_add_channel(channel="height") == {"FINISHED"}
    assert lost()
    assert photo.picture == picture
    photo.height = None
    press(addon)
    assert bpy.ops.nst.sphere_remove(index=0) == {"FINISHED"}
    assert lost()
    kept = [image for image in bpy.data.images if image.name.startswith("photo Ball")]
    assert len(kept) == 3
    assert all(image.use_fake_user for image in kept)


def test_what_cannot_be_cut_out_stays_as_it_is(addon: Any, photo: Any, tmp_path: Path) -> None:
    problem = addon.module("readiness").sphere_cut_out_problem
    save_picture(tmp_path / "photo.png", np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    photo.picture.reload()
    with pytest.raises(RuntimeError, match=r"No ball was found in photo\.png"):
        bpy.ops.nst.sphere_cut_out()
    assert (photo.picture.name, tuple(photo.circle)) == ("photo", (0, 0, 0))
    photo.guides = "//guides.exr"
    assert "rendered as one" in problem(bpy.context).message
    photo.guides = ""
    assert problem(bpy.context) is None
    assert bpy.ops.nst.sphere_add_channel(channel="roughness") == {"FINISHED"}
    assert "The roughness of 'photo'" in problem(bpy.context).message
    assert not bpy.ops.nst.sphere_cut_out.poll()
    photo.roughness = photo.picture = None
    assert "has no picture" in problem(bpy.context).message
    bpy.context.scene.nst_sphere.spheres.clear()
    assert "There is no sphere" in problem(bpy.context).message


def test_without_an_engine(addon: Any, photo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NST_ENGINE_PYTHON", "/none/python")
    assert not bpy.ops.nst.sphere_cut_out.poll()
    problem = addon.module("readiness").sphere_cut_out_problem(bpy.context)
    assert problem.remedy == Remedy.SETUP_ENGINE
