from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from nst.core.protocol import JobError, Remedy
from nst.core.surface.load import load_mesh
from nst.core.surface.mesh import SurfaceMesh, surface_mesh

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
HALVES = np.array([[0, 1, 2], [0, 2, 3]])
UVS = SQUARE[HALVES][..., :2] / 2

OBJ = """mtllib missing.mtl
o box
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 1
v 1 0 1
vt 0 0
vt .4 0
vt .4 .4
vt 0 .4
vt .6 .6
vt .9 .6
vt .9 .9
vt .6 .9
usemtl first
f 1/1 2/2 3/3 4/4
usemtl second
f 1/5 2/6 6/7 5/8
"""

PLY = """ply
format ascii 1.0
element vertex 4
property float x
property float y
property float z
property float {0}
property float {1}
element face 2
property list uchar int vertex_indices
end_header
0 0 0 0 0
1 0 0 .5 0
1 1 0 .5 .25
0 1 0 0 .25
3 0 1 2
3 0 2 3
"""

PLY_CORNERS = """ply
format ascii 1.0
comment TextureFile missing.png
element vertex 4
property float x
property float y
property float z
element face 2
property list uchar int vertex_indices
property list uchar float texcoord
end_header
0 0 0
1 0 0
1 1 0
0 1 0
3 0 1 2 6 0 0 .5 0 .5 .5
3 0 2 3 6 .6 .6 .9 .9 .6 .9
"""


def textured(mesh: trimesh.Trimesh, seed: int = 0) -> trimesh.Trimesh:
    mesh.unmerge_vertices()
    uv = np.random.default_rng(seed).random((len(mesh.vertices), 2))
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv)
    return mesh


def fails(code: str, remedy: Remedy, *arguments: object) -> str:
    action = load_mesh if isinstance(arguments[0], Path) else surface_mesh
    with pytest.raises(JobError) as caught:
        action(*arguments)
    assert caught.value.code == code
    assert caught.value.remedy is remedy
    return caught.value.message


def corner_set(mesh: SurfaceMesh) -> set[tuple[float, ...]]:
    """Position and UV of every corner, whatever the order of faces and vertices."""
    table = np.concatenate([mesh.vertices[mesh.faces], mesh.uvs], axis=2).reshape(-1, 5)
    return {tuple(row) for row in table.round(5).tolist()}


# The constructor


def test_clean_mesh_passes_unchanged() -> None:
    mesh = surface_mesh(SQUARE.tolist(), HALVES.tolist(), UVS.astype(np.float32), "square")
    assert mesh.vertices.dtype == np.float64
    assert mesh.faces.dtype == np.int64
    assert mesh.uvs.dtype == np.float64
    assert np.array_equal(mesh.vertices[mesh.faces], SQUARE[HALVES])
    assert np.array_equal(mesh.uvs, UVS)
    assert (mesh.name, mesh.notes) == ("square", ())


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_faces_without_area_are_left_out_at_any_scale(scale: float) -> None:
    points = np.concatenate([SQUARE, [[0.5, 0, 0]]]) * scale
    faces = [*HALVES.tolist(), [0, 4, 1], [2, 2, 3]]  # on a line, and on a point
    uvs = np.concatenate([UVS, UVS])
    mesh = surface_mesh(points, faces, uvs)
    assert np.array_equal(mesh.faces, HALVES)
    assert np.array_equal(mesh.uvs, UVS)
    assert mesh.notes == ("2 faces without area were left out.",)


def test_one_face_is_counted_as_one() -> None:
    mesh = surface_mesh(SQUARE, [*HALVES.tolist(), [0, 0, 1]], np.concatenate([UVS, UVS[:1]]))
    assert mesh.notes == ("1 face without area was left out.",)


def test_thin_but_real_triangles_stay() -> None:
    thin = np.array([[0, 0, 0], [1, 0, 0], [0.5, 1e-5, 0]])
    assert len(surface_mesh(thin, [[0, 1, 2]], UVS[:1]).faces) == 1


