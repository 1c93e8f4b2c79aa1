"""Pictures in and out: the only place where files become tensors and tensors files.

Inside the engine a picture is display-referred sRGB; whatever a file holds (grey,
palette, CMYK, 16 bits, an ICC profile, scene-linear EXR) is converted here.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, PngImagePlugin, UnidentifiedImageError
from torch import Tensor

from .exr import MAGIC as EXR_MAGIC
from .exr import exr_size, is_exr, linear_to_srgb, read_exr, srgb_to_linear, write_exr
from .files import check_folder_writable, write_atomically, write_together
from .hdr import is_hdr, read_hdr, write_hdr
from .modes import plain_mode, to_srgb
from .protocol import JobError, Remedy
from .strips import by_strips

log = logging.getLogger(__name__)

MAX_PIXELS = 16384 * 16384
"""Most pixels of a picture, in a file or once it has been shrunk while loading."""

# Only these: other readers of Pillow start programs (EPS) or hold no pictures.
_READABLE = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "DIB", "GIF", "TGA", "PPM", "PSD", "JPEG2000", "AVIF")
_SUFFIXES = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP",
    ".bmp": "BMP", ".exr": "EXR", ".hdr": "HDR",
}  # fmt: skip
_PICTURE_SUFFIXES = {*_SUFFIXES, ".gif", ".tga", ".ppm", ".psd", ".jp2", ".avif"}
_SAVE_OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 4},
    "JPEG": {"quality": 95, "subsampling": 0},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "WEBP": {"lossless": True},
}
_DRAFT_OPTIONS: dict[str, dict[str, object]] = {"PNG": {"compress_level": 1}, "TIFF": {}}
TIFF_XMP = 700  # the tag
_LONGEST_SIDE = {"JPEG": 65535, "WEBP": 16383}
_WITH_ALPHA = {"PNG", "TIFF", "WEBP", "EXR"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the engine holds it, float32 in [0, 1], top row first.

    rgb: (1, 3, H, W), display-referred sRGB. alpha: (1, 1, H, W), or None without any.
    """

    rgb: Tensor
    alpha: Tensor | None = None


def load_picture(path: str | Path, role: str = "image", max_side: int | None = None) -> Picture:
    """Read a picture of any common format. role names it in messages: "style", "base texture".

    max_side: shrinks a picture whose longer side has more pixels, before it becomes floats
    (JPEGs while they are decoded), so that a scan of a gigapixel needs little memory.

    The first page or frame counts; EXIF orientation is applied; an embedded ICC profile
    is converted to sRGB, a broken one ignored. 16-bit grey keeps its depth; 16-bit colour
    is read at 8 bits, all that Pillow gives. Float TIFFs, Radiance and EXR are taken as scene-linear and
    clipped to [0, 1] after the sRGB curve, with 0 for NaN and infinity.

    Raises JobError: "image_missing", "image_corrupt", "image_too_large", "no_permission",
    "unknown_format".
    """
    source = Path(path)
    head = _head(source, role)
    try:
        if head == EXR_MAGIC:
            return _load_exr(source, role, max_side)
        if is_hdr(source):
            return _load_light(source, role, max_side, read_hdr(source), None)
        return _load_pillow(source, role, max_side)
    except JobError:
        raise
    except MemoryError as error:
        raise JobError(
            "image_too_large",
            f"The {role} {source} needs more memory than there is. Choose a smaller one, or shrink it.",
            Remedy.CHOOSE_IMAGE,
        ) from error
    except UnidentifiedImageError as error:
        if source.suffix.lower() not in _PICTURE_SUFFIXES:
            raise JobError(
                "unknown_format",
                f"The {role} {source} is not a kind of picture that can be read. "
                "Choose a PNG, JPEG, TIFF, WebP, BMP, EXR or HDR file.",
                Remedy.CHOOSE_IMAGE,
            ) from error
        raise _corrupt(source, role) from error
    except Exception as error:  # decoders of broken files raise whatever they stumble upon
        log.info("reading %s failed", source, exc_info=True)
        raise _corrupt(source, role) from error


def picture_width(path: str | Path) -> int:
    """How many pixels a picture that can be read is wide, upright, before it is shrunk to any side."""
    source = Path(path)
    if is_exr(source):
        return exr_size(source)[0]
    with _own_pixel_limit(), Image.open(source) as image:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
        return image.height if turned else image.width


