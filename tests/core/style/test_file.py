from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save_file

from nst.core.encoder import Encoder, load_encoder
from nst.core.protocol import JobError
from nst.core.style.file import LAYERS, StyleFile, load_style_file, pack, save_style
from nst.core.style.painting import Painting
from nst.core.style.source import CoarseAndFine, Mixture


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def painting(encoder: Encoder, seed: int = 0, side: int = 64) -> Painting:
    noise = torch.rand(1, 3, side // 4, side // 4, generator=torch.Generator().manual_seed(seed))
    return Painting(torch.nn.functional.interpolate(noise, side, mode="bicubic").clamp(0, 1), encoder)


@pytest.fixture(scope="module")
def packed(encoder: Encoder) -> StyleFile:
    return pack(painting(encoder), "blotches", encoder.name, torch.rand(1, 3, 8, 8))


def test_there_and_back(packed: StyleFile, tmp_path: Path) -> None:
    save_style(packed, tmp_path / "a.nststyle")
    loaded = load_style_file(tmp_path / "a.nststyle")
    assert (loaded.name, loaded.long_side, loaded.wavelength) == ("blotches", 64, packed.wavelength)
    for (size, mine), (goal, theirs) in zip(loaded.rungs, packed.rungs, strict=True):
        assert size == goal
        for layer in LAYERS:
            torch.testing.assert_close(mine[layer].gram, theirs[layer].gram)
            torch.testing.assert_close(mine[layer].mean, theirs[layer].mean)
    assert torch.allclose(loaded.palette, packed.palette, atol=1 / 255)


def test_at_a_rung_it_is_the_painting(packed: StyleFile, encoder: Encoder) -> None:
    size, _ = packed.rungs[1]
    goal = painting(encoder).statistics(size, LAYERS)
    for layer, moments in packed.statistics(size, LAYERS).items():
        torch.testing.assert_close(moments.gram, goal[layer].gram)


def test_between_rungs_it_is_nearer_than_either(packed: StyleFile, encoder: Encoder) -> None:
    (low, below), (high, above) = packed.rungs[0], packed.rungs[1]
    middle = (low * high) ** 0.5
    goal = painting(encoder).statistics(middle, ["relu2_1"])["relu2_1"].gram
    found = packed.statistics(middle, ["relu2_1"])["relu2_1"].gram
    ends = [(s["relu2_1"].gram - goal).norm() for s in (below, above)]
    assert (found - goal).norm() < max(ends)


def test_mixing_is_linear(encoder: Encoder) -> None:
    a, b = painting(encoder, 1), painting(encoder, 2)
    b.__dict__["wavelength"] = a.wavelength  # strokes of one size, so that neither is scaled
    mixed = Mixture(((a, 0.3), (b, 0.7))).statistics(64, LAYERS)
    one, two = a.statistics(64, LAYERS), b.statistics(64, LAYERS)
    for layer in LAYERS:
        torch.testing.assert_close(mixed[layer].gram, 0.3 * one[layer].gram + 0.7 * two[layer].gram)
        torch.testing.assert_close(mixed[layer].mean, 0.3 * one[layer].mean + 0.7 * two[layer].mean)
        assert float(mixed[layer].weight) == pytest.approx(1)


def test_mixtures_that_are_none(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="at least one style"):
        Mixture(())
    for weight in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="must be a positive number"):
            Mixture(((painting(encoder), weight),))


def test_mixed_strokes_are_of_one_size(encoder: Encoder) -> None:
    """The second is the first at half the size: mixed, both are the same painting."""
    large = painting(encoder, 1, 128)
    small = Painting(torch.nn.functional.avg_pool2d(large._picture, 2), encoder)
    small.__dict__["wavelength"] = large.wavelength / 2
    mixed = Mixture(((large, 0.5), (small, 0.5))).statistics(64, ["relu1_1"])["relu1_1"]
    alone = large.statistics(64, ["relu1_1"])["relu1_1"]
    assert float((mixed.gram - alone.gram).norm() / alone.gram.norm()) < 0.05


def test_coarse_and_fine_take_their_layers(encoder: Encoder) -> None:
    coarse, fine = painting(encoder, 1), painting(encoder, 2)
    both = CoarseAndFine(coarse, fine).statistics(64, LAYERS)
    torch.testing.assert_close(both["relu4_1"].gram, coarse.statistics(64, LAYERS)["relu4_1"].gram)
    torch.testing.assert_close(both["relu1_1"].gram, fine.statistics(64, LAYERS)["relu1_1"].gram)
    assert list(both) != []


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "nan", "foreign"])
def test_broken_files(packed: StyleFile, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.nststyle"
    save_style(packed, path)
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "text":
        path.write_text("this is not a style\n" * 20)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "nan":
        start = 8 + int.from_bytes(data[:8], "little")
        path.write_bytes(data[:start] + b"\xff" * 64 + data[start + 64 :])
    else:
        save_file({"x": torch.ones(3)}, path)
    with pytest.raises(JobError, match="Pack the painting again") as raised:
        load_style_file(path)
    assert raised.value.code == "style_broken"


def test_missing_file_and_what_only_the_painting_knows(packed: StyleFile, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="not there"):
        load_style_file(tmp_path / "none.nststyle")
    with pytest.raises(JobError, match="needs the painting"):
        packed.samples(64, ["relu3_1"], 10)
    with pytest.raises(JobError, match="holds nothing of the layer relu5_1"):
        packed.statistics(64, ["relu5_1"])


def damaged(path: Path, packed: StyleFile, **changes: object) -> None:
    """Write a style file in which some metadata or tensors are others."""
    save_style(packed, path)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["nststyle"])
    tensors = load(data)
    for key, value in changes.items():
        if isinstance(value, torch.Tensor):
            tensors[key] = value
        else:
            about[key] = value
    save_file(tensors, path, {"nststyle": json.dumps(about)})


@pytest.mark.parametrize(
    "changes",
    [
        {"wavelength": 0},
        {"wavelength": math.nan},
        {"wavelength": -3.0},
        {"wavelength": 1e9},
        {"long_side": 0},
        {"long_side": math.inf},
        {"long_side": True},
        {"sizes": [math.nan, 68.0, 96.0, 128.0]},
        {"sizes": [96.0, 68.0, 48.0, 30.0]},
        {"sizes": [0, 0, 0, 0]},
        {"sizes": "48"},
        {"sizes": []},
        {"sizes": 48},
        {"name": [1, 1]},
        {"colors": torch.zeros(0, 3, dtype=torch.uint8)},
        {"colors": torch.zeros(5, dtype=torch.uint8)},
        {"thumbnail": torch.zeros(3, dtype=torch.uint8)},
        {"1.relu2_1.mean": torch.zeros(5), "1.relu2_1.gram": torch.zeros(15)},
        {"0.relu1_1.mean": torch.full((64,), 1e38)},
        {"0.rgb.gram": torch.full((6,), -1.0)},
    ],
    ids=lambda changes: "-".join(f"{key}" for key in changes),
)
def test_what_no_painting_has(packed: StyleFile, tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "a.nststyle"
    damaged(path, packed, **changes)
    with pytest.raises(JobError, match=r"cannot be read .* Pack the painting again") as raised:
        load_style_file(path)
    assert raised.value.code == "style_broken"


def test_what_is_no_style_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a picture")
    with pytest.raises(JobError, match="is not a style file"):
        load_style_file(tmp_path / "a.png")
    with pytest.raises(JobError, match="is a folder"):
        load_style_file(tmp_path)
