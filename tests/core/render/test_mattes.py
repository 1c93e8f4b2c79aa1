from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nst.core.protocol import Controls, JobError, Mask
from nst.core.protocol.controls import controls_from
from nst.core.render.layers import Layers, read_layers
from nst.core.render.mattes import matte

from .files import write_layers
from .test_cryptomatte import number

PAINTING = "a.png"


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    """Four pixels: near, at 10 and at 20, and of the background."""
    planes: dict[str, object] = {
        "V.Depth.Z": [[2, 10, 20, np.inf]],
        "V.Mist.Z": [[0, 0.25, 0.5, 1]],
        "V.Material Index.X": [[1, 3, 3, 0]],
        "V.Glow.X": [[-1, 0.25, 0.75, 2]],
        "V.Tint.R": [[0.5, 0, 1, 3]],
        "V.Tint.G": [[0.25, 0, 1, 3]],
        "V.Tint.B": [[0, 0, 1, 3]],
        "V.Tint.A": [[1, 1, 1, 1]],
        "V.CryptoObject00.R": [[number("Cube A"), number("Ball"), number("Kür"), 0]],
        "V.CryptoObject00.G": [[1, 0.75, 0.5, 0]],
        "V.CryptoObject00.B": [[0, number("Cube A"), 0, 0]],
        "V.CryptoObject00.A": [[0, 0.25, 0, 0]],
    }
    manifest = {"Cube A": "417d71a9", "Ball": "74d3ebe9", "Kür": "0099aa11"}
    texts = {"name": "V.CryptoObject", "manifest": json.dumps(manifest)}
    metadata = {f"cryptomatte/1/{key}": value for key, value in texts.items()}
    return read_layers(write_layers(tmp_path / "a.exr", planes, metadata))


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [
        ("material_index:3", [0, 1, 1, 0]),
        ("aov:Glow", [0, 0.25, 0.75, 1]),
        ("aov:Tint", [0.25, 0, 1, 1]),
        ("mist:", [0, 0.25, 0.5, 1]),
        ("mist:0.25-0.75", [0, 0, 0.5, 1]),
        ("mist:1-0", [1, 0.75, 0.5, 0]),
        ("depth:5-15", [0, 1, 0, 0]),
        ("depth:5-", [0, 1, 1, 1]),
        ("depth:-15", [1, 1, 0, 0]),
        ("depth:10-", [0, 0.5, 1, 1]),
        ("depth:-19.5", [1, 1, 1 / 2 - (20 / 19.5 - 1) * 10, 0]),
    ],
)
def test_what_passes_say(layers: Layers, mask: str, wanted: list[float]) -> None:
    assert matte(Mask(mask, PAINTING), layers)[0] == pytest.approx(wanted, abs=1e-5)


def test_a_collection_is_its_objects_together(layers: Layers) -> None:
    """Soft edges stay; names that the render does not know are hidden in it."""
    mask = Mask("collection:Trees", PAINTING, members=("Cube A", "Ball", "Hidden"))
    assert matte(mask, layers)[0].tolist() == [1, 1, 0, 0]
    assert matte(Mask("collection:B", PAINTING, members=("Ball",)), layers)[0].tolist() == [0, 0.75, 0, 0]


def test_a_collection_goes_through_a_job_file() -> None:
    members = ("A|B, C=d:1", "Kür")
    controls = Controls(masks=(Mask("collection:A:B", PAINTING, members=members),))
    written = json.loads(json.dumps({"masks": [vars(controls.masks[0])]}))
    assert controls_from(written).masks == controls.masks
    assert controls.masks[0].name == "A:B"


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("mist:2", "as in mist:0.2-0.8"),
        ("mist:0.5-0.5", "from where to where"),
        ("mist:0-7", "from where to where"),
        ("depth:5", "as in depth:5-12"),
        ("depth:-", "distances"),
        ("depth:12-5", "distances"),
        ("depth:near", "distances"),
        ("material_index:Red", "after material_index: stands a number"),
        ("index:1.5", "stands a number"),
        ("aov:", "must name something"),
    ],
)
def test_ranges_that_cannot_be(mask: str, said: str) -> None:
    """Before anything is rendered."""
    with pytest.raises(JobError, match=said) as caught:
        Mask(mask, PAINTING)
    assert caught.value.code == "bad_job"


def test_a_name_may_stand_for_several(tmp_path: Path) -> None:
    """What wears a copy of a material counts as it; where the render knows none of them, the name is said."""
    planes: dict[str, object] = {
        "V.CryptoMaterial00.R": [[number("Cube A"), number("Ball"), number("Kür"), 0]],
        "V.CryptoMaterial00.G": [[1, 0.75, 0.5, 0]],
        "V.CryptoMaterial00.B": [[0, 0, 0, 0]],
        "V.CryptoMaterial00.A": [[0, 0, 0, 0]],
    }
    manifest = json.dumps({"Cube A": "417d71a9", "Ball": "74d3ebe9", "Kür": "0099aa11"})
    texts = {"cryptomatte/1/name": "V.CryptoMaterial", "cryptomatte/1/manifest": manifest}
    layers = read_layers(write_layers(tmp_path / "m.exr", planes, texts))
    both = Mask("material:Ball", PAINTING, members=("Ball", "Cube A", "Ball NST"))
    assert matte(both, layers)[0].tolist() == [1, 0.75, 0, 0]
    with pytest.raises(JobError, match="Bell"):
        matte(Mask("material:Bell", PAINTING, members=("Bell", "Bell NST")), layers)


def test_only_collections_and_materials_have_members() -> None:
    with pytest.raises(JobError, match="only a collection"):
        Mask("object:A", PAINTING, members=("B",))
    with pytest.raises(JobError, match="must be names"):
        Mask("collection:A", PAINTING, members=(1,))  # type: ignore[arg-type]
