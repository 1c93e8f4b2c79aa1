"""Normals as the viewer has them, of renders whose pass Normal is in the world's directions (Blender's is).

The camera's rotation follows from where in the world the pass Position says that pixels are, or from how the
pass Depth falls off beside the pass Normal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize
from scipy.spatial.transform import Rotation
from torch import Tensor

from ..protocol import JobError, Remedy
from ..protocol.controls import bad_job
from ..render.layers import DEPTH, NORMAL, POSITION, Layers, Plane
from ..render.mattes import depth

Numbers = NDArray[np.float64]

SHOWN = 0.5  # length of a normal from which a pixel shows the thing rather than what is behind
LOOSE = 0.01  # by which a rotation's rows may be off length 1 and square
WHOLE = 0.99  # length of one that nothing else is mixed into
SAMPLES = 2000  # pixels that a camera is fitted to
LEAST = 50  # pixels that can say something
FLAT = 0.01  # extent in depth, over that across, below which things are a plane
OFF = 0.001  # half diagonals of the picture that pixels may be off for a camera to be believed
APART = 5.0  # degrees that normals may be off those from depth in the mean
TURNED = 0.05  # of the normals' extent in one direction that must be in another to see how they are turned
LENSES = np.geomspace(0.4, 12, 14)  # focal lengths that are tried, in half diagonals
SPANS = np.geomspace(0.02, 50, 24)  # orthographic half diagonals that are tried, in ranges of depth
FEW = 10  # pixels of a direction that may be chance
FAR = 0.5  # radians from which normals that are off are all the same
AWAY = 0.02  # part of the pixels that may face away from the viewer


def view_normals(layers: Layers, camera: tuple[float, ...] = ()) -> tuple[Tensor, Tensor]:
    """Unit normals (3, H, W) of a render, x to the right, y up, z towards the viewer, and where anything is.

    The latter is (H, W) bool; outside of it normals are (0, 0, 1). camera: the rotation from the world to
    the camera, nine numbers row by row. Without it, it is found from the pass Position, or else from Depth;
    without these, normals that all face the viewer are taken as they are, unless Cycles wrote them, which
    has the world's. Raises JobError: "bad_job" for a camera that is no rotation, "pass_missing", and
    "camera_unknown" where positions do not tell: of one plane, or of a panorama.
    """
    normals = layers.find(NORMAL, "XYZ").astype(np.float64)
    length = np.linalg.norm(normals, axis=0)
    shown = length > SHOWN
    units = np.where(shown, normals / length.clip(1e-6), 0)
    rotation = _given(camera) if camera else _found(layers, units, length > WHOLE)
    turned = np.einsum("ij,jhw->ihw", rotation, units)
    turned[2][~shown] = 1
    return torch.from_numpy(turned.astype(np.float32)), torch.from_numpy(shown)


def _given(camera: tuple[float, ...]) -> Numbers:
    rotation = np.array(camera, np.float64).reshape(3, 3)
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > LOOSE or np.linalg.det(rotation) < 0:
        raise bad_job(
            "camera is no rotation: its rows are where the camera's right, its up and its back point in the "
            "world, each of length 1 and square to the others."
        )
    return rotation


def _found(layers: Layers, units: Numbers, whole: NDArray[np.bool_]) -> Numbers:
    """The rotation that a render's passes tell of. whole: (H, W), pixels that show one thing alone."""
    name, found = layers.path.name, None
    if layers.has(POSITION):
        found = from_positions(layers.find(POSITION, "XYZ").astype(np.float64), whole)
    elif layers.has(DEPTH):
        found = from_depth(depth(layers).astype(np.float64), units, whole)
    if found is not None:
        return found
    if not whole.any() or (not layers.of_cycles and (units[2][whole] < 0).mean() < AWAY):
        return np.eye(3)
    if layers.has(POSITION):
        raise JobError(
            "camera_unknown",
            f"Where the camera of {name} looks cannot be told: all that it shows is one plane, or it is a "
            "panoramic camera. Render with a perspective or orthographic one, or give --camera.",
            Remedy.CHANGE_SETTING,
        )
    raise JobError(
        "pass_missing",
        f"{name} does not say where its camera looks. Turn on the pass Position and render again, or give "
        "--camera.",
        Remedy.TURN_ON_PASSES,
    )


