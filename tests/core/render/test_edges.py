from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst.core.protocol import JobError
from nst.core.render.edges import edges
from nst.core.render.guidance import near
from nst.core.render.layers import read_layers

from .files import write_layers

SIDE = 24
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float32)
LEFT = COLUMNS < SIDE // 2


def found(folder: Path, planes: dict[str, Any], metadata: dict[str, str] | None = None) -> Any:
    layers = read_layers(write_layers(folder / "a.exr", planes, metadata))
    return edges(layers)[0, 0].numpy()


def only_middle(edge: Any) -> bool:
    """Whether an edge is both columns beside the middle, and nothing else."""
    wanted = np.zeros((SIDE, SIDE))
    wanted[:, SIDE // 2 - 1 : SIDE // 2 + 1] = 1
    return bool(np.allclose(edge, wanted, atol=1e-3))


def floor(tilt: float) -> Any:
    """Distances of a plane seen in perspective: its inverse depth is even."""
    return 1 / (0.02 + tilt * ROWS)


def test_a_slope_is_no_edge_however_steep(tmp_path: Path) -> None:
    assert found(tmp_path, {"V.Depth.Z": floor(0.05)}).max() < 1e-3


def test_a_jump_of_depth_is_an_edge(tmp_path: Path) -> None:
    """From a floor to a wall before it, along it, and to where nothing is."""
    for behind in (floor(0.05) * 1.5, np.full_like(ROWS, 1e10), np.full_like(ROWS, np.inf)):
        assert only_middle(found(tmp_path, {"V.Depth.Z": np.where(LEFT, floor(0.05), behind)}))


def test_two_objects_have_an_edge_between_them(tmp_path: Path) -> None:
    assert only_middle(found(tmp_path, {"V.Object Index.X": 1 + LEFT}))
    crypto = {"R": np.where(LEFT, 2.5e-3, 7e8), "G": 1 + 0 * ROWS, "B": 0 * ROWS, "A": 0 * ROWS}
    planes = {f"V.CryptoObject00.{channel}": plane for channel, plane in crypto.items()}
    metadata = {"cryptomatte/1/name": "V.CryptoObject", "cryptomatte/1/manifest": json.dumps({"A": "1"})}
    assert only_middle(found(tmp_path, planes, metadata))


def test_a_crease_is_an_edge_and_a_bend_is_none(tmp_path: Path) -> None:
    zero = 0 * ROWS
    folded = {"X": np.where(LEFT, 1, 0), "Y": np.where(LEFT, 0, 1), "Z": zero}
    assert only_middle(found(tmp_path, {f"V.Normal.{axis}": plane for axis, plane in folded.items()}))
    angle = COLUMNS / SIDE * np.pi
    bent = {"X": np.cos(angle), "Y": np.sin(angle), "Z": zero}
    assert found(tmp_path, {f"V.Normal.{axis}": plane for axis, plane in bent.items()}).max() == 0


def test_what_has_no_passes(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"no passes that show outlines\. Turn on Z"):
        found(tmp_path, {f"V.Combined.{c}": ROWS for c in "RGBA"})


def test_what_is_near(tmp_path: Path) -> None:
    """By Mist, or around the focus: half of it and all beyond is out of focus."""
    planes = {"V.Mist.Z": [[0, 0.25, 1, 1]], "V.Depth.Z": [[4, 8, 16, np.inf]]}
    layers = read_layers(write_layers(tmp_path / "a.exr", planes))
    assert near(layers, 0.0)[0, 0, 0].tolist() == [1, 0.75, 0, 0]
    assert near(layers, 8.0)[0, 0, 0].tolist() == [0, 1, 0.5, 0]
    with pytest.raises(JobError, match="no pass Mist"):
        near(read_layers(write_layers(tmp_path / "b.exr", {"V.Depth.Z": [[1]]})), 0.0)
