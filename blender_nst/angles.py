"""The setting for strokes of panoramas, which are measured in angles, as pictures' are in pixels."""

from __future__ import annotations

from math import degrees, radians

import bpy


class StrokeAngle:
    """How large strokes of a panorama are. A mixin for property groups."""

    stroke_angle: bpy.props.FloatProperty(
        name="Stroke Size",
        description="Angle from one brush stroke to the next, as one sees it who looks around",
        min=radians(0.1),
        max=radians(90),
        soft_max=radians(30),
        default=radians(3),
        subtype="ANGLE",
    )


def degrees_of(angle: float) -> float:
    """An angle's degrees, without the noise of what Blender keeps it in."""
    return round(degrees(angle), 4)
