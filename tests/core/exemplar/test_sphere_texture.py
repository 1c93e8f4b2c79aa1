"""A painted sphere baked over the UVs of meshes, through real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from nst.core.cli import main
from nst.core.exemplar.exemplar import Exemplar
from nst.core.exemplar.facing import Facing, facing
from nst.core.exemplar.scattered import seed_levels
from nst.core.exemplar.surface import SurfaceBlit
from nst.core.exemplar.texture import sphere_texture
from nst.core.exemplar.toned import Lookup, ball_radius
from nst.core.images import load_picture
from nst.core.metrics.seams import seam_ratio
from nst.core.metrics.unwrap import unwrap_difference
from nst.core.protocol import JobError, Sheet, Sphere, SphereTextureJob
from nst.core.protocol.spheres import FRONTS
from nst.core.solve.progress import SilentWatcher
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import SurfaceMesh
from nst.tests.core.metrics.surfaces import ball, box_uvs, globe, shuffled

SIDE = 96  # pixels of the painted sphere
UP = (0.0, 0.0, 1.0)


def painting() -> Tensor:
    """(4, SIDE, SIDE): light from the upper right, with dark dots; transparent beside the ball."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    right, up = x / SIDE * 2 - 1, 1 - y / SIDE * 2
    inside = right**2 + up**2 < 1
    toward = np.sqrt(np.clip(1 - right**2 - up**2, 0, 1))
    light = np.clip(0.35 + 0.3 * right + 0.3 * up + 0.2 * toward, 0, 1)
    dots = ((x % 12 - 6) ** 2 + (y % 12 - 6) ** 2 < 6) * 0.3
    color = np.stack([light - dots, 0.8 * light, 0.6 - 0.3 * light])
    return torch.from_numpy(np.concatenate([color.clip(0, 1), inside[None]])).float()


