"""Fields of directions on a surface: which way strokes run.

A direction is a line rather than an arrow, kept as the tensor d d^T: such tensors can be averaged, and
opposite arrows agree. Where the source has arrows, these tell which end of a painting is up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..protocol import JobError, Remedy
from .curvature import bend_tensors, outer, principal, probe
from .geometry import Floats, Geometry, Ints, SurfacePoints
from .mesh import SurfaceMesh
from .spread import CornerSpread

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
ATTRIBUTE = "direction"  # of a mesh: a vector (F, 3, 3) at each corner, its length the confidence
# Pixels whose direction is this far from their window's count fully, and not at all: the cosine
# of twice 15 and twice 45 degrees.
AGREE_FULL, AGREE_NONE = 0.87, 0.0
FAINT = 0.02  # of the upright direction in every tensor, for where others cancel


@dataclass(frozen=True)
class DirectionField:
    """Directions of strokes on a surface.

    axis: world direction that counts where nothing else is known. turn: radians by which strokes are
    turned in the surface, counterclockwise seen from outside. lines: (F, 3, 6) float32 tensors at
    corners; None where ``axis`` is all. arrows: (F, 3, 3) float32 vectors at corners, zero if unknown.
    """

    axis: tuple[float, float, float]
    turn: float = 0.0
    lines: np.ndarray[tuple[int, int, int], np.dtype[np.float32]] | None = None
    arrows: np.ndarray[tuple[int, int, int], np.dtype[np.float32]] | None = None

    def frames(self, centres: SurfacePoints, look: Floats) -> tuple[Floats, Floats]:
        """Right and up axes (B, 3) of planes that face ``look`` (B, 3), before the turn."""
        guide = upright(self.axis, look)
        if self.arrows is not None:
            own = np.einsum("bk,bkc->bc", centres.barycentric, self.arrows[centres.face])
            guide = own + guide * FAINT
        right = np.cross(guide, look)
        right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-12)
        up = np.cross(look, right)
        if self.lines is None:
            return right, up
        along, across, _ = self._in_planes(centres.face, centres.barycentric, right, up)
        angle = np.arctan2(across, along)[:, None] / 2  # within a right angle: the end that is up stays up
        return right * np.cos(angle) - up * np.sin(angle), up * np.cos(angle) + right * np.sin(angle)

    def agreement(self, face: Ints, barycentric: Floats, right: Floats, up: Floats) -> Floats:
        """How well directions at points (B * P) of planes (B, 3) agree with up: (B * P,) in [0, 1]."""
        if self.lines is None:
            return np.ones(len(face))
        along, across, whole = self._in_planes(face, barycentric, right, up)
        sure = np.hypot(along, across)
        cosine = along / np.maximum(sure, 1e-12)
        alike = np.clip((cosine - AGREE_NONE) / (AGREE_FULL - AGREE_NONE), 0, 1)
        return 1 - sure / np.maximum(whole, 1e-12) * (1 - alike)

    def _in_planes(
        self, face: Ints, barycentric: Floats, right: Floats, up: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Tensors at points (B * P,) as planes (B, 3) see them: l cos 2a, l sin 2a and the trace.

        a: the angle from up, to the right; l: as long as the tensor is a line.
        """
        assert self.lines is not None
        planes = len(right)
        tensors = np.einsum("pk,pkc->pc", barycentric.astype(np.float32), self.lines[face])
        tensors = tensors.reshape(planes, -1, 6)
        upward, rightward, mixed = probe(up, up), probe(right, right), probe(up, right)
        looks = np.stack([upward - rightward, 2 * mixed, upward + rightward], axis=2)
        along, across, whole = np.moveaxis(tensors @ looks, 2, 0).reshape(3, -1)
        return along, across, whole


