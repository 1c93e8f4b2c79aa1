from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch
from PIL import Image, ImageCms

from nst.core.exr import linear_to_srgb, srgb_to_linear
from nst.core.images import check_writable, load_picture, save_picture, save_pictures
from nst.core.protocol import JobError, Remedy


def noise(height: int = 9, width: int = 13, channels: int = 3) -> torch.Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(3))


def levels(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]


def png_header(width: int, height: int, depth: int = 8, color: int = 2) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def write_channels(path: Path, channels: dict[str, np.ndarray]) -> Path:
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, channels) as file:
        file.write(str(path))
    return path


def fails(code: str, action: Callable[[], object], remedy: Remedy = Remedy.CHOOSE_IMAGE) -> JobError:
    with pytest.raises(JobError) as caught:
        action()
    assert caught.value.code == code
    assert caught.value.remedy is remedy
    return caught.value


# Round trips


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.TIFF", "a.webp", "a.bmp"])
def test_8_bit_formats_keep_every_level(tmp_path: Path, name: str) -> None:
    rgb = as_tensor(levels(9, 13, 3))
    save_picture(tmp_path / name, rgb)
    found = load_picture(tmp_path / name)
    assert found.rgb.dtype == torch.float32
    assert torch.equal(found.rgb, rgb)
    assert found.alpha is None


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_alpha_is_carried(tmp_path: Path, name: str) -> None:
    planes = as_tensor(levels(9, 13, 4))
    save_picture(tmp_path / name, planes[:, :3], planes[:, 3:])
    found = load_picture(tmp_path / name)
    assert found.alpha is not None
    assert torch.equal(found.rgb, planes[:, :3])
    assert torch.equal(found.alpha, planes[:, 3:])


def test_formats_without_alpha_leave_it_out(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.jpg", noise(), noise(channels=1))
    assert load_picture(tmp_path / "a.jpg").alpha is None


def test_jpeg_is_close(tmp_path: Path) -> None:
    smooth = torch.linspace(0.1, 0.9, 32).expand(1, 3, 32, 32)
    save_picture(tmp_path / "a.jpg", smooth)
    assert torch.allclose(load_picture(tmp_path / "a.jpg").rgb, smooth, atol=0.02)


def test_exr_is_linear_outside_and_srgb_inside(tmp_path: Path) -> None:
    rgb = noise()
    save_picture(tmp_path / "a.exr", rgb)
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        red = file.channels()["R"].pixels
    assert np.allclose(red, srgb_to_linear(rgb)[0, 0].numpy(), atol=1e-3)
    assert torch.allclose(load_picture(tmp_path / "a.exr").rgb, rgb, atol=1e-3)


def test_exr_keeps_colour_and_alpha_apart(tmp_path: Path) -> None:
    rgb, alpha = noise(), 0.2 + 0.8 * noise(channels=1)
    save_picture(tmp_path / "a.exr", rgb, alpha)
    found = load_picture(tmp_path / "a.exr")
    assert found.alpha is not None
    assert torch.allclose(found.rgb, rgb, atol=2e-3)
    assert torch.allclose(found.alpha, alpha, atol=1e-3)


def test_srgb_curve_has_its_known_values_and_inverts() -> None:
    known = torch.tensor([0.0, 0.0031308, 0.18, 0.5, 1.0])
    expected = torch.tensor([0.0, 0.0404499, 0.4613561, 0.7353569, 1.0])
    assert torch.allclose(linear_to_srgb(known), expected, atol=1e-5)
    values = torch.linspace(0, 1, 101)
    assert torch.allclose(srgb_to_linear(linear_to_srgb(values)), values, atol=1e-5)


def test_values_out_of_range_are_clipped_when_saved(tmp_path: Path) -> None:
    rgb = torch.tensor([-1.0, 2.0, float("nan")]).reshape(1, 3, 1, 1)
    save_picture(tmp_path / "a.png", rgb)
    assert load_picture(tmp_path / "a.png").rgb.flatten().tolist() == [0.0, 1.0, 0.0]


# Whatever a file may hold


def test_single_pixel(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (255, 0, 51)).save(tmp_path / "a.png")
    assert torch.allclose(load_picture(tmp_path / "a.png").rgb.flatten(), torch.tensor([1, 0, 0.2]))


def test_top_row_comes_first(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 3))
    image.putpixel((1, 0), (255, 255, 255))
    image.save(tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png").rgb[0, 0].tolist() == [[0, 1], [0, 0], [0, 0]]


def test_grey_becomes_three_channels(tmp_path: Path) -> None:
    pixels = levels(5, 4)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = load_picture(tmp_path / "a.png")
    assert torch.equal(found.rgb, as_tensor(np.repeat(pixels[..., None], 3, 2)))
    assert found.alpha is None


def test_grey_with_alpha(tmp_path: Path) -> None:
    pixels = levels(5, 4, 2)
    Image.fromarray(pixels, "LA").save(tmp_path / "a.png")
    found = load_picture(tmp_path / "a.png")
    assert found.alpha is not None
    assert torch.equal(found.rgb, as_tensor(pixels[..., [0, 0, 0]]))
    assert torch.equal(found.alpha, as_tensor(pixels[..., 1:]))


def test_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png").rgb[0, 1].tolist() == [[1.0, 0.0]]


def test_palette_with_a_transparent_entry(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=1)
    found = load_picture(tmp_path / "a.png")
    assert found.alpha is not None
    assert found.alpha.flatten().tolist() == [1.0, 0.0]
    assert found.rgb[0, :, 0, 0].tolist() == [1.0, 0.0, 0.0]
    image.save(tmp_path / "opaque.png")
    assert load_picture(tmp_path / "opaque.png").alpha is None


def test_colour_that_stands_for_transparent(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 1), (10, 20, 30))
    image.putpixel((0, 0), (200, 0, 0))
    image.save(tmp_path / "a.png", transparency=(10, 20, 30))
    found = load_picture(tmp_path / "a.png")
    assert found.alpha is not None
    assert found.alpha.flatten().tolist() == [1.0, 0.0]


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_becomes_rgb(tmp_path: Path, name: str) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / name)
    red = load_picture(tmp_path / name).rgb[0, :, 4, 4]
    assert red[0] > 0.9
    assert red[1:].max() < 0.1