def save(path: Path, planes: Tensor) -> Path:
    levels = (planes * 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(levels if levels.shape[2] > 1 else levels[..., 0]).save(path)
    return path


def save_mesh(path: Path, mesh: SurfaceMesh) -> Path:
    np.savez(path, vertices=mesh.vertices, faces=mesh.faces, uvs=mesh.uvs)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sphere")
    save(folder / "sphere.png", painting())
    save(folder / "height.png", painting()[:1])
    save_mesh(folder / "globe.npz", globe())
    save_mesh(folder / "ball.npz", ball())
    return folder


def bake(folder: Path, mesh: str, output: str = "out.png", sphere: Any = None, **settings: Any) -> Tensor:
    sheet = {name: settings.pop(name) for name in ("height", "base_color") if name in settings}
    job = SphereTextureJob(
        (sphere or Sphere(str(folder / "sphere.png")),),
        str(folder / mesh),
        (Sheet(str(folder / output), **sheet),),
        **{"size": 256, "device": "cpu", **settings},
    )
    sphere_texture(job, SilentWatcher())
    return load_picture(folder / output).rgb


def at(texture: Tensor, mesh: SurfaceMesh, face: Any, barycentric: Any) -> Any:
    """Colours (P, 3) of a texture at points of a mesh."""
    uv = np.einsum("pk,pkc->pc", barycentric, mesh.uvs[face])
    grid = torch.from_numpy(np.stack([uv[:, 0] * 2 - 1, 1 - uv[:, 1] * 2], -1)).float()
    found = torch.nn.functional.grid_sample(texture, grid[None, None], align_corners=False)
    return found[0, :, 0].T.numpy()


def exemplar() -> Exemplar:
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    normals = np.stack([x / SIDE * 2 - 1, 1 - y / SIDE * 2])
    left = 1 - (normals**2).sum(0)
    normals = np.concatenate([normals, np.sqrt(left.clip(0))[None]])
    return Exemplar(painting()[:3], torch.from_numpy(normals).float(), torch.from_numpy(left > 0.01))


def test_a_ball_gets_back_its_painting(folder: Path) -> None:
    texture = bake(folder, "globe.npz")
    points = Geometry(globe()).sample(4000, np.random.default_rng(0))
    x, y, z = points.position.T / np.linalg.norm(points.position, axis=1)
    seen = -y > 0.7  # the middle half of what the viewer sees, who stands at -y
    colors = at(texture, globe(), points.face[seen], points.barycentric[seen])
    column, row = ((1 + x[seen]) * SIDE / 2).astype(int), ((1 - z[seen]) * SIDE / 2).astype(int)
    wanted = painting()[:3, row, column].T.numpy()
    assert np.abs(colors - wanted).mean() < 0.05
    # Where it is looked at from decides: seen from behind, left is right.
    behind = bake(folder, "globe.npz", "behind.png", front="back")
    other = at(behind, globe(), points.face[seen], points.barycentric[seen])
    assert np.abs(other - wanted).mean() > 0.1


def test_the_back_is_lit_as_the_front(folder: Path) -> None:
    texture = bake(folder, "globe.npz", tolerance=0.0)
    points = Geometry(globe()).sample(4000, np.random.default_rng(0))
    x, y, _ = points.position.T
    back = y > 0.3
    colors = at(texture, globe(), points.face[back], points.barycentric[back])
    green = colors[:, 1]  # has no dots
    assert np.corrcoef(green, x[back])[0, 1] > 0.5


def test_seams_do_not_show_whatever_the_unwrap(folder: Path) -> None:
    mesh = ball()
    other = shuffled(mesh, box_uvs(mesh.vertices[mesh.faces][..., [2, 0, 1]]))
    save_mesh(folder / "other.npz", other)
    first, second = (bake(folder, name, size=512) for name in ("ball.npz", "other.npz"))
    assert 0.8 < seam_ratio(mesh, first).ratio < 1.25
    assert 0.8 < seam_ratio(other, second).ratio < 1.25
    same = unwrap_difference(mesh, first, other, second, (0.5, 0.5, 0.5))
    assert same.fine < 0.03
    assert same.coarse < 0.005


def test_a_place_has_one_colour_from_whatever_face_it_is_seen() -> None:
    mesh = globe()
    blit = SurfaceBlit(exemplar(), mesh, facing(UP, "front"), 0.5, 0.2, 0.01, 0)
    geometry = Geometry(mesh)
    edges: dict[tuple[int, int], list[tuple[int, Any]]] = {}
    for face, corners in enumerate(mesh.faces):
        for k in range(3):
            ends = tuple(sorted((corners[k], corners[(k + 1) % 3])))
            share = np.zeros(3)
            share[k] = share[(k + 1) % 3] = 0.5
            edges.setdefault(ends, []).append((face, share))
    pairs = [pair for pair in edges.values() if len(pair) == 2]
    one, other = (
        blit.paint(geometry.points(np.array([p[n][0] for p in pairs]), np.array([p[n][1] for p in pairs])))
        for n in (0, 1)
    )
    assert len(pairs) > 1000
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_height_and_roughness_follow_the_colour(folder: Path) -> None:
    plane = str(folder / "height.png")
    sphere = Sphere(str(folder / "sphere.png"), height=plane, roughness=plane)
    files = [str(folder / name) for name in ("h.png", "r.png")]
    color = bake(folder, "globe.npz", sphere=sphere, height=files[0], roughness=files[1])
    for file in files:
        level = np.array(Image.open(file))
        assert level.dtype == np.uint16
        assert np.abs(level / 65535 - color[0, 0].numpy()).max() < 0.01


def test_what_is_half_transparent_shows_what_was_there(folder: Path) -> None:
    thin = painting()
    thin[3] *= 0.6
    save(folder / "thin.png", thin)
    whole = bake(folder, "globe.npz")
    mixed = bake(folder, "globe.npz", "thin_out.png", Sphere(str(folder / "thin.png")), base_color=(1, 0, 0))
    base = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    assert float((mixed - (0.6 * whole + 0.4 * base)).abs().mean()) < 0.01


def test_the_same_seed_gives_the_same_and_another_other_pieces(folder: Path) -> None:
    first, again = bake(folder, "ball.npz"), bake(folder, "ball.npz")
    assert torch.equal(first, again)
    assert not torch.equal(first, bake(folder, "ball.npz", seed=1))


def test_one_colour_is_painted_with_a_note(folder: Path) -> None:
    save(folder / "plain.png", torch.ones(3, 32, 32) * torch.tensor([0.2, 0.4, 0.6]).view(3, 1, 1))
    job = SphereTextureJob(
        (Sphere(str(folder / "plain.png"), circle=(16, 16, 16)),),
        str(folder / "globe.npz"),
        (Sheet(str(folder / "plain_out.png")),),
        size=64,
    )
    info = sphere_texture(job, SilentWatcher())
    assert any("one colour" in note for note in info["notes"])
    picture = load_picture(folder / "plain_out.png").rgb
    assert float((picture - torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)).abs().max()) < 0.01


@pytest.mark.parametrize("stroke", [1e-4, 1e4])
def test_spheres_of_odd_sizes_are_painted(folder: Path, stroke: float) -> None:
    texture = bake(folder, "globe.npz", stroke=stroke, size=64)
    assert float(texture.std()) > 0.02


def test_a_sphere_that_cannot_be_used_is_said_and_nothing_is_written(folder: Path) -> None:
    empty = painting()
    empty[3] = 0
    save(folder / "empty.png", empty)
    with pytest.raises(JobError, match=r"No ball was found in empty\.png") as raised:
        bake(folder, "globe.npz", "never.png", Sphere(str(folder / "empty.png")))
    assert raised.value.code == "no_sphere"
    assert not (folder / "never.png").exists()


