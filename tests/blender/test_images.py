"""Images out of Blender and back into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.colour import display
from nst.blender_nst.host.images import image_file, load_result, load_sequence, usable_as_style
from nst.blender_nst.host.movie import movie_of
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import picture_in, picture_of, render, save_picture

PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


def picture(height: int = 5, width: int = 7) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def fill(image: Any, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    """Paint (H, W, 3) pixels onto an image, top row first."""
    solid = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)
    image.pixels.foreach_set((solid[::-1] / 255.0).astype(np.float32).ravel())
    image.update()


def test_png_and_back_is_exact(scene: Any, tmp_path: Path) -> None:
    pixels = picture()
    save_picture(tmp_path / "a.png", pixels)
    np.testing.assert_array_equal(picture_in(tmp_path / "a.png")[..., :3], pixels)


def test_a_file_is_copied_byte_for_byte(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.load(str(PAINTING))
    copied = image_file(image, tmp_path, "style", "style")
    assert copied.name == "style.jpg"
    assert copied.read_bytes() == PAINTING.read_bytes()


def test_a_packed_file_is_copied_byte_for_byte(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.load(str(PAINTING))
    image.pack()
    image.filepath = "//gone.jpg"
    assert image_file(image, tmp_path, "style", "style").read_bytes() == PAINTING.read_bytes()


def test_generated_and_painted_pixels_are_written(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.new("Generated", 8, 8)
    fill(image, picture(8, 8))
    written = image_file(image, tmp_path, "one", "style")
    np.testing.assert_array_equal(picture_in(written)[..., :3], picture(8, 8))
    assert (image.filepath, image.source, image.is_dirty) == ("", "GENERATED", True)

    save_picture(tmp_path / "disk.png", picture(8, 8))
    image = bpy.data.images.load(str(tmp_path / "disk.png"))
    fill(image, np.full((8, 8, 3), 255, dtype=np.uint8))
    assert picture_in(image_file(image, tmp_path, "two", "style")).min() == 255
    assert image.is_dirty
    np.testing.assert_array_equal(picture_in(tmp_path / "disk.png")[..., :3], picture(8, 8))


def test_formats_that_the_engine_does_not_read_become_png(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.new("Generated", 8, 8)
    fill(image, picture(8, 8))
    image.file_format = "TARGA"
    image.save(filepath=str(tmp_path / "disk.tga"))
    loaded = bpy.data.images.load(str(tmp_path / "disk.tga"))
    written = image_file(loaded, tmp_path, "one", "style")
    assert written.name == "one.png"
    assert written.read_bytes()[:4] == b"\x89PNG"
    np.testing.assert_array_equal(picture_in(written)[..., :3], picture(8, 8))
    assert loaded.file_format == "TARGA"


def test_float_images_are_encoded_for_display(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.new("Float", 4, 4, float_buffer=True)
    image.pixels.foreach_set(np.tile(np.array([0.2140, 4.0, 0.0, 1.0], dtype=np.float32), 16))
    image.update()
    written = picture_in_bytes(image_file(image, tmp_path, "one", "style"))
    np.testing.assert_allclose(written, (0.5, 1.0, 0.0), atol=2e-3)


def picture_in_bytes(path: Path) -> Any:
    """The first pixel as the file has it, in [0, 1]."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.colorspace_settings.name = "Non-Color"
    return np.array(image.pixels[:3])


def test_srgb_known_values() -> None:
    np.testing.assert_allclose(display((-1.0, 0.0031308, 0.5)), (0, 0.04045, 0.735357), atol=1e-5)
    assert display((1.0, 7.0, float("nan"), 0.5)) == pytest.approx((1.0, 1.0, 0.0))


def test_images_without_a_picture_of_their_own_are_refused(scene: Any, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    render(bpy.context.active_object, 8, 1)
    viewer = bpy.data.images["Render Result"]
    tiled = bpy.data.images.new("Tiled", 4, 4, tiled=True)
    save_picture(tmp_path / "gone.png", picture())
    gone = bpy.data.images.load(str(tmp_path / "gone.png"))
    (tmp_path / "gone.png").unlink()
    gone.reload()
    for image, code in ((viewer, "image_is_render"), (tiled, "image_kind"), (gone, "image_missing")):
        with pytest.raises(JobError) as caught:
            image_file(image, tmp_path, "style", "style")
        assert caught.value.code == code
        assert caught.value.remedy is Remedy.CHOOSE_IMAGE
        assert image.name in caught.value.message
    assert not usable_as_style(viewer)
    assert not usable_as_style(tiled)
    assert usable_as_style(gone)


def test_a_result_is_packed_and_needs_its_file_no_more(scene: Any, tmp_path: Path) -> None:
    pixels = picture()
    save_picture(tmp_path / "texture.png", pixels)
    image = load_result(tmp_path / "texture.png", "Suzanne waves NST")
    (tmp_path / "texture.png").unlink()
    blend = tmp_path / "scene.blend"
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    image = bpy.data.images["Suzanne waves NST"]
    assert image.packed_file is not None
    assert image.colorspace_settings.name == "sRGB"
    np.testing.assert_array_equal(picture_of(image)[..., :3], pixels)


@pytest.mark.parametrize("tiled", [False, True])
def test_results_are_unpacked_beside_the_file_each_under_its_name(
    scene: Any, tmp_path: Path, tiled: bool
) -> None:
    """The engine calls them all alike, and two may be results for one object."""
    blend, numbers = tmp_path / "scene.blend", (".1001", ".1002") if tiled else ("",)
    for name in ("One", "One", "Two Height"):
        files = [tmp_path / f"texture{number}.png" for number in numbers]
        for file in files:
            save_picture(file, picture())
        load_result(files[0], name, files if tiled else ()).use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.file.unpack_all(method="WRITE_LOCAL")
    unpacked = sorted(file.name for file in (tmp_path / "textures").iterdir())
    names = ("One", "One_001", "Two_Height")
    assert unpacked == [f"{name}{number}.png" for name in names for number in numbers]
    assert not any(image.packed_files for image in bpy.data.images)


def test_a_broken_result_is_an_error(scene: Any, tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        load_result(tmp_path / "nothing.png", "x")
    assert caught.value.code == "result_unreadable"
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(JobError):
        load_result(tmp_path / "broken.png", "x")
    assert len(bpy.data.images) == 0


@pytest.mark.parametrize(("suffix", "kind"), [(".hdr", "HDR"), (".png", "PNG")])
def test_frames_of_light_are_shown_as_light(scene: Any, tmp_path: Path, suffix: str, kind: str) -> None:
    frame, is_light = tmp_path / f"frame_0001{suffix}", suffix != ".png"
    made = bpy.data.images.new("Made", 8, 4, float_buffer=True)
    made.colorspace_settings.name = "Linear Rec.709" if is_light else "sRGB"
    made.pixels.foreach_set([0.5] * 128)
    made.file_format, made.filepath_raw = kind, str(frame)
    made.save()
    shown = load_sequence(frame, "Shown")
    assert shown.use_view_as_render == is_light
    assert ("Linear" in shown.colorspace_settings.name) == is_light
    scene.view_settings.exposure = 1.5
    assert movie_of(scene, [frame], tmp_path / "film.mp4").view["exposure"] == 1.5 * is_light