def test_only_flat_faces_are_an_error() -> None:
    fails("mesh_degenerate", Remedy.CLEAN_MESH, SQUARE * 0, HALVES, UVS)
    fails("mesh_degenerate", Remedy.CLEAN_MESH, SQUARE * [1, 0, 0], HALVES, UVS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(bad: float) -> None:
    points, uvs = SQUARE.copy(), UVS.copy()
    points[3, 1] = bad
    message = fails("mesh_nan", Remedy.CLEAN_MESH, points, HALVES, UVS, "Lion")
    assert "Lion" in message
    assert "(1 face)" in message
    uvs[:, 0, 1] = bad
    assert "(2 faces)" in fails("mesh_nan", Remedy.CLEAN_MESH, SQUARE, HALVES, uvs)


def test_broken_vertex_that_no_face_uses_does_not_matter() -> None:
    points = np.concatenate([SQUARE, [[np.nan] * 3]])
    assert len(surface_mesh(points, HALVES, UVS).faces) == 2


def test_no_uvs_offer_an_unwrap() -> None:
    assert "no UV map" in fails("mesh_no_uv", Remedy.UNWRAP, SQUARE, HALVES, None)
    assert "no UV map" in fails("mesh_no_uv", Remedy.UNWRAP, SQUARE, HALVES, np.zeros((0, 3, 2)))
    assert "collapsed" in fails("mesh_no_uv", Remedy.UNWRAP, SQUARE, HALVES, UVS * 0 + 0.5)
    assert "collapsed" in fails("mesh_no_uv", Remedy.UNWRAP, SQUARE, HALVES, UVS * [1, 0])


def test_some_collapsed_uvs_are_a_note() -> None:
    uvs = UVS.copy()
    uvs[1] = 0.3
    assert "1 face has no area in the UV map" in surface_mesh(SQUARE, HALVES, uvs).notes[0]


def test_empty_mesh() -> None:
    fails("mesh_empty", Remedy.CHOOSE_MESH, np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros((0, 3, 2)))
    fails("mesh_empty", Remedy.CHOOSE_MESH, SQUARE, np.zeros((0, 3), int), None)


@pytest.mark.parametrize(
    ("vertices", "faces", "uvs"),
    [
        (SQUARE, [[0, 1, 9]], UVS[:1]),
        (SQUARE, [[0, 1, -1]], UVS[:1]),
        (SQUARE[:, :2], HALVES, UVS),
        (SQUARE, [[0, 1, 2, 3]], UVS[:1]),
        (SQUARE, HALVES.astype(float), UVS),
        (SQUARE, HALVES, UVS[:1]),
    ],
)
def test_arrays_that_do_not_fit(vertices: object, faces: object, uvs: object) -> None:
    fails("mesh_unreadable", Remedy.CHOOSE_MESH, vertices, faces, uvs)


# Files


def test_npz_of_the_add_on(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "Lion.npz", vertices=SQUARE, faces=HALVES.astype(np.int32), uvs=UVS.astype(np.float32)
    )
    mesh = load_mesh(str(tmp_path / "Lion.npz"))
    assert mesh.name == "Lion"
    assert np.array_equal(mesh.faces, HALVES)
    assert np.array_equal(mesh.uvs, UVS)
    np.savez(tmp_path / "Lion.npz", vertices=SQUARE, faces=HALVES)
    fails("mesh_no_uv", Remedy.UNWRAP, tmp_path / "Lion.npz")
    np.savez(tmp_path / "Lion.npz", faces=HALVES)
    assert "vertices" in fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / "Lion.npz")


def test_attributes_stay_with_their_faces(tmp_path: Path) -> None:
    faces = np.array([[0, 1, 2], [0, 1, 1], [0, 2, 3]])  # the second has no area
    uvs = SQUARE[faces][..., :2] / 2
    mask = np.arange(9.0).reshape(3, 3)
    np.savez(tmp_path / "a.npz", vertices=SQUARE, faces=faces, uvs=uvs, mask=mask)
    mesh = load_mesh(tmp_path / "a.npz")
    np.testing.assert_array_equal(mesh.attributes["mask"], mask[[0, 2]])


@pytest.mark.parametrize("values", [np.zeros(3), np.array(1.0), np.array(["a", "b"]), np.array([1, np.nan])])
def test_attributes_that_do_not_fit_are_refused(values: np.ndarray) -> None:
    with pytest.raises(JobError, match="attribute 'mask'") as caught:
        surface_mesh(SQUARE, HALVES, UVS, attributes={"mask": values})
    assert caught.value.code == "mesh_unreadable"