def from_positions(positions: Plane | Numbers, known: NDArray[np.bool_]) -> Numbers | None:
    """The camera's rotation (3, 3) from where pixels are in the world (3, H, W), as far as they are known.

    A camera with a focal length, a shift and a distance, endless for an orthographic one, is fitted to them.
    None where they are too few, are in one plane, or are not as any such camera sees them.
    """
    rows, columns = _sampled(known)
    if len(rows) < LEAST:
        return None
    places = positions[:, rows, columns].T
    places = places - np.median(places, axis=0)
    spread = np.linalg.svd(places, full_matrices=False)[1]
    if spread[2] < FLAT * spread[0]:
        return None
    places /= np.sqrt(np.square(places).sum(1).mean())
    pixels = _pixels(rows, columns, known.shape)
    start = np.linalg.lstsq(np.c_[places, np.ones(len(places))], pixels, rcond=None)[0].T
    # The nearest rotation to the rows of a camera without perspective.
    across, down = (row / np.linalg.norm(row) for row in start[:, :3])
    turn, _, back = np.linalg.svd(np.stack([across, down]), full_matrices=False)
    across, down = turn @ back
    first = Rotation.from_matrix(np.stack([across, down, np.cross(across, down)])).as_rotvec()
    size = np.linalg.norm(start[:, :3], axis=1).mean()
    guess = np.concatenate([first, [np.log(size), 0], start[:, 3] / size, [0, 0, 0]])

    def missed(terms: Numbers) -> Numbers:
        seen = places @ Rotation.from_rotvec(terms[:3]).as_matrix().T
        nearness = (1 - terms[4] * seen[:, 2:]).clip(0.01)
        scale = np.exp(terms[3] + terms[9] * np.array([1, -1]))  # pixels need not be square
        placed = scale * (seen[:, :2] + terms[5:7]) / nearness + terms[7:9]
        return np.asarray(placed - pixels).ravel()

    fit = least_squares(missed, guess, loss="soft_l1", f_scale=OFF / 4, x_scale="jac", max_nfev=200)
    if np.median(np.linalg.norm(missed(fit.x).reshape(-1, 2), axis=1)) > OFF:
        return None
    return np.asarray(Rotation.from_rotvec(fit.x[:3]).as_matrix())