def test_results_do_not_overwrite_each_other_or_what_is_read(folder: Path) -> None:
    sphere = Sphere(str(folder / "sphere.png"), roughness=str(folder / "height.png"))
    with pytest.raises(JobError, match="both be written"):
        bake(folder, "globe.npz", "one.png", sphere, roughness=str(folder / "one.png"))
    with pytest.raises(JobError, match="over the sphere's roughness"):
        bake(folder, "globe.npz", "one.png", sphere, roughness=str(folder / "height.png"))
    with pytest.raises(JobError, match="over the sphere "):
        bake(folder, "globe.npz", "sphere.png")


def test_the_command_bakes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sphere", "--mesh", str(folder / "globe.npz"), "--exemplar", str(folder / "sphere.png")]
    words += ["--exemplar-circle", "48,48,48", "--size", "64", "--front", "around", "--json"]
    assert main([*words, "-o", str(folder / "cli.png")]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["output"] == str(folder / "cli.png")
    assert Image.open(folder / "cli.png").size == (64, 64)
    assert main([*words[:1], *words[3:], "-o", str(folder / "cli.png")]) == 2
    assert "--mesh" in capsys.readouterr().err
    assert main([*words, "--exemplar-circle", "1,2", "-o", str(folder / "cli.png")]) == 2
    assert main([*words, "--device", "abacus", "-o", str(folder / "cli.png")]) == 1
    capsys.readouterr()
    assert main([*words, "--method", "patches", "-o", str(folder / "cli.png")]) == 2
    assert "--method does nothing with --mesh" in capsys.readouterr().out


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("up", [UP, (0.0, 1.0, 0.0)])
def test_facing_is_what_the_viewer_sees(up: tuple[float, float, float], front: str) -> None:
    frame = facing(up, front)
    np.testing.assert_allclose(frame.axes @ frame.axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(frame.axes) == pytest.approx(1)
    np.testing.assert_allclose(frame.axes[1], up)
    normals = np.random.default_rng(0).normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    seen = frame.normals(normals)
    assert (seen[:, 2] >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1)
    np.testing.assert_allclose(seen[:, 1], normals @ up)
    # Steps on the surface keep their lengths, and across it there are none.
    steps = frame.tangents(normals)
    np.testing.assert_allclose(np.einsum("pkc,pc->pk", steps, normals), 0, atol=1e-9)
    np.testing.assert_allclose(
        steps @ steps.transpose(0, 2, 1), np.broadcast_to(np.eye(2), (200, 2, 2)), atol=1e-9
    )


def test_the_right_side_is_at_x() -> None:
    np.testing.assert_allclose(facing(UP, "right").axes[2], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(facing(UP, "front").axes, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-12)


def test_around_keeps_up_and_down_alone() -> None:
    frame: Facing = facing(UP, "around")
    angle = np.linspace(0, 2 * np.pi, 9)
    level = np.stack([np.cos(angle) * 0.8, np.sin(angle) * 0.8, np.full_like(angle, 0.6)], axis=1)
    np.testing.assert_allclose(frame.normals(level), np.broadcast_to([0, 0.6, 0.8], (9, 3)), atol=1e-12)


def test_lookup_finds_places_and_their_colours() -> None:
    own = exemplar()
    assert ball_radius(own) == pytest.approx(SIDE / 2, rel=1e-6)
    lookup = Lookup(own, 0.2)
    normals = own.guides[:, 30:60:7, 30:60:7].reshape(3, -1).T.double().numpy()
    places = lookup.places(normals)
    wanted = np.stack(np.meshgrid(np.arange(30, 60, 7), np.arange(30, 60, 7)), -1).reshape(-1, 2)
    np.testing.assert_allclose(places, wanted)
    detail, facing_there, inside = lookup.detail(places)
    np.testing.assert_allclose(facing_there, normals[:, :2], atol=1e-6)
    assert inside.all()
    colors = own.channels[:, wanted[:, 1], wanted[:, 0]].T.numpy()
    np.testing.assert_allclose(lookup.tones(normals) + detail, colors, atol=0.01)
    rim = lookup.deep_places(np.array([[1.0, 0, 0]]))
    assert abs(rim[0, 0] + 0.5 - SIDE / 2) < SIDE / 2 * 0.93


def test_seeds_do_not_depend_on_the_order_of_faces() -> None:
    mesh = globe()
    for one, other in zip(
        seed_levels(mesh, 1.0, 0.2, 3), seed_levels(shuffled(mesh, mesh.uvs), 1.0, 0.2, 3), strict=True
    ):
        assert one[0] == other[0]
        np.testing.assert_allclose(one[1].position, other[1].position, atol=1e-9)
    assert [spacing for spacing, _ in seed_levels(mesh, 1.0, 0.2, 3)] == [1.0, 0.5, 0.25]
