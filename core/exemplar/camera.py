"""Which way a render's surfaces face as the camera sees them: Blender's normals are the world's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..protocol import JobError, Remedy
from ..render.layers import DEPTH, NORMAL, POSITION, Layers
from ..render.mattes import depth

SEEN = 0.05  # length of a normal from which anything is there: anti-aliased ones are shorter
FACING = 0.995  # part of what is seen that has to face the camera
SAMPLES = 4000  # pixels that tell where the camera is
BEYOND = 1e9
PIXELS = 2.0  # that a camera's view may miss places by, in the median
FLAT = 1e-3  # part of a scene's extent under which it is a plane
LENSES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 8.0)  # focal lengths over the picture's width
SCALES = tuple(1.4**power for power in range(-8, 9))  # of orthographic views, over the median step in depth

Floats = NDArray[np.float64]


def view_normals(layers: Layers, camera: Sequence[float] = ()) -> tuple[Tensor, Tensor]:
    """Unit normals (3, h, w), x right, y up, z towards the viewer, and where anything is seen (h, w), bool.

    camera: the rotation from the world to the camera, nine numbers, row by row; without, it is found from the
    pass Position, or else Depth. Raises JobError ("pass_missing").
    """
    normals = torch.from_numpy(layers.find(NORMAL, "XYZ"))
    inside = normals.norm(dim=0) > SEEN
    if not bool(inside.any()):
        return normals, inside
    found = np.array(camera, np.float64).reshape(3, 3) if len(camera) else _found(layers, normals, inside)
    turned = torch.einsum("ij,jhw->ihw", torch.from_numpy(found).float(), normals)
    return F.normalize(turned, dim=0), inside


def _found(layers: Layers, normals: Tensor, inside: Tensor) -> Floats:
    """The rotation from the world to the camera (3, 3)."""
    world = F.normalize(normals, dim=0)[:, inside].double().numpy()
    rotations = []
    if layers.has(POSITION):
        rotations.append(_from_positions(layers.find(POSITION, "XYZ"), inside.numpy()))
    if layers.has(DEPTH):
        rotations.append(_from_depth(depth(layers), normals.numpy(), inside.numpy()))
    rotations.append(np.eye(3))  # it looks down, or the normals are the camera's already
    for rotation in rotations:
        if rotation is not None and ((rotation @ world)[2] > -0.05).mean() > FACING:
            return rotation
    raise JobError(
        "pass_missing",
        f"{layers.path.name} does not say where its camera looks, without which normals say nothing. Turn on "
        "the pass Position and render again, or say how the camera is turned (--camera).",
        Remedy.TURN_ON_PASSES,
    )


def _from_positions(position: NDArray[np.float32], inside: NDArray[np.bool_]) -> Floats | None:
    """By where places are in the picture: a projection is fitted to them (DLT), and its rotation taken.

    None where places lie in a plane, or where no straight projection fits, as of panoramas.
    """
    rows, columns = np.nonzero(inside)
    step = max(1, len(rows) // SAMPLES)
    rows, columns = rows[::step], columns[::step]
    if len(rows) < 16:
        return None
    world = position[:, rows, columns].T.astype(np.float64)
    middle = world.mean(0)
    extents = np.linalg.svd(world - middle, compute_uv=False)
    if extents[2] < FLAT * extents[0]:
        return None
    size = extents[0] / np.sqrt(len(world))
    places = np.c_[(world - middle) / size, np.ones(len(world))]
    height, width = inside.shape
    image = np.c_[columns + 0.5 - width / 2, height / 2 - rows - 0.5] / (width / 2)
    keep = np.ones(len(world), bool)
    for _ in range(3):  # what is mixed at edges is left out
        projection = _projection(places[keep], image[keep])
        seen = places @ projection.T
        miss = np.linalg.norm(seen[:, :2] / seen[:, 2:] - image, axis=1) * (width / 2)
        keep = miss <= max(4 * float(np.median(miss)), 1e-3)
    if float(np.median(miss)) > PIXELS:
        return None
    return _rotation(projection, places)


def _projection(places: Floats, image: Floats) -> Floats:
    """The matrix (3, 4) that takes places (N, 4) to the picture (N, 2), up to its scale."""
    zero = np.zeros_like(places)
    system = np.r_[np.c_[places, zero, -image[:, :1] * places], np.c_[zero, places, -image[:, 1:] * places]]
    _, vectors = np.linalg.eigh(system.T @ system)
    found: Floats = vectors[:, 0].reshape(3, 4)
    return found


def _rotation(projection: Floats, places: Floats) -> Floats:
    """The rotation (3, 3) of a projection: x right, y up, z towards the viewer."""
    left = projection[:, :3]
    if np.linalg.norm(left[2]) < 0.02 * abs(projection[2, 3]):  # orthographic
        across, up = (row / np.linalg.norm(row) for row in left[:2] * np.sign(projection[2, 3]))
        toward = np.cross(across, up)
        return _orthonormal(np.stack([across, up, toward]))
    # RQ: columns of a lens, upper triangular with positive ends, times a rotation.
    left = left * np.sign(np.median(places @ projection[2]))  # what is seen lies before the camera
    toward = -left[2] / np.linalg.norm(left[2])
    across = np.cross(left[1], toward)
    across /= np.linalg.norm(across)
    if across @ left[0] < 0:
        across = -across
    return _orthonormal(np.stack([across, np.cross(toward, across), toward]))


def _orthonormal(matrix: Floats) -> Floats:
    left, _, right = np.linalg.svd(matrix)
    found: Floats = left @ right
    return found


def _from_depth(
    distance: NDArray[np.float32], normals: NDArray[np.float32], inside: NDArray[np.bool_]
) -> Floats | None:
    """By how distances change from pixel to pixel, for the lens whose normals are most like those given."""
    known = inside & (distance < BEYOND)
    smooth = known[1:-1, 1:-1].copy()
    for axis in (0, 1):
        for way in (-1, 1):
            smooth &= np.roll(known, way, axis)[1:-1, 1:-1]
            step = np.abs(np.roll(distance, way, axis) - distance)[1:-1, 1:-1]
            smooth &= step < 0.05 * distance[1:-1, 1:-1]
    rows, columns = np.nonzero(smooth)
    if len(rows) < 64:
        return None
    step = max(1, len(rows) // SAMPLES)
    rows, columns = rows[::step] + 1, columns[::step] + 1
    world = normals[:, rows, columns].astype(np.float64)
    world /= np.linalg.norm(world, axis=0)
    best, most = None, 0.0
    for seen in _seen_normals(distance, rows, columns, inside.shape):
        left, _, right = np.linalg.svd(seen @ world.T)
        sign = np.diag([1.0, 1.0, np.linalg.det(left @ right)])
        rotation = left @ sign @ right
        agreement = float(np.mean(((rotation @ world) * seen).sum(0)))
        if agreement > most:
            best, most = rotation, agreement
    return best if most > 0.97 else None


def _seen_normals(
    distance: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    size: tuple[int, ...],
) -> Iterator[Floats]:
    """Normals (3, N) that distances along the view have, for one camera after the other."""

    def steps(place: Callable[[Any, Any, Any], Floats]) -> Floats:
        def at(down: int, across: int) -> Floats:
            row, column = rows + down, columns + across
            x, y = column + 0.5 - size[1] / 2, size[0] / 2 - row - 0.5
            return place(x, y, distance[row, column].astype(np.float64))

        normal = np.cross(at(0, 1) - at(0, -1), at(-1, 0) - at(1, 0), axis=0)
        found: Floats = normal / np.linalg.norm(normal, axis=0).clip(1e-12)
        return found

    for lens in LENSES:
        yield steps(partial(_through, lens * size[1]))
    change = float(np.median(np.abs(distance[rows, columns + 1] - distance[rows, columns - 1]))) / 2
    for scale in SCALES:
        yield steps(partial(_straight, scale * max(change, 1e-9)))


def _through(focal: float, x: Floats, y: Floats, far: Floats) -> Floats:
    return np.stack([x * far / focal, y * far / focal, -far])


def _straight(scale: float, x: Floats, y: Floats, far: Floats) -> Floats:
    return np.stack([x * scale, y * scale, -far])
