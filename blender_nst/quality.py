"""How long the painter works, as panels offer it."""

from __future__ import annotations

import bpy

from ..core.protocol import QUALITIES

_HINTS = {
    "draft": "A first look, several times faster than Standard",
    "standard": "For most work",
    "best": "More passes and finer strokes; takes the longest",
}
QUALITY_ITEMS = [(quality, quality.capitalize(), _HINTS[quality]) for quality in QUALITIES]


class QualitySettings:
    """How long the painter works on anything."""

    quality: bpy.props.EnumProperty(
        name="Quality",
        description="How long the painter works",
        items=QUALITY_ITEMS,
        default="standard",
    )
