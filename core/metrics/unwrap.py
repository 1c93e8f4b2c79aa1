"""Does a surface look the same however it is unwrapped?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from torch import Tensor

from ..protocol import JobError, Remedy
from ..surface.geometry import Floats, Geometry, SurfacePoints
from ..surface.mesh import SurfaceMesh
from ..surface.sheets import texture_grid
from .windows import check_texture

POINTS = 10_000  # on the surface, at which textures are compared
CENTRES = 10  # one in so many of them is the middle of an average
LIFT = 1e-4  # of the diagonal: how far off one surface the other is looked for
MATCHED = 0.98  # share of the points that both surfaces must have
BROAD = 0.05  # of the surface's extent: how far colours are averaged, if not asked otherwise
NEAREST = 1000  # points that are averaged, at most: a tenth of the surface

Original = Tensor | tuple[float, float, float]


@dataclass(frozen=True)
class UnwrapReport:
    """Differences of two textures of a surface, over their distance to the original; 0 is the same paint.

    fine: point by point. Two paintings of other chance detail have about 1 or more, however alike they look.
    coarse: of colours averaged over ``scale`` (a Gaussian's standard deviation, in world units): 0 means that
    the same colours lie at the same places, whatever the strokes do there.
    matched: share of the surface that was compared.
    """

    fine: float
    coarse: float
    scale: float
    matched: float


def unwrap_difference(
    first: SurfaceMesh,
    first_texture: Tensor,
    second: SurfaceMesh,
    second_texture: Tensor,
    original: Original,
    scale: float = 0.0,
    seed: int = 0,
) -> UnwrapReport:
    """Mean |A - B| over the mean of |A - O| and |B - O|, at the same points of the surface.

    first, second: one surface under two unwraps; faces may differ in order and number, positions must
    not. Textures (1, 3, H, W) are sRGB in [0, 1]. original: what was painted over, a texture of
    ``first`` or a colour. Points are spread evenly by area, and colours are looked up there
    bilinearly through each mesh's own UVs; distances are Euclidean, of sRGB.
    scale: world size of the average for ``coarse``; 0 takes ``BROAD`` of the surface's extent.

    Raises JobError ("other_surface") where the two are not one surface.
    """
    geometries = Geometry(first), Geometry(second)
    rng = np.random.default_rng(seed)
    points = geometries[0].sample(POINTS, rng)
    same, other = _counterparts(points, geometries[0], geometries[1])
    matched = float(same.mean())
    if matched < MATCHED:
        raise JobError(
            "other_surface",
            f"The two meshes are not the same surface: {100 * (1 - matched):.0f} % of the first has no "
            "counterpart at the same place on the second. Choose one object under two unwraps.",
            Remedy.CHOOSE_MESH,
        )
    points = points[same]
    a = _colors(first_texture, first, points.face, points.barycentric)
    b = _colors(second_texture, second, *other)
    if isinstance(original, Tensor):
        o = _colors(original, first, points.face, points.barycentric)
    else:
        o = np.broadcast_to(np.array(original, dtype=np.float64), a.shape)
    extent = min(geometries[0].diagonal, math.sqrt(geometries[0].area))
    reach = scale or BROAD * extent
    blurred = _average(points, reach)
    return UnwrapReport(_ratio(a, b, o), _ratio(blurred(a), blurred(b), blurred(o)), reach, matched)


def _counterparts(
    points: SurfacePoints, here: Geometry, there: Geometry
) -> tuple[NDArray[np.bool_], tuple[NDArray[np.int64], Floats]]:
    """Which points another mesh has too, facing the same way, and their faces and weights there."""
    lift = LIFT * here.diagonal
    normal = here.face_normals[points.face]
    face, barycentric = there.cast(points.position + normal * lift, -normal)
    found = np.einsum("pk,pkc->pc", barycentric, there.corners[face])
    near = np.linalg.norm(found - points.position, axis=1) <= 2 * lift
    alike = np.einsum("pc,pc->p", there.face_normals[face], normal) > 0
    same: NDArray[np.bool_] = (face >= 0) & near & alike
    return same, (face[same], barycentric[same])


def _colors(texture: Tensor, mesh: SurfaceMesh, face: NDArray[np.int64], barycentric: Floats) -> Floats:
    """Colours (P, 3) of a texture at points of a mesh, bilinear."""
    uv = np.einsum("pk,pkc->pc", barycentric, mesh.uvs[face])
    grid = torch.from_numpy(texture_grid(uv))[None, None]
    seen = F.grid_sample(check_texture(texture), grid, padding_mode="border", align_corners=False)
    colors: Floats = seen[0, :, 0].T.double().numpy()
    return colors


def _average(points: SurfacePoints, scale: float) -> Callable[[Floats], Floats]:
    """Gaussian averages of colours (P, 3) over the surface around some points, of what faces their way."""
    centres = points[::CENTRES]
    count = min(NEAREST, len(points.face))
    distance, index = cKDTree(points.position).query(centres.position, k=count)
    distance, index = distance.reshape(-1, count), index.reshape(-1, count)
    facing = np.einsum("pkc,pc->pk", points.normal[index], centres.normal) > 0
    weight = np.exp(-0.5 * (distance / scale) ** 2) * facing
    weight /= weight.sum(1, keepdims=True)
    rows = np.arange(0, weight.size + 1, count)
    matrix = sparse.csr_array(
        (weight.reshape(-1), index.reshape(-1), rows), shape=(len(index), len(points.face))
    )
    return lambda colors: matrix @ colors


def _ratio(a: Floats, b: Floats, original: Floats) -> float:
    """Mean difference of colours (P, 3) over their mean distance to the original."""
    apart, *away = (float(np.linalg.norm(d, axis=1).mean()) for d in (a - b, a - original, b - original))
    change = sum(away) / 2
    if change == 0:
        return 0.0 if apart == 0 else math.inf
    return apart / change