def save_picture(
    path: str | Path, rgb: Tensor, alpha: Tensor | None = None, draft: bool = False, xmp: bytes = b""
) -> None:
    """Write a picture, whole or not at all, in the format of its extension.

    rgb: (1, 3, H, W), clipped to [0, 1]; alpha: (1, 1, H, W) or None. PNG, TIFF and WebP hold
    8 bits without loss, JPEG quality 95, EXR and HDR scene-linear floats. JPEG, BMP and HDR have no
    alpha: there it is left out. draft: a larger file that is soon written. xmp: a packet of metadata, for
    PNG, JPEG, TIFF and WebP.

    Raises JobError: "unknown_format", "folder_missing", "no_permission", "disk_full",
    "image_too_large" (for WebP or JPEG), "write_failed"; ValueError for wrong shapes and for whole numbers.
    """
    write_atomically(path, _writer(Path(path), rgb, alpha, draft, xmp))


def save_pictures(
    pictures: Iterable[tuple[str | Path, Tensor]],
    draft: bool = False,
    also: Iterable[tuple[str | Path, Callable[[Path], None]]] = (),
) -> None:
    """Write several pictures (1, 3, H, W) as ``save_picture`` does, and none before all are whole.

    also: files of other kinds, with what fills them, that belong to them.
    """
    writers = ((path, _writer(Path(path), rgb, None, draft)) for path, rgb in pictures)
    write_together(chain(writers, also))


def _writer(
    target: Path, rgb: Tensor, alpha: Tensor | None, draft: bool, xmp: bytes = b""
) -> Callable[[Path], None]:
    """What fills a file with a picture, in the format that ``target``'s name asks for."""
    kind = _format_of(target)
    if not isinstance(rgb, Tensor) or not rgb.is_floating_point():
        what = str(rgb.dtype) if isinstance(rgb, Tensor) else type(rgb).__name__
        raise ValueError(f"expected rgb as a tensor of floating point numbers from 0 to 1, got {what}")
    if rgb.ndim != 4 or rgb.shape[:2] != (1, 3) or 0 in rgb.shape:
        raise ValueError(f"expected rgb of shape (1, 3, H, W), got {tuple(rgb.shape)}")
    height, width = rgb.shape[-2:]
    if alpha is not None and alpha.shape != (1, 1, height, width):
        raise ValueError(f"expected alpha of shape (1, 1, {height}, {width}), got {tuple(alpha.shape)}")
    if max(height, width) > _LONGEST_SIDE.get(kind, MAX_PIXELS):
        raise JobError(
            "image_too_large",
            f"{width} x {height} pixels are more than a {kind} file can hold. Save it as PNG.",
            Remedy.SMALLER_SIZE,
        )
    shown = alpha if kind in _WITH_ALPHA else None
    if kind == "HDR":
        light = srgb_to_linear(_clean(rgb)[0])
        return lambda file: write_hdr(file, light)
    if kind == "EXR":
        color, cover = _clean(rgb)[0], None if shown is None else _clean(shown)[0]
        return lambda file: write_exr(file, srgb_to_linear(color), cover)
    planes = [by_strips(_as_bytes, one)[0] for one in (rgb, shown) if one is not None]
    levels = torch.cat(planes).permute(1, 2, 0).contiguous().numpy()
    encoded = io.BytesIO()
    options = _SAVE_OPTIONS | (_DRAFT_OPTIONS if draft else {})
    Image.fromarray(levels).save(encoded, kind, **options.get(kind, {}), **_with_xmp(kind, xmp))
    return lambda file: _write_bytes(file, encoded.getbuffer())


def _with_xmp(kind: str, xmp: bytes) -> dict[str, object]:
    """The options that write a packet of metadata into a file of a kind, where it can hold one."""
    if not xmp or kind == "BMP":
        return {}
    if kind == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return {"pnginfo": chunks}
    return {"tiffinfo": {TIFF_XMP: xmp}} if kind == "TIFF" else {"xmp": xmp}


def check_writable(path: str | Path) -> None:
    """Raise now what ``save_picture`` would raise after a long job: call it before one starts."""
    _format_of(Path(path))
    check_folder_writable(path)


def _write_bytes(path: Path, data: memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)


def _clean(planes: Tensor) -> Tensor:
    return planes.detach().to("cpu", torch.float32).nan_to_num(nan=0.0).clamp(0, 1)


def _as_bytes(planes: Tensor) -> Tensor:
    """As numbers from 0 to 255."""
    return (_clean(planes) * 255).round().to(torch.uint8)


def _format_of(path: Path) -> str:
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise JobError(
            "unknown_format",
            f"{path.name} does not end in a format that can be written. "
            "Let it end in .png, .jpg, .tif, .webp, .bmp, .exr or .hdr.",
            Remedy.CHOOSE_FOLDER,
        )
    return kind