def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    values = np.array([[0, 300, 25700, 65535]], dtype=np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(values).save(tmp_path / name)
        found = load_picture(tmp_path / name).rgb
        assert np.allclose(found[0].numpy(), values[None].repeat(3, 0) / 65535, atol=1e-6)


def test_16_bit_colour_is_read_at_8_bits(tmp_path: Path) -> None:
    rows = b"".join(b"\0" + struct.pack(">6H", 0, 32768, 65535, 65535, 257, 0) for _ in range(2))
    head = png_header(2, 2, depth=16)
    data = zlib.compress(rows)
    chunk = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    (tmp_path / "a.png").write_bytes(head[: head.index(b"IDAT") - 4] + chunk + head[-12:])
    found = load_picture(tmp_path / "a.png").rgb
    expected = torch.tensor([0, 0.5, 1, 1, 1 / 255, 0]).reshape(1, 2, 3).permute(2, 0, 1)[:, 0]
    assert torch.allclose(found[0, :, 1], expected, atol=1 / 255)


def test_float_tiff_is_linear(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0.0, 0.18, 4.0, np.nan]], dtype=np.float32)).save(tmp_path / "a.tif")
    found = load_picture(tmp_path / "a.tif").rgb[0, 2, 0]
    assert torch.allclose(found, torch.tensor([0.0, 0.46136, 1.0, 0.0]), atol=1e-4)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    image = Image.fromarray(levels(4, 6, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: the viewer turns it clockwise
    image.save(tmp_path / "a.png", exif=exif)
    turned = as_tensor(np.rot90(np.array(image), -1).copy())
    assert torch.equal(load_picture(tmp_path / "a.png").rgb, turned)
    deep = Image.fromarray(np.arange(6, dtype=np.uint16).reshape(2, 3) * 1000)
    deep.save(tmp_path / "deep.png", exif=exif)
    assert load_picture(tmp_path / "deep.png").rgb.shape == (1, 3, 3, 2)


def test_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.new("LAB", (4, 4), (128, 128, 128)).save(tmp_path / "a.tif", icc_profile=lab)
    grey = load_picture(tmp_path / "a.tif").rgb
    assert torch.allclose(grey, torch.full_like(grey, 0.47), atol=0.02)


def test_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = levels(5, 5, 4)
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
    assert torch.equal(load_picture(tmp_path / "a.png").rgb, as_tensor(pixels[..., :3]))


@pytest.mark.parametrize("profile", [b"broken", b"\0" * 200])
def test_broken_profile_is_ignored(tmp_path: Path, profile: bytes) -> None:
    pixels = levels(5, 5, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
    assert torch.equal(load_picture(tmp_path / "a.png").rgb, as_tensor(pixels))


def test_profile_of_another_kind_of_colour_is_ignored(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    pixels = levels(5, 5, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=lab)
    assert torch.equal(load_picture(tmp_path / "a.png").rgb, as_tensor(pixels))


def test_exr_with_nan_and_highlights(tmp_path: Path) -> None:
    red = np.array([[np.nan, np.inf, 9.0, -1.0, 0.18]], dtype=np.float32)
    write_channels(tmp_path / "a.exr", {"R": red, "G": red, "B": red})
    found = load_picture(tmp_path / "a.exr").rgb[0, 0, 0]
    assert torch.allclose(found, torch.tensor([0, 1, 1, 0, 0.46136]), atol=1e-4)


def test_exr_layers_and_grey(tmp_path: Path) -> None:
    plane = np.full((2, 3), 0.5, np.float32)
    others = {f"View.AO.{name}": 0 * plane for name in "RGB"}
    write_channels(tmp_path / "layer.exr", others | {f"View.Combined.{name}": plane for name in "RGBA"})
    write_channels(tmp_path / "grey.exr", {"Y": plane})
    assert load_picture(tmp_path / "layer.exr").rgb.min() > 0.9999  # 0.5 over an alpha of 0.5
    grey = load_picture(tmp_path / "grey.exr").rgb
    assert torch.allclose(grey, torch.full((1, 3, 2, 3), 0.73536), atol=1e-4)


def test_exr_without_colour_is_refused(tmp_path: Path) -> None:
    path = write_channels(tmp_path / "a.exr", {"depth.Z": np.ones((2, 3), np.float32)})
    fails("image_corrupt", lambda: load_picture(path))


def test_exr_is_known_by_its_content(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.exr", noise())
    os.rename(tmp_path / "a.exr", tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png").rgb.shape == (1, 3, 9, 13)


# Sizes


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr"])
def test_max_side_shrinks_in_proportion(tmp_path: Path, name: str) -> None:
    ramp = torch.linspace(0, 1, 640).expand(1, 3, 320, 640)
    save_picture(tmp_path / name, ramp)
    found = load_picture(tmp_path / name, max_side=64).rgb
    assert found.shape == (1, 3, 32, 64)
    assert torch.allclose(found[0, 0, 16], torch.linspace(0, 1, 64), atol=0.05)


def test_max_side_never_enlarges(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", noise())
    assert torch.equal(
        load_picture(tmp_path / "a.png", max_side=500).rgb, load_picture(tmp_path / "a.png").rgb
    )


@pytest.mark.parametrize("size", [(1, 900), (900, 1)])
def test_max_side_keeps_a_thin_picture_a_pixel_wide(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    assert sorted(load_picture(tmp_path / "a.png", max_side=100).rgb.shape) == [1, 1, 3, 100]


def test_max_side_on_deep_grey_and_palette(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 64), 32768, np.uint16)).save(tmp_path / "deep.png")
    found = load_picture(tmp_path / "deep.png", max_side=16).rgb
    assert torch.allclose(found, torch.full((1, 3, 16, 16), 32768 / 65535), atol=1e-5)
    Image.fromarray(levels(64, 64)).convert("P").save(tmp_path / "palette.png")
    assert load_picture(tmp_path / "palette.png", max_side=16).rgb.shape == (1, 3, 16, 16)


def test_transparent_pixels_do_not_bleed_when_shrunk(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :31] = (255, 0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = load_picture(tmp_path / "a.png", max_side=16)
    assert found.alpha is not None
    assert found.rgb[0, 0][found.alpha[0, 0] > 0.1].min() > 0.95


def test_size_is_judged_from_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_header(60000, 50000))
    error = fails("image_too_large", lambda: load_picture(tmp_path / "a.png", "style"))
    assert "60000 x 50000" in error.message
    assert "style" in error.message
    fails("image_too_large", lambda: load_picture(tmp_path / "a.png", "style", max_side=1024))


def test_what_pillow_calls_a_bomb_but_we_allow_is_read(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    Image.new("1", (14000, 14000)).save(tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png", max_side=32).rgb.shape == (1, 3, 32, 32)
    assert before == Image.MAX_IMAGE_PIXELS


def test_out_of_memory_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_out(*_: object, **__: object) -> None:
        raise MemoryError

    save_picture(tmp_path / "a.png", noise())
    monkeypatch.setattr(Image, "open", run_out)
    fails("image_too_large", lambda: load_picture(tmp_path / "a.png"))


# What cannot be read


def test_missing_file_and_folder(tmp_path: Path) -> None:
    missing = fails("image_missing", lambda: load_picture(tmp_path / "no.png", "style"))
    assert "style" in missing.message
    assert "folder" in fails("image_missing", lambda: load_picture(tmp_path)).message


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.tif", "a.webp"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5])
def test_truncated_files_are_corrupt(tmp_path: Path, name: str, kept: float) -> None:
    save_picture(tmp_path / name, noise(64, 64))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(kept * len(data))])
    fails("image_corrupt", lambda: load_picture(tmp_path / name))


@pytest.mark.parametrize("name", ["a.png", "a.exr", "a.webp"])
def test_garbage_in_a_picture_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a picture at all" * 50)
    fails("image_corrupt", lambda: load_picture(tmp_path / name))


def test_exr_magic_and_garbage(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"\x76\x2f\x31\x01" + bytes(range(256)) * 4)
    fails("image_corrupt", lambda: load_picture(tmp_path / "a.exr"))


def test_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.blend").write_bytes(b"BLENDER-v300" * 20)
    fails("unknown_format", lambda: load_picture(tmp_path / "a.blend"))


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rights do not bind the superuser, as whom tests may run.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    save_picture(tmp_path / "a.png", noise())
    monkeypatch.setattr(Path, "open", refuse)
    fails("no_permission", lambda: load_picture(tmp_path / "a.png"))


# What cannot be written


@pytest.mark.parametrize("action", [lambda path: save_picture(path, noise()), check_writable])
def test_refusals_when_saving(tmp_path: Path, action: Callable[[Path], None]) -> None:
    where = Remedy.CHOOSE_FOLDER
    fails("folder_missing", lambda: action(tmp_path / "no" / "a.png"), where)
    (tmp_path / "file").write_text("")
    fails("folder_missing", lambda: action(tmp_path / "file" / "a.png"), where)
    fails("unknown_format", lambda: action(tmp_path / "a.psd"), where)
    fails("unknown_format", lambda: action(tmp_path / "a"), where)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(JobError):
        action(tmp_path / "folder.png")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.parametrize("name", ["a.png", "a.exr"])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EACCES, "no_permission"),
        (errno.EROFS, "no_permission"),
        (errno.EIO, "write_failed"),
    ],
)
def test_failure_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, code: str
) -> None:
    (tmp_path / name).write_bytes(b"the old one")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    fails(code, lambda: save_picture(tmp_path / name, noise()), Remedy.CHOOSE_FOLDER)
    fails(code, lambda: check_writable(tmp_path / name), Remedy.CHOOSE_FOLDER)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"the old one"


def test_disk_that_fills_up_inside_the_exr_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("write failed")

    monkeypatch.setattr(OpenEXR.File, "write", fail)
    fails("write_failed", lambda: save_picture(tmp_path / "a.exr", noise()), Remedy.CHOOSE_FOLDER)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 0}))
    fails("disk_full", lambda: save_picture(tmp_path / "a.exr", noise()), Remedy.CHOOSE_FOLDER)
    assert not list(tmp_path.iterdir())


