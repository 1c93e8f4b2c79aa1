"""Polygons of files: concave ones cover what they show, and nothing else."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from nst.core.protocol import JobError
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh
from nst.core.surface.polygons import cut_obj, triangulated

# An L, first corner away from the inner one: a fan from it covers 4 instead of 3.
L_SHAPE = np.array([[2, 1], [1, 1], [1, 2], [0, 2], [0, 0], [2, 0]], dtype=float)


def areas(corners: np.ndarray) -> np.ndarray:
    """Of triangles of a polygon (K, 2), positive where they are counterclockwise."""
    a, b, c = np.moveaxis(corners[triangulated(np.c_[corners, np.zeros(len(corners))])], 1, 0)
    one, other = b - a, c - a
    return (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2


def obj() -> str:
    lines = [f"v {x} {y} 0" for x, y in L_SHAPE] + [f"vt {x / 2} {y / 2}" for x, y in L_SHAPE]
    lines += ["f " + " ".join(f"{k}/{k}" for k in range(1, 7))]
    return "\n".join(lines) + "\n"


def ply(binary: bool, corner_uvs: bool) -> bytes:
    kind = "binary_little_endian" if binary else "ascii"
    own = "" if corner_uvs else "property float s\nproperty float t\n"
    lists = "property list uchar float texcoord\n" if corner_uvs else ""
    head = (
        f"ply\nformat {kind} 1.0\nelement vertex 6\nproperty float x\nproperty float y\n"
        f"property float z\n{own}"
        f"element face 1\nproperty list uchar uint vertex_indices\n{lists}end_header\n"
    )
    rows = [(x, y, 0.0) if corner_uvs else (x, y, 0.0, x / 2, y / 2) for x, y in L_SHAPE]
    uvs = (L_SHAPE / 2).reshape(-1).tolist() if corner_uvs else []
    if binary:
        body = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
        body += struct.pack("<B6I", 6, *range(6))
        return head.encode() + body + (struct.pack("<B12f", 12, *uvs) if uvs else b"")
    body = "".join(" ".join(map(str, row)) + "\n" for row in rows) + "6 0 1 2 3 4 5"
    return (head + body + (" 12 " + " ".join(map(str, uvs)) if uvs else "") + "\n").encode()


def check(path: Path) -> None:
    mesh = load_mesh(path)
    assert Geometry(mesh).area == pytest.approx(3.0)
    assert np.allclose(mesh.uvs, mesh.vertices[mesh.faces][..., :2] / 2)
    assert mesh.notes == ()


@pytest.mark.parametrize("shift", range(6))
def test_a_concave_polygon_of_an_obj_file_covers_itself(tmp_path: Path, shift: int) -> None:
    head, face = obj().rsplit("f ", 1)
    corners = face.split()
    corners = corners[shift:] + corners[:shift]
    (tmp_path / "a.obj").write_text(f"{head}f {' '.join(corners)}\n")
    check(tmp_path / "a.obj")


def test_negative_references_line_ends_and_continued_lines(tmp_path: Path) -> None:
    text = obj().rsplit("f ", 1)[0] + "f -6/-6 -5/-5 -4/-4 \\\n-3/-3 -2/-2 -1/-1\n"
    (tmp_path / "a.obj").write_bytes(text.replace("\n", "\r\n").encode())
    check(tmp_path / "a.obj")


# trimesh cannot read a text file of a single face with a list of UVs.
@pytest.mark.parametrize(("binary", "corner_uvs"), [(False, False), (True, False), (True, True)])
def test_a_concave_polygon_of_a_ply_file_covers_itself(
    tmp_path: Path, binary: bool, corner_uvs: bool
) -> None:
    (tmp_path / "a.ply").write_bytes(ply(binary, corner_uvs))
    check(tmp_path / "a.ply")


def test_triangles_and_convex_polygons_are_left_as_they_are() -> None:
    text = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\nf 1//1 2//1 3//1\n"
    assert cut_obj(text) == text


def test_a_concave_quad_beside_a_triangle() -> None:
    text = "v 0 0 0\nv 2 0 0\nv 0.5 0.5 0\nv 0 2 0\nf 2/5 3/6 4/7 1/8\nf 1 2 3\n"
    faces = [line for line in cut_obj(text).splitlines() if line.startswith("f")]
    assert faces[-1] == "f 1 2 3"
    assert {frozenset(face.split()[1:]) for face in faces[:-1]} == {
        frozenset(("1/8", "2/5", "3/6")),
        frozenset(("1/8", "3/6", "4/7")),
    }


def test_points_along_an_edge_are_corners_of_triangles_with_an_area() -> None:
    corners = np.array([[0, 0], [1, 0], [2, 0], [2, 2], [1, 2], [0, 2]], dtype=float)
    found = areas(corners)
    assert found.min() > 0.4
    assert found.sum() == pytest.approx(4.0)


@pytest.mark.parametrize("count", [5, 9, 60])
def test_stars_are_covered_once(count: int) -> None:
    rng = np.random.default_rng(count)
    turn, reach = np.sort(rng.random(count)) * 2 * np.pi, 0.2 + rng.random(count)
    corners = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)
    after = np.roll(corners, -1, axis=0)
    whole = (corners[:, 0] * after[:, 1] - corners[:, 1] * after[:, 0]).sum() / 2
    found = areas(corners)
    assert found.sum() == pytest.approx(whole)
    assert np.abs(found).sum() == pytest.approx(whole, rel=1e-6)


def test_a_polygon_of_a_point_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(obj() + "f 1/1 2/2 3/3 99/4\n")
    with pytest.raises(JobError, match="does not have") as caught:
        load_mesh(tmp_path / "a.obj")
    assert caught.value.code == "mesh_unreadable"
