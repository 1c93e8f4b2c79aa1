"""What a scene's camera shows of the world, in the engine's names."""

from __future__ import annotations

from math import isclose, pi
from typing import Any

from ...core.protocol import EQUIRECT, FLAT, VR180, check_shape

UPRIGHT = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
"""How a camera is turned that looks ahead, along Y: a quaternion."""
_NEAR = 1e-3  # radians


def projection_of(scene: Any) -> str:
    """A panorama of 360 degrees or of 180, or else flat: other lenses are painted as pictures, too."""
    camera = scene.camera
    if camera is None or camera.type != "CAMERA":
        return FLAT
    lens = camera.data
    if lens.type != "PANO" or lens.panorama_type != "EQUIRECTANGULAR":
        return FLAT
    high = isclose(lens.latitude_min, -pi / 2, abs_tol=_NEAR) and isclose(
        lens.latitude_max, pi / 2, abs_tol=_NEAR
    )
    width, height = _size(scene.render)
    for projection, half, aspect in ((EQUIRECT, pi, 2), (VR180, pi / 2, 1)):
        ends = isclose(lens.longitude_min, -half, abs_tol=_NEAR) and isclose(
            lens.longitude_max, half, abs_tol=_NEAR
        )
        if high and ends and width == aspect * height:
            return projection
    return FLAT


def check_projection(scene: Any, projection: str) -> None:
    """Raise JobError ("no_panorama") if a scene is rendered in a shape that a projection does not have.

    projection: of ``PROJECTIONS``; empty for what the camera shows.
    """
    width, height = _size(scene.render)
    check_shape(projection, (height, width), "render")


def turn_of_camera(scene: Any) -> tuple[float, ...]:
    """How a scene's camera is turned in the world: a quaternion; ``UPRIGHT`` without a camera."""
    return tuple(scene.camera.matrix_world.to_quaternion()) if scene.camera is not None else UPRIGHT


def focal_length(lens: Any, render: Any) -> tuple[float, float]:
    """Of a perspective camera's data: pixels, and the millimetres of sensor that it is measured by.

    As ``BKE_camera_params_compute_viewplane`` has it.
    """
    width, height = _whole_size(render)
    tall = height * render.pixel_aspect_y / render.pixel_aspect_x
    fit = lens.sensor_fit
    across = width if fit == "HORIZONTAL" or (fit == "AUTO" and width >= tall) else tall
    sensor = lens.sensor_height if fit == "VERTICAL" else lens.sensor_width
    return lens.lens * across / sensor, sensor


def _whole_size(render: Any) -> tuple[int, int]:
    share = render.resolution_percentage / 100
    return int(render.resolution_x * share), int(render.resolution_y * share)


def _size(render: Any) -> tuple[int, int]:
    """Width and height of the picture in pixels, or of its border where only that is rendered."""
    width, height = _whole_size(render)
    if render.use_border and render.use_crop_to_border:
        width = round(width * (render.border_max_x - render.border_min_x))
        height = round(height * (render.border_max_y - render.border_min_y))
    return width, height