def from_depth(distance: Plane | Numbers, units: Numbers, known: NDArray[np.bool_]) -> Numbers | None:
    """The camera's rotation (3, 3) from depth along its axis (H, W) and the world's normals (3, H, W).

    For each lens of a perspective or orthographic camera depth has normals of its own; that lens is taken
    whose normals turn into the world's best (Kabsch 1976). None where normals say nothing of a turn, as
    those of one plane, or none of them fits.
    """
    even = _even(distance, units, known)
    rows, columns = _sampled(even)
    if len(rows) < LEAST:
        return None
    world = units[:, rows, columns].T
    shares = _balanced(world)
    spread = np.linalg.svd(world * shares[:, None], full_matrices=False)[1]
    if spread[1] < TURNED * spread[0]:
        return None
    # The pixel to the right, to the left, above and below.
    beside = [(rows + down, columns + right) for right, down in ((1, 0), (-1, 0), (0, -1), (0, 1))]
    depths = np.stack([distance[at] for at in beside]).astype(np.float64)
    pixels = np.stack([_pixels(*at, distance.shape) for at in beside])
    extent = max(1e-6, float(np.subtract(*np.quantile(depths, [0.98, 0.02]))))

    def turned(perspective: bool, terms: Numbers) -> tuple[float, Numbers]:
        """How far normals are off with a lens (its logarithm, and a shift), and the rotation that is left."""
        terms = np.pad(terms, (0, 3 - len(terms)))
        scale = depths[..., None] / np.exp(terms[0]) if perspective else extent * np.exp(terms[0])
        points = np.concatenate([(pixels - terms[1:]) * scale, -depths[..., None]], -1)
        facing = np.cross(points[0] - points[1], points[2] - points[3])
        facing /= np.linalg.norm(facing, axis=1, keepdims=True).clip(1e-12)
        return _aligned(world, facing, shares)

    best: tuple[float, Numbers] | None = None
    for perspective, sizes in ((True, LENSES), (False, SPANS)):
        lens = partial(turned, perspective)
        free = 3 if perspective else 1  # an orthographic camera's shift moves it and does not turn it
        start = np.eye(1, free)[0] * min(np.log(sizes), key=lambda size: lens(np.array([size]))[0])
        simplex = start + 0.1 * np.eye(free + 1, free)
        fit = minimize(_first(lens), start, method="Nelder-Mead", options={"initial_simplex": simplex})
        found = lens(fit.x)
        best = found if best is None or found[0] < best[0] else best
    return best[1] if best is not None and best[0] < np.radians(APART) else None


def _first(function: Callable[[Numbers], tuple[float, Numbers]]) -> Callable[[Numbers], float]:
    return lambda terms: function(terms)[0]


def _even(distance: Plane | Numbers, units: Numbers, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels (H, W) around which the surface goes on without a step or a crease."""
    even = known & np.isfinite(distance)
    near = np.where(even, distance, 0)
    for axis in (0, 1):
        for move in (1, -1):
            beside = np.roll(even, move, axis)
            alike = (units * np.roll(units, move, axis + 1)).sum(0) > 0.97
            even = even & beside & alike
        bend = np.roll(near, 1, axis) - 2 * near + np.roll(near, -1, axis)
        slope = np.abs(np.roll(near, 1, axis) - np.roll(near, -1, axis))
        even &= np.abs(bend) < 0.2 * slope + 1e-4 * np.abs(near)
    even[[0, -1]] = even[:, [0, -1]] = False
    return even


def _balanced(world: Numbers) -> Numbers:
    """Shares (P,) of normals (P, 3), so that each direction counts the same, however large its faces are."""
    _, which, counts = np.unique((4 * world).round(), axis=0, return_inverse=True, return_counts=True)
    shares = (1 / counts.clip(FEW))[which.reshape(-1)]
    return np.asarray(shares / shares.sum())


def _aligned(world: Numbers, facing: Numbers, shares: Numbers) -> tuple[float, Numbers]:
    """The angle in radians by which normals (P, 3) are off, and the rotation (3, 3) that takes the world's
    to those facing the camera best; what is far off counts little."""
    weight = shares
    for _ in range(4):
        turn, _, back = np.linalg.svd((facing * weight[:, None]).T @ world)
        rotation = turn @ np.diag([1, 1, np.linalg.det(turn @ back)]) @ back
        off = np.linalg.norm(facing - world @ rotation.T, axis=1)
        weight = shares / (off + 0.05)
    return float(off.clip(max=FAR) @ shares), rotation


def _sampled(known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of pixels all over what is known."""
    rows, columns = np.nonzero(known)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLES)).astype(int))
    return rows[chosen], columns[chosen]


def _pixels(rows: NDArray[np.int64], columns: NDArray[np.int64], size: tuple[int, ...]) -> Numbers:
    """Places (P, 2) in the picture, x to the right and y up, from its middle, in half its diagonal."""
    height, width = size
    places = np.stack([columns + 0.5 - width / 2, height / 2 - rows - 0.5], -1)
    return np.asarray(places / (np.hypot(height, width) / 2))
