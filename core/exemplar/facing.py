"""Which way a surface looks, as a painted sphere counts it: right, up and towards its viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface.geometry import Floats

LEVEL = 1e-6  # of a normal's length: less of it across the up axis is no direction

_TURNS = {"front": 0.0, "right": 90.0, "back": 180.0, "left": 270.0, "around": 0.0}  # degrees


@dataclass(frozen=True, eq=False)
class Facing:
    """From the world to a sphere that is looked at.

    axes: (3, 3), rows right, up, towards the viewer. around: the viewer goes around the up axis, so that
    every place is seen from its own side. Else he stands still, and what faces away from him looks as its
    mirror image in front does: colours go on steadily past the outline, and the light comes from the same
    side all over the object.
    """

    axes: Floats
    around: bool

    def normals(self, normals: Floats) -> Floats:
        """What normals (P, 3) of the world are on the sphere (P, 3): none faces away from the viewer."""
        seen: Floats = normals @ self.axes.T
        if self.around:
            level = np.hypot(seen[:, 0], seen[:, 2])
            return np.stack([np.zeros_like(level), seen[:, 1], level], axis=1)
        seen[:, 2] = np.abs(seen[:, 2])
        return seen

    def tangents(self, normals: Floats) -> Floats:
        """(P, 2, 3): what takes steps on the surface at normals (P, 3) to steps right and up in the picture.

        By the smallest rotation of the surface to the viewer: neither are strokes foreshortened, nor do
        they turn about themselves.
        """
        turns = self._turns(normals)
        x, y, z = (seen := self.normals(normals)).T
        tilt = np.zeros((len(seen), 2, 3))
        tilt[:, 0, 0], tilt[:, 0, 1], tilt[:, 0, 2] = 1 - x * x / (1 + z), -x * y / (1 + z), -x
        tilt[:, 1, 0], tilt[:, 1, 1], tilt[:, 1, 2] = -x * y / (1 + z), 1 - y * y / (1 + z), -y
        both: Floats = tilt @ turns
        return both

    def _turns(self, normals: Floats) -> Floats:
        """(P, 3, 3) the matrices that ``normals`` applies to each."""
        seen = normals @ self.axes.T
        turns = np.zeros((len(seen), 3, 3))
        turns[:, 1, 1] = 1
        if self.around:
            level = np.hypot(seen[:, 0], seen[:, 2])
            steady = level > LEVEL
            sine = np.where(steady, seen[:, 0] / np.maximum(level, LEVEL), 0)
            cosine = np.where(steady, seen[:, 2] / np.maximum(level, LEVEL), 1)
            turns[:, 0, 0], turns[:, 0, 2], turns[:, 2, 0], turns[:, 2, 2] = cosine, -sine, sine, cosine
        else:
            turns[:, 0, 0], turns[:, 2, 2] = 1, np.where(seen[:, 2] < 0, -1, 1)
        both: Floats = turns @ self.axes
        return both


def facing(up: tuple[float, float, float], front: str) -> Facing:
    """What looks at the viewer. up: as of ``up_axis``; front: one of ``FRONTS``.

    The front of Blender's meshes is -y and that of glTF's +z; the right side is at +x, as Blender's views are
    named.
    """
    over = np.array(up)
    ahead = np.array([0.0, -1.0, 0.0]) if up[2] == 1 else np.array([0.0, 0.0, 1.0])
    turn = np.radians(_TURNS[front])
    toward = ahead * np.cos(turn) + np.cross(over, ahead) * np.sin(turn)
    return Facing(np.stack([np.cross(over, toward), over, toward]), front == "around")
