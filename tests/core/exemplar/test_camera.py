"""Cameras found from passes that are cast by hand: three balls above the ground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from nst.core.exemplar.camera import from_depth, from_positions, view_normals
from nst.core.protocol import JobError, Remedy
from nst.core.render.layers import read_layers

from ..render.files import write_layers

HEIGHT, WIDTH = 96, 128
BALLS = (((0, 0, 0.1), 1.0), ((1.5, 0.8, -0.3), 0.6), ((-1.2, -1.0, -0.5), 0.4))
GROUND = -0.9
ROTATION = Rotation.from_euler("xyz", [-62, 12, 25], degrees=True).as_matrix()
"""From the world to the camera."""


def cast(
    perspective: bool = True, shift: tuple[float, float] = (0, 0), balls: Any = BALLS, ground: bool = True
) -> dict[str, NDArray[np.float64]]:
    """Normal and Position (3, H, W) and Depth (H, W) of what a camera at 7 from the middle sees."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    at = np.stack([(x + 0.5) / WIDTH - 0.5 + shift[0], (HEIGHT / 2 - y - 0.5) / WIDTH + shift[1]], -1)
    flat, ones = np.zeros((HEIGHT, WIDTH, 1)), np.ones((HEIGHT, WIDTH, 1))
    local = np.concatenate([at, -ones], -1) if perspective else np.concatenate([0 * at, -ones], -1)
    start = np.array([0, 0, 7]) + (0 if perspective else np.concatenate([at * 6, flat], -1))
    start, ray = np.broadcast_to(start, local.shape) @ ROTATION, local @ ROTATION
    far = np.full((HEIGHT, WIDTH), np.inf)
    normal = np.zeros((HEIGHT, WIDTH, 3))
    if ground:
        hit = (GROUND - start[..., 2]) / ray[..., 2]
        far, normal = np.where(hit > 0, hit, far), np.where(hit[..., None] > 0, [0.0, 0, 1], normal)
    for middle, radius in balls:
        off = start - middle
        a, b, c = (ray**2).sum(-1), (off * ray).sum(-1), (off**2).sum(-1) - radius**2
        hit = np.where(b * b > a * c, (-b - np.sqrt((b * b - a * c).clip(0))) / a, np.inf)
        nearer = hit < far
        far = np.where(nearer, hit, far)
        surface = np.where(nearer, hit, 0)[..., None] * ray + off
        normal = np.where(nearer[..., None], surface / radius, normal)
    there = np.isfinite(far)
    position = np.where(there[..., None], start + np.where(there, far, 0)[..., None] * ray, 0)
    return {"Normal": normal, "Position": position, "Depth": np.where(there, far, 1e10)}


def written(path: Path, passes: dict[str, NDArray[np.float64]], *names: str, cycles: bool = True) -> Any:
    """A render with the passes of these names."""
    planes = {}
    for name in names:
        if name == "Depth":
            planes["ViewLayer.Depth.Z"] = passes[name]
        else:
            planes |= {f"ViewLayer.{name}.{axis}": passes[name][..., i] for i, axis in enumerate("XYZ")}
    metadata = {"cycles.ViewLayer.samples": "8"} if cycles else {}
    return read_layers(write_layers(path / "render.exr", planes, metadata))


def degrees(found: NDArray[np.float64] | None) -> float:
    """How far a rotation is off."""
    assert found is not None
    return float(np.degrees(Rotation.from_matrix(found @ ROTATION.T).magnitude()))


CAMERAS = {"perspective": {}, "orthographic": {"perspective": False}, "shifted": {"shift": (0.2, -0.1)}}


@pytest.mark.parametrize("name", CAMERAS)
def test_the_camera_is_found(name: str) -> None:
    passes = cast(**CAMERAS[name])
    normal, position = (passes[one].transpose(2, 0, 1) for one in ("Normal", "Position"))
    known = np.linalg.norm(normal, axis=0) > 0.5
    assert degrees(from_positions(position, known)) < 0.01
    assert degrees(from_depth(passes["Depth"], normal, known)) < 0.6


def test_positions_at_the_edges_of_things_may_be_wrong() -> None:
    position = cast()["Position"].transpose(2, 0, 1).copy()
    position[:, ::7, ::3] = 0.5 * (position[:, ::7, ::3] + np.roll(position, 9, 2)[:, ::7, ::3])
    assert degrees(from_positions(position, np.ones((HEIGHT, WIDTH), bool))) < 0.05


@pytest.mark.parametrize("extra", ["Position", "Depth", "camera"])
def test_normals_are_the_viewers(tmp_path: Path, extra: str) -> None:
    passes = cast(ground=False)
    names = () if extra == "camera" else (extra,)
    camera = tuple(ROTATION.ravel()) if extra == "camera" else ()
    normals, inside = view_normals(written(tmp_path, passes, "Normal", *names), camera)
    true = passes["Normal"] @ ROTATION.T
    assert (inside.numpy() == (passes["Depth"] < 1e9)).all()
    assert np.abs(normals.numpy().transpose(1, 2, 0) - true)[inside.numpy()].max() < 0.02
    assert normals[:, 0, 0].tolist() == [0, 0, 1]
    assert np.allclose(normals.norm(dim=0).numpy(), 1, atol=1e-5)


def test_normals_that_face_the_viewer_are_taken_as_they_are(tmp_path: Path) -> None:
    passes = cast(ground=False)
    passes["Normal"] = passes["Normal"] @ ROTATION.T
    layers = written(tmp_path, passes, "Normal", cycles=False)
    normals, inside = view_normals(layers)
    assert np.allclose(normals.numpy().transpose(1, 2, 0)[inside], passes["Normal"][inside], atol=1e-6)


def test_a_render_that_does_not_tell_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"Turn on the pass Position .* or give --camera") as caught:
        view_normals(written(tmp_path, cast(), "Normal"))
    assert (caught.value.code, caught.value.remedy) == ("pass_missing", Remedy.TURN_ON_PASSES)
    with pytest.raises(JobError, match="pass Normal"):
        view_normals(written(tmp_path, cast(), "Position"))
    with pytest.raises(JobError, match="no rotation"):
        view_normals(written(tmp_path, cast(), "Normal"), (2.0, 0, 0, 0, 1, 0, 0, 0, 1))


def test_one_plane_tells_nothing_of_the_camera(tmp_path: Path) -> None:
    plane = cast(balls=())
    with pytest.raises(JobError, match="one plane") as caught:
        view_normals(written(tmp_path, plane, "Normal", "Position", "Depth"))
    assert caught.value.code == "camera_unknown"
    with pytest.raises(JobError, match="Turn on the pass Position"):
        view_normals(written(tmp_path, plane, "Normal", "Depth"))


def test_panoramas_are_an_error(tmp_path: Path) -> None:
    """Balls all around, each pixel a direction."""
    turn = (np.arange(WIDTH) + 0.5) / WIDTH * 2 * np.pi
    rise = (0.5 - (np.arange(HEIGHT) + 0.5) / HEIGHT) * np.pi
    ray = np.stack(
        [np.cos(rise)[:, None] * np.cos(turn), np.cos(rise)[:, None] * np.sin(turn),
         np.sin(rise)[:, None] * np.ones(WIDTH)], -1
    )  # fmt: skip
    away = 3 + np.sin(3 * turn)
    passes = {"Normal": -ray, "Position": ray * away[:, None]}
    with pytest.raises(JobError, match="panoramic"):
        view_normals(written(tmp_path, passes, "Normal", "Position"))
