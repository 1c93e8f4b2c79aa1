"""The two eyes that a scene is rendered for, in the engine's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import degrees, isclose
from types import MappingProxyType
from typing import Any

from ...core.protocol import EQUIRECT, PAIR, SIDE_BY_SIDE, TOP_BOTTOM, VR180, JobError, Remedy, Stereo
from ...core.protocol.stereo import LEFT, PARALLEL, RIGHT
from .cameras import focal_length, projection_of
from .render_settings import NO_CHANGES, Changes
from .rendering import WITHOUT_PASSES

EYES: Mapping[str, str] = MappingProxyType({"left": LEFT, "right": RIGHT})
"""Blender's names of the views of two eyes, and how the engine wants their files' names to end."""
_LAYOUTS: Mapping[str, str] = MappingProxyType({"SIDEBYSIDE": SIDE_BY_SIDE, "TOPBOTTOM": TOP_BOTTOM})
_LEVEL = 1e-3  # of what cameras side by side may differ in


def stereo_of(scene: Any, projection: str = "") -> Stereo:
    """What the engine has to know of a scene's two eyes; without a layout where one eye is rendered.

    projection: what the picture is said to show; empty for what the camera does. The eyes are rendered into
    a pair of files, and painted side by side. Raises JobError ("no_stereo") for eyes that cannot be painted
    together.
    """
    render, camera = scene.render, scene.camera
    if not render.use_multiview or camera is None:  # without a camera nothing is rendered at all
        return Stereo()
    _check_views(render)
    if render.engine in WITHOUT_PASSES:
        raise _unfit("Workbench renders no distances, which tie the eyes together. Choose Cycles or EEVEE")
    if camera.type != "CAMERA":
        raise _unfit(f"'{camera.name}', which the scene is seen from, is no camera and has one eye")
    if projection not in ("", projection_of(scene)):
        raise _unfit("The eyes are painted as their camera sees. Let Advanced > Shows be As the Camera")
    if camera.data.type == "PERSP":
        return (_of_camera if render.views_format == "STEREO_3D" else _of_cameras)(scene)
    if camera.data.type == "PANO":
        return _of_panorama(scene)
    if camera.data.type == "ORTHO":
        raise _unfit("Both eyes of an orthographic camera see the same. Choose a perspective one")
    raise _unfit("Of a custom camera it is not known how its eyes see. Choose a perspective one")


def film_stereo_of(scene: Any, projection: str = "") -> Stereo:
    """As ``stereo_of``, for frames, which the engine lays out as the scene's output settings say.

    Raises JobError ("no_stereo"), also for what only Blender can write.
    """
    stereo = stereo_of(scene, projection)
    return replace(stereo, into=_frames_layout(scene.render)) if stereo.layout else stereo


def finished_stereo(scene: Any, layout: str, depth: str, projection: str) -> Stereo:
    """What the engine has to know of two eyes in a render that is there. layout, depth: as of ``Stereo``.

    Where the scene's own render is in stereo and shows the same projection, its cameras say how the eyes lie;
    else the pictures do. Raises as ``stereo_of``.
    """
    told = stereo_of(scene) if layout and projection == projection_of(scene) else Stereo()
    return replace(told, layout=layout, depth=depth, into="")


def need_eyes(scene: Any) -> None:
    """Raise JobError ("no_stereo") unless a scene still has the views that its eyes were rendered for."""
    if any(name not in scene.render.views for name in EYES):
        raise JobError(
            "no_stereo",
            f"The scene {scene.name} has no views left and right any more, so its eyes cannot be told apart.",
            Remedy.CHANGE_SETTING,
        )


def eyes_rendered(stereo: Stereo) -> Changes:
    """What a scene has to be set to, that its render has what the engine is told."""
    if not stereo.layout:
        return NO_CHANGES
    suffixes = {f'render.views["{name}"].file_suffix': suffix for name, suffix in EYES.items()}
    return {"render.use_multiview": True, **suffixes}


def _frames_layout(render: Any) -> str:
    if render.image_settings.views_format != "STEREO_3D":
        if any(render.views[name].file_suffix != suffix for name, suffix in EYES.items()):
            raise _unfit("Frames of both eyes end in _L and _R. Let the file suffixes of the views be these")
        return PAIR
    shown = render.image_settings.stereo_3d_format
    if shown.use_squeezed_frame or (shown.display_mode == "SIDEBYSIDE" and shown.use_sidebyside_crosseyed):
        raise _unfit("Frames of both eyes are not squeezed or crossed. Turn that off below Views Format")
    if shown.display_mode not in _LAYOUTS:
        raise _unfit(
            "Frames of both eyes are written side by side, top-bottom or as two files (Individual). Choose "
            "one of these as the Views Format"
        )
    return _LAYOUTS[shown.display_mode]


def _check_views(render: Any) -> None:
    stereo = render.views_format == "STEREO_3D"
    views = [view for view in (render.stereo_views if stereo else render.views) if view.use]
    if sorted(view.name for view in views) != sorted(EYES):
        listed = ", ".join(view.name for view in views) or "none"
        raise _unfit(f"Two views are painted together, left and right, but those that are on are: {listed}")
    if not stereo and any(view.camera_suffix != EYES[view.name] for view in views):
        raise _unfit("Let the suffixes of the views be _L and _R, as those of the cameras")
    apart = render.image_settings.views_format != "STEREO_3D"
    if apart and len({render.views[name].file_suffix for name in EYES}) == 1:
        raise _unfit("One eye's file would be written over the other's. Give both views different suffixes")


def _of_camera(scene: Any) -> Stereo:
    """Of one camera with two eyes."""
    eyes = scene.camera.data.stereo
    if scene.render.use_spherical_stereo and eyes.use_spherical_stereo:
        raise _unfit("Spherical Stereo is for panoramas. Turn it off in the camera's Stereoscopy")
    if eyes.convergence_mode == "TOE":
        raise _unfit("Toed-in eyes see rows that are not level. Let the camera's Stereoscopy be Off-Axis")
    _need_distance(eyes)
    pixels, sensor = focal_length(scene.camera.data, scene.render)
    # Blender shifts the pictures by the sensor's width, whichever side of it the lens is measured by.
    meeting = eyes.convergence_distance * scene.camera.data.sensor_width / sensor
    return Stereo(
        PAIR,
        eyes=eyes.interocular_distance,
        converge=PARALLEL if eyes.convergence_mode == "PARALLEL" else meeting,
        lens=pixels,
        into=SIDE_BY_SIDE,
    )


def _of_cameras(scene: Any) -> Stereo:
    """Of a camera for each eye."""
    name = scene.camera.name
    for suffix in EYES.values():
        name = name.removesuffix(suffix)
    left, right = (scene.objects.get(name + suffix) for suffix in EYES.values())
    if left is None or right is None or left.type != "CAMERA" or right.type != "CAMERA":
        raise _unfit(f"The scene has no two cameras {name}{LEFT} and {name}{RIGHT}")
    between = left.matrix_world.normalized().inverted() @ right.matrix_world.normalized()
    aside = between.translation
    level = between.to_quaternion().angle < _LEVEL and aside.yz.length <= _LEVEL * aside.length
    pixels, sensor = focal_length(left.data, scene.render)
    other, _ = focal_length(right.data, scene.render)
    alike = isclose(pixels, other, rel_tol=_LEVEL) and isclose(
        left.data.shift_y, right.data.shift_y, abs_tol=_LEVEL
    )
    if not (left.data.type == right.data.type == "PERSP" and alike and level and aside.x > 0):
        raise _unfit(f"{left.name} and {right.name} have to be alike, and side by side without a turn")
    turned = (left.data.shift_x - right.data.shift_x) * sensor / left.data.lens  # towards each other
    if turned < 0:  # they meet nowhere, and only the pictures say how far apart infinity is
        return Stereo(PAIR, into=SIDE_BY_SIDE)
    return Stereo(
        PAIR, eyes=aside.x, converge=aside.x / turned if turned else PARALLEL, lens=pixels, into=SIDE_BY_SIDE
    )


def _of_panorama(scene: Any) -> Stereo:
    render, eyes = scene.render, scene.camera.data.stereo
    if projection_of(scene) not in (EQUIRECT, VR180):
        raise _unfit(
            "Both eyes of a panorama are painted where it is equirectangular: all around, and twice as wide "
            "as high, or the half, and as wide as high. Choose such a camera"
        )
    if render.views_format != "STEREO_3D" or not (render.use_spherical_stereo and eyes.use_spherical_stereo):
        raise _unfit(
            "Two panoramas from fixed places show depth ahead only. Choose Stereo 3D, Cycles, and in the "
            "camera's Stereoscopy turn on Spherical Stereo"
        )
    _need_distance(eyes)
    begin, end = (min(degrees(each), 90.0) for each in (eyes.pole_merge_angle_from, eyes.pole_merge_angle_to))
    merges = eyes.use_pole_merge and end > 0
    return Stereo(
        PAIR,
        eyes=eyes.interocular_distance,
        poles=(min(begin, end), end) if merges else Stereo.poles,
        converge=PARALLEL if eyes.convergence_mode == "PARALLEL" else eyes.convergence_distance,
        into=SIDE_BY_SIDE,
    )


def _need_distance(eyes: Any) -> None:
    if eyes.interocular_distance <= 0:
        raise _unfit("The camera's Interocular Distance is 0, so that both eyes see the same. Raise it")


def _unfit(why: str) -> JobError:
    return JobError(
        "no_stereo",
        f"{why}, or turn off Stereoscopy in the output properties to paint one eye.",
        Remedy.CHANGE_SETTING,
    )
