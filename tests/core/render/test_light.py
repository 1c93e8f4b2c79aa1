from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nst.core.protocol import JobError
from nst.core.render.layers import Layers, read_layers
from nst.core.render.light import combined, relit, surface_paint

from .files import write_layers


def noise(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((3, 4, 5)).astype(np.float32)


def render(tmp_path: Path, old: bool = False) -> Layers:
    """Diffuse light on paint, glossy light, and something without a pass."""
    color, direct, indirect, glossy, haze = map(noise, range(5))
    whole = (2 * direct + indirect) * color + glossy + haze
    names = (
        ("DiffCol", "DiffDir", "DiffInd") if old else ("Diffuse Color", "Diffuse Direct", "Diffuse Indirect")
    )
    passes = dict(zip(names, (color, 2 * direct, indirect), strict=True)) | {"Combined": whole}
    planes = {f"V.{name}.{c}": values[i] for name, values in passes.items() for i, c in enumerate("RGB")}
    return read_layers(write_layers(tmp_path / "a.exr", planes | {"V.Combined.A": np.ones((4, 5))}))


@pytest.mark.parametrize("old", [False, True])
def test_the_same_paint_is_the_same_picture(tmp_path: Path, old: bool) -> None:
    layers = render(tmp_path, old)
    light, alpha = combined(layers)
    assert torch.equal(relit(layers, surface_paint(layers)), light)
    assert alpha is not None
    assert alpha.shape == (1, 1, 4, 5)


def test_other_paint_under_the_same_lamps(tmp_path: Path) -> None:
    layers = render(tmp_path)
    _, direct, indirect, glossy, haze = (torch.from_numpy(noise(seed))[None] for seed in range(5))
    paint = torch.from_numpy(noise(9))[None]
    expected = (2 * direct + indirect) * paint + glossy + haze
    torch.testing.assert_close(relit(layers, paint), expected, atol=1e-6, rtol=1e-5)


def test_passes_that_are_missing_are_named(tmp_path: Path) -> None:
    planes = {f"V.Combined.{c}": np.zeros((4, 5)) for c in "RGB"}
    layers = read_layers(write_layers(tmp_path / "b.exr", planes))
    assert combined(layers)[1] is None
    with pytest.raises(JobError, match="no pass Diffuse Color"):
        surface_paint(layers)
