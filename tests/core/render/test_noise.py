"""Cycles denoises Combined alone: light is taken of it, not of the noisy passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.protocol import RenderJob
from nst.core.render.job import open_render
from nst.core.render.layers import read_layers
from nst.core.render.light import DIFFUSE, addend_of, combined
from nst.core.render.noise import denoised

from .files import write_layers

SIDE = 64


def clean() -> dict[str, Any]:
    """A checker of two colours in light that falls off, with some gloss."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    checker = ((8 * x).astype(int) + (8 * y).astype(int)) % 2
    light = 0.3 + x + (x > 0.6)
    return {"color": 0.1 + 0.7 * checker, "light": light, "gloss": 0.02 + 0.05 * y}


def write(folder: Path, noisy: bool, stored: bool = True) -> Path:
    """A denoised render, as Cycles writes it. stored: with its denoising data."""
    rng, truth = np.random.default_rng(0), clean()
    shake = 1 + 0.25 * rng.standard_normal((2, SIDE, SIDE)) * noisy
    light, gloss = truth["light"] * shake[0], truth["gloss"] * shake[1]
    seen = truth["color"] * truth["light"] + truth["gloss"]
    passes = {"Combined": seen, "Diffuse Color": truth["color"], "Diffuse Direct": light}
    passes["Diffuse Indirect"] = 0 * light
    if stored:
        passes["Noisy Image"] = truth["color"] * light + gloss
    planes = {f"V.{name}.{c}": plane for name, plane in passes.items() for c in "RGB"}
    return write_layers(folder / "render.exr", planes, {"cycles.V.samples": "4"})


def truth() -> Tensor:
    return torch.from_numpy(clean()["light"]).float().expand(1, 3, -1, -1)


def error(light: Tensor) -> float:
    return float((light / truth() - 1).square().mean().sqrt())


def test_light_is_as_clean_as_the_render(tmp_path: Path) -> None:
    layers = read_layers(write(tmp_path, noisy=True))
    noisy = addend_of(layers, DIFFUSE)
    found = denoised(layers, noisy)
    assert error(noisy.light) == pytest.approx(0.25, abs=0.02)
    assert error(found.light) < 0.25 / 4
    assert torch.equal(found.color, noisy.color)


def test_light_without_noise_is_left_alone(tmp_path: Path) -> None:
    layers = read_layers(write(tmp_path, noisy=False))
    before = addend_of(layers, DIFFUSE)
    assert torch.equal(denoised(layers, before).light, before.light)


@pytest.mark.parametrize("part", ["paint", "light"])
def test_what_is_painted_has_no_noise(tmp_path: Path, part: str) -> None:
    """Flat grey instead of a painting: what changes is as even as the render."""
    path = write(tmp_path, noisy=True)
    render = open_render(RenderJob(str(path), "s.png", str(tmp_path / "o.exr"), part=part))
    seen = combined(read_layers(path))[0]
    assert torch.equal(render.part.lit(render.content), seen)
    change = render.part.lit(torch.full_like(render.content, 0.5)) - seen
    color = torch.from_numpy(clean()["color"]).float()
    if part == "paint":
        assert float((change - truth() * (0.2140 - color)).abs().mean()) < 0.01
    else:  # the same light everywhere
        light = (seen + change - torch.from_numpy(clean()["gloss"]).float()) / color
        assert float(light.std() / light.mean()) < 0.15  # 1 with the noise of the pass
    assert render.part.notes == []


def test_noise_that_nothing_makes_up_for_is_told(tmp_path: Path) -> None:
    for noisy in (True, False):
        path = write(tmp_path, noisy, stored=False)
        notes = open_render(RenderJob(str(path), "s.png", str(tmp_path / "o.exr"), part="light")).part.notes
        assert bool(notes) == noisy
        assert all("Denoising Data" in note for note in notes)