def _head(path: Path, role: str) -> bytes:
    """The first bytes of a file that is there and may be read."""
    try:
        with path.open("rb") as file:
            head = file.read(len(EXR_MAGIC))
    except (IsADirectoryError, FileNotFoundError, NotADirectoryError) as error:
        what = "is a folder, not a picture" if path.is_dir() else "is not there"
        message = f"The {role} {path} {what}. Choose a picture file."
        raise JobError("image_missing", message, Remedy.CHOOSE_IMAGE) from error
    except OSError as error:
        if path.is_dir():  # Windows calls opening a folder a lack of permission
            message = f"The {role} {path} is a folder, not a picture. Choose a picture file."
            raise JobError("image_missing", message, Remedy.CHOOSE_IMAGE) from error
        raise JobError(
            "no_permission",
            f"The {role} {path} may not be read: {error.strerror or error}. "
            "Choose another file, or change its rights.",
            Remedy.CHOOSE_IMAGE,
        ) from error
    if not head:
        raise JobError(
            "image_corrupt",
            f"The {role} {path} is empty (0 bytes). Choose another file.",
            Remedy.CHOOSE_IMAGE,
        )
    return head


def _corrupt(path: Path, role: str) -> JobError:
    return JobError(
        "image_corrupt",
        f"The {role} {path} is damaged or not a picture. Open it in an image editor and save it again, "
        "or choose another file.",
        Remedy.CHOOSE_IMAGE,
    )


def _check_size(width: int, height: int, path: Path, role: str) -> None:
    if width * height > MAX_PIXELS:
        raise JobError(
            "image_too_large",
            f"The {role} {path} has {width} x {height} pixels; at most {MAX_PIXELS // 10**6} million "
            "can be used. Shrink it in an image editor, or choose another file.",
            Remedy.CHOOSE_IMAGE,
        )
    if width < 1 or height < 1:
        raise _corrupt(path, role)


def _load_exr(path: Path, role: str, max_side: int | None) -> Picture:
    _check_size(*exr_size(path), path, role)
    return _load_light(path, role, max_side, *read_exr(path))


def _load_light(path: Path, role: str, max_side: int | None, rgb: Tensor, alpha: Tensor | None) -> Picture:
    _check_size(rgb.shape[2], rgb.shape[1], path, role)
    planes = rgb if alpha is None else torch.cat([rgb, alpha])
    height, width = planes.shape[-2:]
    if max_side is not None and max(height, width) > max_side:
        size = _fitted(width, height, max_side)[::-1]
        planes = torch.nn.functional.interpolate(planes[None], size, mode="area")[0]
    display = linear_to_srgb(planes[:3].clamp(0, 1)).clamp(0, 1)
    return Picture(display[None], None if alpha is None else planes[None, 3:])


def _load_pillow(path: Path, role: str, max_side: int | None) -> Picture:
    Image.init()
    with _own_pixel_limit():
        opened = Image.open(path, formats=[name for name in _READABLE if name in Image.OPEN])
    with opened as image:
        if max_side is not None:
            # Only JPEG takes part: it then decodes at 1/2, 1/4 or 1/8 of its size.
            wide, high = _fitted(*image.size, max_side)
            image.draft(None, (2 * wide, 2 * high))
        _check_size(*image.size, path, role)
        image.load()
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        plain = plain_mode(image)
    if max_side is not None and max(plain.size) > max_side:
        # Filtered in two steps: whole-number averaging first is fast and needs no extra memory.
        plain = plain.resize(
            _fitted(*plain.size, max_side), Image.Resampling.LANCZOS, reducing_gap=3.0
        )  # fmt: skip
    if plain.mode == "F":
        grey = torch.from_numpy(np.array(plain)).nan_to_num(nan=0.0, posinf=1.0, neginf=0.0).clamp(0, 1)
        return Picture(grey.expand(1, 3, -1, -1).contiguous())
    color, cover = to_srgb(plain, profile)
    rgb = torch.from_numpy(_levels(color)).permute(2, 0, 1)[None].float().div_(255)
    alpha = None if cover is None else torch.from_numpy(_levels(cover))[None, None].float().div_(255)
    return Picture(rgb, alpha)


@contextmanager
def _own_pixel_limit() -> Iterator[None]:
    """Lets Pillow open what ``_check_size`` then judges: its own limit is below a texture of 16384 pixels."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _levels(image: Image.Image) -> NDArray[np.uint8]:
    return np.array(image, dtype=np.uint8)


def _fitted(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Width and height with the longer one at most max_side, in proportion, at least 1."""
    scale = min(1.0, max_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
