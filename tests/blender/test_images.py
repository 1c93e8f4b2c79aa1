"""Images out of Blender and back into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.images import image_file, load_result, srgb_bytes, srgb_from_linear, usable_as_style
from nst.blender_nst.host.png import encode_png, write_png
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import render

PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


def picture(height: int = 5, width: int = 7) -> np.ndarray[Any, np.dtype[np.uint8]]:
    values = np.random.default_rng(0).integers(0, 256, (height, width, 4))
    values[..., 3] = 255
    return values.astype(np.uint8)


def loaded_bytes(path: Path) -> Any:
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        return srgb_bytes(image, "style")
    finally:
        bpy.data.images.remove(image)


def test_png_and_back_is_exact(scene: Any, tmp_path: Path) -> None:
    pixels = picture()
    write_png(tmp_path / "a.png", pixels)
    np.testing.assert_array_equal(loaded_bytes(tmp_path / "a.png"), pixels)
    assert encode_png(pixels[..., :3])[:8] == b"\x89PNG\r\n\x1a\n"


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
    pixels = picture(8, 8)
    image = bpy.data.images.new("Generated", 8, 8)
    image.pixels.foreach_set((pixels[::-1] / 255.0).astype(np.float32).ravel())
    image.update()
    np.testing.assert_array_equal(loaded_bytes(image_file(image, tmp_path, "one", "style")), pixels)

    write_png(tmp_path / "disk.png", picture(8, 8))
    image = bpy.data.images.load(str(tmp_path / "disk.png"))
    image.pixels.foreach_set(np.ones(8 * 8 * 4, dtype=np.float32))
    image.update()
    assert loaded_bytes(image_file(image, tmp_path, "two", "style")).min() == 255


def test_float_images_are_encoded_for_display(scene: Any, tmp_path: Path) -> None:
    image = bpy.data.images.new("Float", 4, 4, float_buffer=True)
    image.pixels.foreach_set(np.tile(np.array([0.2140, 4.0, np.nan, 1.0], dtype=np.float32), 16))
    image.update()
    assert tuple(srgb_bytes(image, "style")[0, 0]) == (127, 255, 0, 255)


def test_srgb_known_values() -> None:
    values = srgb_from_linear(np.array([-1.0, 0.0, 0.0031308, 0.5, 1.0], dtype=np.float32))
    np.testing.assert_allclose(values, [0, 0, 0.04045, 0.735357, 1.0], atol=1e-5)


def test_images_without_a_picture_of_their_own_are_refused(scene: Any, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    render(bpy.context.active_object, 8, 1)
    viewer = bpy.data.images["Render Result"]
    tiled = bpy.data.images.new("Tiled", 4, 4, tiled=True)
    write_png(tmp_path / "gone.png", picture())
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
    write_png(tmp_path / "texture.png", pixels)
    image = load_result(tmp_path / "texture.png", "Suzanne waves NST")
    (tmp_path / "texture.png").unlink()
    blend = tmp_path / "scene.blend"
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    image = bpy.data.images["Suzanne waves NST"]
    assert image.packed_file is not None
    assert image.colorspace_settings.name == "sRGB"
    np.testing.assert_array_equal(srgb_bytes(image, "result"), pixels)


def test_a_broken_result_is_an_error(scene: Any, tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        load_result(tmp_path / "nothing.png", "x")
    assert caught.value.code == "result_unreadable"
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(JobError):
        load_result(tmp_path / "broken.png", "x")
    assert len(bpy.data.images) == 0
