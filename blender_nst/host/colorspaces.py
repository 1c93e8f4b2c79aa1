"""Finding sRGB among the colour spaces of whichever OpenColorIO configuration Blender runs with."""

from __future__ import annotations

from typing import Any

# Configurations name it in their own ways: Blender's, ACES 1.3, ACES 1.0 to 1.2, ACES 2.
_NAMES = (
    "srgb",
    "srgbtexture",
    "utilitysrgbtexture",
    "inputgenericsrgbtexture",
    "srgbencodedrec709srgb",
    "srgbrec709",
)


def set_srgb(image: Any) -> None:
    """Say that an image's pixels are sRGB.

    In a configuration that has no such space it stays what Blender takes for pictures of 8 bits,
    the configuration's role "default_byte".
    """
    name = _srgb(image)
    if name:
        image.colorspace_settings.name = name


def set_data(image: Any) -> None:
    """Say that an image's pixels are plain numbers, no colours."""
    settings = image.colorspace_settings
    settings.is_data = True
    settings.name = str(settings.name)  # until 5.0 only this has pixels read again that were read as colours


def is_srgb(image: Any) -> bool:
    """Whether an image's pixels are said to be sRGB."""
    return _key(image.colorspace_settings.name) in _NAMES


def _srgb(image: Any) -> str:
    items = image.colorspace_settings.bl_rna.properties["name"].enum_items
    found = {_key(item.identifier): str(item.identifier) for item in items}
    return next((found[key] for key in _NAMES if key in found), "")


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
