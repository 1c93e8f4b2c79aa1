"""Both eyes of what Blender renders by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.tests.blender.driving import tick_until

from .eyes import HEIGHT, WIDTH, loaded, panorama, two_eyes
from .lit import move_cube, state
from .test_automatic import NAME, animate, jobs_left, names_in, window  # noqa: F401 - a fixture
from .test_stereo_animation import layout

TOLD = "Scene, frame 1 is painted. The strength is 0, so that nothing was painted."


@pytest.fixture
def moving(scene: Any, style: Any, tmp_path: Path) -> Any:
    """Two frames of a cube before two eyes; the option is on, and nothing is painted but the way there."""
    two_eyes(scene)
    move_cube(scene, 2)
    scene.cycles.samples = 1
    scene.render.filepath = str(tmp_path / "out" / "shot_")
    scene.nst.style, scene.nst.render.quality = style, "draft"
    scene.nst.render.strength = 0.0
    scene.nst.render.automatic = True
    return scene


@pytest.mark.parametrize("kind", ["pair", "side-by-side", "panorama"])
@pytest.mark.parametrize("frames", [1, 2])
def test_both_eyes_are_stylized_beside_blenders(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str, frames: int
) -> None:
    if kind == "panorama":
        panorama(moving)
    layout(moving, "side-by-side" if kind == "side-by-side" else "pair")
    moving.render.views["left"].file_suffix = "_L"
    moving.frame_end = frames
    moving.render.image_settings.color_depth = "16" if frames == 1 else "8"  # as what is stylized has
    before, left = state(moving), jobs_left(addon)
    animate()
    assert "is stylized" in capfd.readouterr().err
    assert state(moving) == before
    assert jobs_left(addon) == left
    ends = [""] if kind == "side-by-side" else ["_L", "_R"]
    names = [
        (f"shot_{n:04d}{e}.png", f"shot_{n:04d}_stylized{e}.png") for n in range(1, 1 + frames) for e in ends
    ]
    assert names_in(tmp_path / "out") == sorted(name for pair in names for name in pair)
    found = [[loaded(tmp_path / "out" / name)[..., :3] for name in pair] for pair in names]
    apart = [float(np.abs(own - painted).mean()) for own, painted in found]
    assert apart == pytest.approx([0] * len(found), abs=0.002)
    if kind == "pair":
        assert np.abs(found[0][1] - found[1][1]).mean() > 0.005
    assert found[0][1].shape[1] == (2 if kind == "side-by-side" else 1) * WIDTH


@pytest.mark.usefixtures("window")
def test_f12_puts_both_eyes_into_the_scene(addon: Any, moving: Any) -> None:
    for view, suffix in (("left", ".l"), ("right", ".r")):
        moving.render.views[view].file_suffix = suffix
    before = state(moving)
    bpy.ops.render.render()
    tick_until(addon, lambda: addon.session.notice is not None)
    assert (addon.session.notice.text, addon.session.notice.is_error) == (TOLD, False)
    assert moving.nst.render.result.size[:] == (2 * WIDTH, HEIGHT)
    node = addon.module("host.compositor").stylized_node(moving)
    assert any(each.bl_idname == "CompositorNodeSwitchView" for each in node.node_tree.nodes)
    assert state(moving) == before | {"images": [NAME, *before["images"]]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"camera.data.stereo.convergence_mode": "TOE"}, "Toed-in eyes"),
        ({"view_layers[0].use_pass_z": False}, "lacks passes that these settings need"),
        ({'render.views["left"].file_suffix': ".l"}, "Frames of both eyes end in _L and _R"),
    ],
)
def test_what_cannot_be_is_said(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], change: Any, said: str
) -> None:
    addon.use_worker("paint")
    for name, value in change.items():
        path, _, last = name.rpartition(".")
        setattr(moving.path_resolve(path), last, value)
    animate()
    assert said in capfd.readouterr().err
    assert not [name for name in names_in(tmp_path / "out") if "stylized" in name]