def test_npz_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", vertices=np.array([{}], dtype=object), faces=HALVES, uvs=UVS)
    fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / "a.npz")


def test_obj_keeps_uvs_of_corners_and_welds_positions(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ)
    mesh = load_mesh(tmp_path / "a.obj")
    assert len(mesh.faces) == 4
    assert len(mesh.vertices) == 6
    corners = corner_set(mesh)
    assert len(corners) == 8
    assert (0.0, 0.0, 0.0, 0.0, 0.0) in corners
    assert (0.0, 0.0, 0.0, 0.6, 0.6) in corners
    assert (1.0, 0.0, 1.0, 0.9, 0.9) in corners


@pytest.mark.parametrize("names", [("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
def test_ply_with_uvs_at_vertices(tmp_path: Path, names: tuple[str, str]) -> None:
    (tmp_path / "a.ply").write_text(PLY.format(*names))
    mesh = load_mesh(tmp_path / "a.ply")
    assert (1.0, 1.0, 0.0, 0.5, 0.25) in corner_set(mesh)
    assert len(mesh.faces) == 2


def test_ply_with_uvs_at_corners(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(PLY_CORNERS)
    mesh = load_mesh(tmp_path / "a.ply")
    assert len(mesh.vertices) == 4
    assert {(0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.6, 0.6)} < corner_set(mesh)


@pytest.mark.parametrize("extension", ["glb", "obj", "ply"])
def test_round_trip_through_trimesh(tmp_path: Path, extension: str) -> None:
    box = textured(trimesh.creation.box())
    expected = surface_mesh(box.vertices, box.faces, box.visual.uv[box.faces])
    box.export(tmp_path / f"a.{extension}")
    mesh = load_mesh(tmp_path / f"a.{extension}")
    assert len(mesh.vertices) == 8
    found, wanted = (np.array(sorted(corner_set(each))) for each in (mesh, expected))
    assert np.allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("extension", ["glb", "gltf"])
def test_gltf_without_material_keeps_its_uvs(tmp_path: Path, extension: str) -> None:
    box = textured(trimesh.creation.box())
    box.export(tmp_path / "with.glb")
    files = trimesh.exchange.gltf.export_gltf(trimesh.Scene(box))
    tree = json.loads(files["model.gltf"])
    del tree["materials"], tree["meshes"][0]["primitives"][0]["material"]
    if extension == "gltf":
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        (tmp_path / "a.gltf").write_text(json.dumps(tree))
    else:
        (tmp_path / "a.glb").write_bytes(without_materials((tmp_path / "with.glb").read_bytes()))
    found = corner_set(load_mesh(tmp_path / f"a.{extension}"))
    assert np.allclose(sorted(found), sorted(corner_set(load_mesh(tmp_path / "with.glb"))), atol=1e-4)


def without_materials(data: bytes) -> bytes:
    """A GLB file whose primitives name no material, its chunks laid out anew."""
    length = int.from_bytes(data[12:16], "little")
    tree = json.loads(data[20 : 20 + length])
    for primitive in tree["meshes"][0]["primitives"]:
        del primitive["material"]
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    return b"glTF" + struct.pack("<IIII", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def test_scene_is_joined_with_its_transforms(tmp_path: Path) -> None:
    box = textured(trimesh.creation.box())
    mirrored = np.diag([-2.0, 1.0, 1.0, 1.0])
    mirrored[0, 3] = 5.0
    scene = trimesh.Scene()
    scene.add_geometry(box)
    scene.add_geometry(box, transform=mirrored)
    scene.add_geometry(trimesh.creation.icosphere(1))
    scene.export(tmp_path / "a.glb")
    mesh = load_mesh(tmp_path / "a.glb")
    assert len(mesh.faces) == 24
    assert np.allclose(mesh.vertices.min(0), [-0.5, -0.5, -0.5])
    assert np.allclose(mesh.vertices.max(0), [6.0, 0.5, 0.5])
    # Volumes have a sign: both boxes still show their outer side.
    assert trimesh.Trimesh(mesh.vertices, mesh.faces).volume == pytest.approx(3.0)
    assert mesh.notes == ("1 part of a.glb without a UV map was left out.",)


@pytest.mark.parametrize("extension", ["stl", "off", "obj"])
def test_file_without_uvs(tmp_path: Path, extension: str) -> None:
    trimesh.creation.box().export(tmp_path / f"a.{extension}")
    fails("mesh_no_uv", Remedy.UNWRAP, tmp_path / f"a.{extension}")


def test_nan_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ.replace("v 1 1 0", "v nan 1 0"))
    fails("mesh_nan", Remedy.CLEAN_MESH, tmp_path / "a.obj")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-8"])
def test_obj_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.obj").write_bytes(OBJ.replace("o box", "o Größe").encode(encoding))
    assert len(load_mesh(tmp_path / "a.obj").faces) == 4
    (tmp_path / "a.obj").write_bytes(OBJ.split("o box\n")[1].encode(encoding))
    assert len(load_mesh(tmp_path / "a.obj").vertices) == 6


def test_obj_of_which_some_faces_have_no_uvs(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ.replace("usemtl second\n", "") + "f 1 2 6\n")
    said = fails("mesh_no_uv", Remedy.UNWRAP, tmp_path / "a.obj")
    assert "1 of the 3 faces of the mesh 'a' has no place" in said


def test_a_face_of_points_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ + "f 99/1 2/2 3/3\n")
    said = fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / "a.obj")
    assert "that it does not have" in said
    assert "axis" not in said


@pytest.mark.filterwarnings("error")
def test_infinite_positions_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(OBJ.replace("v 1 1 0", "v inf 1 0"))
    fails("mesh_nan", Remedy.CLEAN_MESH, tmp_path / "a.obj")


@pytest.mark.parametrize("scale", [1e-12, 1e12, 1e30])
def test_sizes_that_numbers_cannot_hold_are_refused(scale: float) -> None:
    assert "Apply > Scale" in fails("mesh_size", Remedy.CLEAN_MESH, SQUARE * scale, HALVES, UVS)


def test_a_small_object_beside_a_huge_one_keeps_its_faces() -> None:
    points = np.concatenate([SQUARE * 1e-5, SQUARE * 1e6])
    mesh = surface_mesh(points, np.concatenate([HALVES, HALVES + 4]), np.concatenate([UVS, UVS]))
    assert len(mesh.faces) == 4
    assert mesh.notes == ()


def test_missing_file_and_folder(tmp_path: Path) -> None:
    fails("mesh_missing", Remedy.CHOOSE_MESH, tmp_path / "no.obj")
    assert "folder" in fails("mesh_missing", Remedy.CHOOSE_MESH, tmp_path)


def test_points_are_not_a_mesh(tmp_path: Path) -> None:
    trimesh.PointCloud(np.random.default_rng(0).random((9, 3))).export(tmp_path / "a.ply")
    assert "no faces" in fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / "a.ply")


def test_empty_files(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text("# nothing\n")
    fails("mesh_empty", Remedy.CHOOSE_MESH, tmp_path / "a.obj")
    for name in ("a.glb", "a.npz", "a.ply"):
        (tmp_path / name).write_bytes(b"")
        assert "is empty" in fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / name)


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.ply", "a.npz", "a.fbx", "a"])
def test_files_that_are_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is not a mesh\n" * 9)
    fails("mesh_unreadable", Remedy.CHOOSE_MESH, tmp_path / name)


@pytest.mark.parametrize("extension", ["glb", "npz", "ply"])
@pytest.mark.parametrize("kept", [0.1, 0.6])
def test_truncated_files(tmp_path: Path, extension: str, kept: float) -> None:
    path = tmp_path / f"a.{extension}"
    if extension == "npz":
        np.savez(path, vertices=SQUARE, faces=HALVES, uvs=UVS)
    else:
        textured(trimesh.creation.icosphere(2)).export(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    fails("mesh_unreadable", Remedy.CHOOSE_MESH, path)


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rights do not bind the superuser, as whom tests may run.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    (tmp_path / "a.obj").write_text(OBJ)
    monkeypatch.setattr(Path, "open", refuse)
    fails("no_permission", Remedy.CHOOSE_MESH, tmp_path / "a.obj")