def direction_field(
    geometry: Geometry, direction: str, angle: float, up: tuple[float, float, float]
) -> DirectionField:
    """The field that a texture job asks for by ``direction`` and ``angle`` (degrees).

    up: the object's upright direction. Raises JobError as ``check_direction``.
    """
    turn = float(np.radians(angle))
    if direction == "up" or direction in AXES:
        return DirectionField(AXES.get(direction, up), turn)
    check_direction(geometry.mesh, direction)
    if direction == "uv":
        arrows = uv_arrows(geometry)
        lines, known = outer(arrows), np.linalg.norm(arrows, axis=2)
    elif direction == "curvature":
        spread = CornerSpread(geometry)
        strongest, sure = strongest_bends(geometry, spread)
        arrows = None
        lines, known = spread.spread(outer(strongest), sure)
    else:
        given = geometry.mesh.attributes[ATTRIBUTE]
        length = np.linalg.norm(given, axis=2)
        unit = given / np.maximum(length, 1e-300)[..., None]
        values, known = CornerSpread(geometry).spread(
            np.concatenate([outer(unit), unit], axis=2), length.clip(max=1)
        )
        lines, arrows = values[..., :6], values[..., 6:]
    lines = lines + outer(_upright_arrows(geometry, up)) * np.maximum(1 - known, FAINT)[..., None]
    return DirectionField(
        up, turn, lines.astype(np.float32), None if arrows is None else arrows.astype(np.float32)
    )


def check_direction(mesh: SurfaceMesh, direction: str) -> None:
    """Raise JobError ("direction_missing") where directions are to be given and the mesh has none."""
    if direction != "given":
        return
    given = mesh.attributes.get(ATTRIBUTE)
    shape = (len(mesh.faces), 3, 3)
    if given is None:
        what = f"has no attribute {ATTRIBUTE!r}"
    elif given.shape != shape:
        what = f"has an attribute {ATTRIBUTE!r} of shape {given.shape}, not {shape}"
    elif not given.any():
        what = f"has nothing but zeros in its attribute {ATTRIBUTE!r}"
    else:
        return
    raise JobError(
        "direction_missing",
        f"Strokes are to follow given directions, but the mesh {mesh.name!r} {what}. "
        "Give it a vector for each corner of each face, or let strokes follow the curvature.",
        Remedy.CHANGE_SETTING,
    )


def upright(axis: tuple[float, float, float], look: Floats) -> Floats:
    """What is up (P, 3) for those who look along -``look`` (P, 3), roughly: not yet in their plane."""
    up = np.array(axis, dtype=np.float64)
    # Where the surface faces up or down, a second axis takes over, gradually.
    second = np.roll(up, 1)
    steepness = 1 - np.abs(look @ up)
    guide: Floats = up + second * np.clip(1 - steepness / 0.15, 0, 1)[..., None]
    return guide


def uv_arrows(geometry: Geometry) -> Floats:
    """Which way v grows on the surface, a unit vector (F, 3, 3) at each corner; 0 where UVs have no area."""
    uvs, corners = geometry.mesh.uvs, geometry.corners
    (u1, v1), (u2, v2) = ((uvs[:, k] - uvs[:, 0]).T for k in (1, 2))
    area = u1 * v2 - u2 * v1
    grown = (corners[:, 2] - corners[:, 0]) * u1[:, None] - (corners[:, 1] - corners[:, 0]) * u2[:, None]
    length = np.linalg.norm(grown, axis=1)
    solid = (np.abs(area) > 1e-14) & (length > 0)
    unit = np.where(solid, np.sign(area) / np.maximum(length, 1e-300), 0)[:, None] * grown
    return np.repeat(unit[:, None], 3, axis=1)


def strongest_bends(geometry: Geometry, spread: CornerSpread) -> tuple[Floats, Floats]:
    """Unit directions (F, 3, 3) of the largest absolute curvature, and how sure they are (F, 3) in [0, 1].

    Flat and round places are not sure.
    """
    tensors = bend_tensors(geometry.corners, geometry.corner_normals)
    # Averaged before they are asked for directions: what noise adds cancels.
    found = principal(spread.smooth(np.repeat(tensors[:, None], 3, axis=1)), geometry.corner_normals)
    size = np.abs(found.mean)
    less, more = np.minimum(size, found.spread), np.maximum(size, found.spread)
    # Half the difference of the absolute curvatures, against a bend as wide as the object; then their
    # contrast.
    plain = less * geometry.diagonal / (1 + less * geometry.diagonal)
    sure = np.square(plain * less / np.maximum(more, 1e-300))
    return found.strongest, sure


def _upright_arrows(geometry: Geometry, up: tuple[float, float, float]) -> Floats:
    """The upright direction (F, 3, 3) in the surface at each corner, of unit length."""
    normals = geometry.corner_normals
    guide = upright(up, normals)
    flat = guide - normals * (guide * normals).sum(2, keepdims=True)
    unit: Floats = flat / np.maximum(np.linalg.norm(flat, axis=2, keepdims=True), 1e-12)
    return unit
