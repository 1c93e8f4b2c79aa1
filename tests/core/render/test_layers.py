from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nst.core.protocol import JobError
from nst.core.render.layers import COMBINED, DEPTH, NORMAL, OBJECT_INDEX, VECTOR, read_layers

from .files import write_layers


def plane(value: float) -> np.ndarray:
    return np.full((3, 4), value, np.float32)


def planes(index: str = "Object Index", layer: str = "ViewLayer") -> dict[str, np.ndarray]:
    found = {f"{layer}.Combined.{c}": plane(i) for i, c in enumerate("RGBA")}
    found |= {f"{layer}.Vector.{c}": plane(10 + i) for i, c in enumerate("XYZW")}
    return found | {f"{layer}.Depth.Z": plane(5), f"{layer}.{index}.X": plane(7)}


def refusal(path: Path, *more: str) -> JobError:
    with pytest.raises(JobError) as caught:
        read_layers(path, *more)
    return caught.value


@pytest.mark.parametrize(("index", "parts"), [("IndexOB", False), ("Object Index", True)])
def test_passes_are_found_by_what_each_blender_calls_them(tmp_path: Path, index: str, parts: bool) -> None:
    layers = read_layers(write_layers(tmp_path / "a.exr", planes(index), parts=parts))
    assert layers.size == (3, 4)
    assert layers.find(VECTOR, "XYZW")[:, 0, 0].tolist() == [10, 11, 12, 13]
    assert layers.find(COMBINED, "BGR")[:, 2, 3].tolist() == [2, 1, 0]
    assert layers.find(OBJECT_INDEX).shape == (1, 3, 4)
    assert float(layers.find(OBJECT_INDEX).max()) == 7
    assert layers.has(DEPTH)
    assert not layers.has(NORMAL)


def test_a_pass_that_is_missing_is_named(tmp_path: Path) -> None:
    layers = read_layers(write_layers(tmp_path / "a.exr", planes()))
    with pytest.raises(JobError, match=r"a\.exr has no pass Normal\. Turn it on") as caught:
        layers.find(NORMAL, "XYZ")
    assert caught.value.code == "pass_missing"
    with pytest.raises(JobError, match="Did you mean Object Index"):
        layers.find(("Object Indx",))
    with pytest.raises(JobError, match="no pass Vector"):
        layers.find(VECTOR, "XYZWQ")  # a channel that it has not


def test_one_of_several_view_layers(tmp_path: Path) -> None:
    both = planes() | {name: 2 * each for name, each in planes(layer="Back.Ground").items()}
    path = write_layers(tmp_path / "a.exr", both)
    assert float(read_layers(path, "Back.Ground").find(DEPTH).max()) == 10
    assert float(read_layers(path, "ViewLayer").find(DEPTH).max()) == 5
    assert "it has" in refusal(path, "Backgroun").message
    assert refusal(path, "Backgroun").code == "layer_missing"


def test_numbers_that_are_none_become_0(tmp_path: Path) -> None:
    broken = planes()
    broken["ViewLayer.Depth.Z"] = np.array([[np.nan, np.inf], [-np.inf, 3]], np.float32)
    path = write_layers(tmp_path / "a.exr", {"ViewLayer.Depth.Z": broken["ViewLayer.Depth.Z"]})
    assert read_layers(path).find(DEPTH)[0].tolist() == [[0, 0], [0, 3]]


def test_endless_light_is_as_bright_as_the_brightest(tmp_path: Path) -> None:
    """As a sun is, whose light is beyond half floats; of distances it stands for nothing."""
    sun = np.array([[np.nan, np.inf], [-np.inf, 9]], np.float16)
    channels = {f"ViewLayer.Env.{name}": sun / (number + 1) for number, name in enumerate("RGB")}
    path = write_layers(
        tmp_path / "a.exr", {**channels, "ViewLayer.Alone.R": np.full((2, 2), np.inf, np.float32)}
    )
    layers = read_layers(path)
    assert layers.find(("Env",), "RGB").tolist() == [[[0, x], [0, x]] for x in (9, 4.5, 3)]
    assert layers.find(("Alone",), "R").max() == 0  # nothing says how bright it is
    assert read_layers(path, is_light=False).find(("Env",), "R").tolist() == [[[0, 0], [0, 9]]]


def test_a_file_of_one_layer_without_a_name(tmp_path: Path) -> None:
    layers = read_layers(write_layers(tmp_path / "a.exr", {"Depth.Z": plane(2), "R": plane(1)}))
    assert float(layers.find(DEPTH).max()) == 2


def test_files_that_are_none(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.exr").code == "image_missing"
    text = tmp_path / "text.exr"
    text.write_text("not a render")
    assert refusal(text).code == "image_corrupt"
    cut = write_layers(tmp_path / "cut.exr", planes())
    cut.write_bytes(cut.read_bytes()[:400])
    assert refusal(cut).code == "image_corrupt"