def test_saving_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    for value in (0.0, 1.0):
        check_writable(tmp_path / "a.png")
        save_picture(str(tmp_path / "a.png"), torch.full((1, 3, 2, 2), value))
    assert load_picture(tmp_path / "a.png").rgb.min() == 1.0
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", noise())
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    save_picture(tmp_path / "link.png", torch.zeros(1, 3, 2, 2))
    assert (tmp_path / "link.png").is_symlink()
    assert load_picture(tmp_path / "a.png").rgb.shape == (1, 3, 2, 2)


def test_webp_too_wide(tmp_path: Path) -> None:
    wide = torch.zeros(1, 3, 1, 16384)
    fails("image_too_large", lambda: save_picture(tmp_path / "a.webp", wide), Remedy.SMALLER_SIZE)


def test_wrong_shapes_are_a_programming_error(tmp_path: Path) -> None:
    for rgb, alpha in ((noise()[0], None), (noise(channels=4), None), (noise(), noise(4, 4, 1))):
        with pytest.raises(ValueError, match="shape"):
            save_picture(tmp_path / "a.png", rgb, alpha)
    assert not list(tmp_path.iterdir())


def test_pictures_are_closed_after_reading(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.fromarray(levels(8, 8, 3)).save(data, "PNG")
    (tmp_path / "a.png").write_bytes(data.getvalue()[:-30])
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        fails("image_corrupt", lambda: load_picture(tmp_path / "a.png"))
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before


def test_several_pictures_are_written_all_or_none(tmp_path):
    good, bad = tmp_path / "good.png", tmp_path / "missing" / "bad.png"
    good.write_bytes(b"before")
    with pytest.raises(JobError) as error:
        save_pictures([(good, torch.rand(1, 3, 8, 8)), (bad, torch.rand(1, 3, 8, 8))])
    assert error.value.code == "folder_missing"
    assert good.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [good]
    save_pictures([(good, torch.full((1, 3, 8, 8), 0.2)), (tmp_path / "two.jpg", torch.rand(1, 3, 4, 4))])
    assert load_picture(good).rgb[0, 0, 0, 0] == pytest.approx(0.2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.png", "two.jpg"]
