from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nst.core.protocol import JobError
from nst.core.render.cryptomatte import cryptomatte, foremost
from nst.core.render.layers import Layers, read_layers

from .files import write_layers

HASHES = {
    "Cube A": "417d71a9",
    "Ball": "74d3ebe9",
    "Kür": "0099aa11",
}  # of the first two, as Blender writes them


def number(name: str) -> np.float32:
    return np.frombuffer(bytes.fromhex(HASHES[name])[::-1], "<f4")[0]


def render(
    tmp_path: Path, manifest: str = json.dumps(HASHES), crypto: str = "cryptomatte/542cafa/"
) -> Layers:
    """Three pixels: of the cube, half of each, and of three things, the third in the second layer."""
    none = np.float32(0)
    cube, ball, third = map(number, HASHES)
    names = np.array([[cube, none, none, none], [ball, cube, none, none], [cube, ball, third, none]])
    cover = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.5, 0.25, 0.125, 0]])
    planes = {}
    for rank in range(4):
        layer, pair = f"ViewLayer.CryptoObject{rank // 2:02d}", ("rg", "ba")[rank % 2]
        planes[f"{layer}.{pair[0]}"] = names[None, :, rank]
        planes[f"{layer}.{pair[1]}"] = cover[None, :, rank]
    texts = {"name": "ViewLayer.CryptoObject", "manifest": manifest}
    metadata = {f"{crypto}{key}": value for key, value in texts.items()}
    return read_layers(write_layers(tmp_path / "a.exr", planes, metadata))


def test_mattes_by_name(tmp_path: Path) -> None:
    mattes = cryptomatte(render(tmp_path), "object")
    assert mattes.matte(["Cube A"]).tolist() == [[1, 0.5, 0.5]]
    assert mattes.matte(["Ball"]).tolist() == [[0, 0.5, 0.25]]
    assert mattes.matte(["Kür"]).tolist() == [[0, 0, 0.125]]


def test_several_names_cover_together_and_once_each(tmp_path: Path) -> None:
    mattes = cryptomatte(render(tmp_path), "object")
    assert mattes.matte(["Cube A", "Ball", "Cube A"]).tolist() == [[1, 1, 0.75]]
    assert mattes.matte([]).tolist() == [[0, 0, 0]]


def test_what_a_render_does_not_know(tmp_path: Path) -> None:
    layers = render(tmp_path)
    with pytest.raises(JobError, match=r"no Cryptomatte of Cube B; it has Ball, Cube A.*Did you mean Cube A"):
        cryptomatte(layers, "object").matte(["Cube B"])
    with pytest.raises(JobError, match="no Cryptomatte of materials"):
        cryptomatte(layers, "material")


@pytest.mark.parametrize(
    ("manifest", "crypto"), [("{broken", "cryptomatte/542cafa/"), ("[]", "cryptomatte/1/"), ("{}", "other/")]
)
def test_names_that_are_lost(tmp_path: Path, manifest: str, crypto: str) -> None:
    with pytest.raises(JobError, match="not the names"):
        cryptomatte(render(tmp_path, manifest, crypto), "object")


def test_the_object_that_covers_most_of_a_pixel_has_a_number(tmp_path: Path) -> None:
    layers = render(tmp_path)
    found = foremost(layers)
    assert found is not None
    assert found.tolist() == [[[number("Cube A"), number("Ball"), number("Cube A")]]]
    assert foremost(read_layers(write_layers(tmp_path / "b.exr", {"L.Combined.R": np.ones((2, 2))}))) is None
