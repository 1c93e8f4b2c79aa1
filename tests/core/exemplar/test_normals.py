from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.exemplar.normals import read_normals
from nst.core.images import save_picture
from nst.core.protocol import JobError

from ..render.files import write_layers
from .balls import painted, picture, textured

SIDE = 96
TRUE = ball_normals(Ball(48, 48, 46), SIDE, SIDE)[0]


def degrees(found: Tensor, true: Tensor) -> Tensor:
    """The angle (H, W) between normals."""
    return torch.rad2deg(2 * torch.asin(((found - true).norm(dim=0) / 2).clamp(max=1)))


def stored(path: Path, vectors: Tensor, levels: type = np.uint8) -> Path:
    """A normal map as a picture of 8 or 16 bits."""
    values = (0.5 + 0.5 * vectors).numpy() * np.iinfo(levels).max
    written, data = cv2.imencode(path.suffix, values.round().astype(levels).transpose(1, 2, 0)[..., ::-1])
    assert written
    path.write_bytes(data.tobytes())
    return path


def test_a_map_is_read_back(tmp_path: Path) -> None:
    eight = degrees(read_normals(stored(tmp_path / "8.png", TRUE), SIDE, SIDE), TRUE)
    assert float(eight.mean()) < 0.25
    assert float(eight.max()) < 0.7
    deep = degrees(read_normals(stored(tmp_path / "16.png", TRUE, np.uint16), SIDE, SIDE), TRUE)
    assert float(deep.max()) < 0.01


def test_steps_of_256_are_smoothed_away(tmp_path: Path) -> None:
    y, x = torch.meshgrid(torch.linspace(-0.1, 0.1, SIDE), torch.linspace(-0.1, 0.1, SIDE), indexing="ij")
    true = torch.stack([x, -y, (1 - x**2 - y**2).sqrt()])
    path = stored(tmp_path / "soft.png", true)
    rounded = torch.from_numpy(cv2.imread(str(path)).astype(np.float32)[..., ::-1].copy()).permute(2, 0, 1)
    plain = torch.nn.functional.normalize(rounded / 127.5 - 1, dim=0)
    before, after = (degrees(one, true)[8:-8, 8:-8].mean() for one in (plain, read_normals(path, SIDE, SIDE)))
    assert float(after) < 0.5 * float(before)


@pytest.mark.parametrize("names", ["XYZ", "RGB"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layer", ["", "ViewLayer.Normal."])
def test_an_exr_file_holds_vectors_plain_or_packed(
    tmp_path: Path, names: str, packed: bool, layer: str
) -> None:
    values = 0.5 + 0.5 * TRUE if packed else TRUE
    path = write_layers(tmp_path / "n.exr", {layer + name: values[i] for i, name in enumerate(names)})
    assert float(degrees(read_normals(path, SIDE, SIDE), TRUE).max()) < 0.05


def test_a_map_of_another_size_is_resized(tmp_path: Path) -> None:
    path = stored(tmp_path / "n.png", TRUE, np.uint16)
    small = read_normals(path, 48, 48)
    assert torch.allclose(small.norm(dim=0), torch.ones(48, 48), atol=1e-5)
    true = ball_normals(Ball(24, 24, 23), 48, 48)[0]
    assert float(degrees(small, true)[8:-8, 8:-8].max()) < 0.5
    assert read_normals(path, 97, 96).shape == (3, 97, 96)
    with pytest.raises(JobError, match=r"96 x 96 pixels, but its painting 120 x 90") as caught:
        read_normals(path, 90, 120)
    assert caught.value.code == "sizes_differ"


@pytest.mark.parametrize("ground", [0.0, 0.5, 1.0])
def test_around_a_ball_the_rim_is_carried_on(tmp_path: Path, ground: float) -> None:
    inside = ball_normals(Ball(48, 48, 46), SIDE, SIDE)[1]
    path = stored(tmp_path / "n.png", torch.where(inside, TRUE, torch.tensor(2 * ground - 1)))
    found = read_normals(path, SIDE, SIDE)
    assert float(degrees(found, TRUE)[~inside].mean()) < 8
    assert float(degrees(found, TRUE)[inside].mean()) < 0.4


def test_pictures_are_no_normal_maps(tmp_path: Path) -> None:
    ball = painted(Ball(48, 48, 40), SIDE, SIDE)
    world = TRUE * torch.tensor([1.0, 1.0, -1.0]).view(3, 1, 1)
    depth = write_layers(tmp_path / "depth.exr", {"Z": np.ones((SIDE, SIDE))})
    paths = [tmp_path / f"{name}.png" for name in ("ball", "patches", "grey", "away", "black")]
    save_picture(paths[0], picture(ball).rgb)
    save_picture(paths[1], picture(textured(SIDE, SIDE).astype(np.float32)).rgb)
    cv2.imwrite(str(paths[2]), np.random.default_rng(0).integers(0, 255, (SIDE, SIDE), np.uint8))
    stored(paths[3], world)
    save_picture(paths[4], torch.zeros(1, 3, SIDE, SIDE))
    for path in [*paths, depth]:
        with pytest.raises(JobError, match="is no normal map") as caught:
            read_normals(path, SIDE, SIDE)
        assert caught.value.code == "not_normals"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    (tmp_path / "text.png").write_text("no picture")
    codes = {"none.png": "image_missing", "empty.png": "image_corrupt", "text.png": "image_corrupt"}
    for name, code in codes.items():
        with pytest.raises(JobError) as caught:
            read_normals(tmp_path / name, 8, 8)
        assert caught.value.code == code
