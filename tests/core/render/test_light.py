from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nst.core.exr import linear_to_srgb
from nst.core.protocol import PARTS, JobError
from nst.core.render.layers import Layers, read_layers
from nst.core.render.light import DIFFUSE, KINDS, addend_of, combined
from nst.core.render.parts import part_of
from nst.core.render.view import StandardView

from .files import write_layers

HEIGHT, WIDTH = 6, 8


def noise(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((3, HEIGHT, WIDTH)).astype(np.float32)


def plane(seed: int) -> Tensor:
    return torch.from_numpy(noise(seed))[None]


def written(path: Path, passes: dict[str, Any], metadata: dict[str, str] | None = None) -> Layers:
    planes = {f"V.{name}.{c}": values[i] for name, values in passes.items() for i, c in enumerate("RGB")}
    return read_layers(write_layers(path, planes | {"V.Combined.A": np.ones((HEIGHT, WIDTH))}, metadata))


def render(tmp_path: Path, old: bool = False) -> Layers:
    """Diffuse light on paint, glossy light, a sky on the left, and something without a pass."""
    color, direct, indirect, glossy, haze, sky, tint = map(noise, range(7))
    sky[..., WIDTH // 2 :] = 0
    whole = (2 * direct + indirect) * color + glossy * tint + haze + sky
    names = {
        "DiffCol": "Diffuse Color",
        "DiffDir": "Diffuse Direct",
        "DiffInd": "Diffuse Indirect",
        "GlossCol": "Glossy Color",
        "GlossDir": "Glossy Direct",
        "Env": "Environment",
    }
    values = (color, 2 * direct, indirect, tint, glossy, sky)
    passes = dict(zip(names if old else names.values(), values, strict=True))
    return written(tmp_path / "a.exr", passes | {"Combined": whole})


@pytest.mark.parametrize("old", [False, True])
def test_a_part_that_stays_is_the_same_picture(tmp_path: Path, old: bool) -> None:
    layers = render(tmp_path, old)
    light, alpha = combined(layers)
    for name in ("picture", "paint", "light", "glossy", "environment"):
        part = part_of(layers, StandardView(), name)
        assert torch.equal(part.lit(part.content), light), name
        part.check()
    assert alpha is not None
    assert alpha.shape == (1, 1, HEIGHT, WIDTH)


def test_other_paint_under_the_same_lamps(tmp_path: Path) -> None:
    layers = render(tmp_path)
    found = part_of(layers, StandardView(), "paint").lit(linear_to_srgb(plane(9)))
    expected = combined(layers)[0] + (2 * plane(1) + plane(2)) * (plane(9) - plane(0))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("name", "color"), [("light", 0), ("glossy", 6)])
def test_other_light_on_surfaces_of_the_same_colour(tmp_path: Path, name: str, color: int) -> None:
    """Each channel of the change is in proportion to the surface's colour."""
    layers = render(tmp_path)
    part = part_of(layers, StandardView(), name)
    before = addend_of(layers, KINDS[name]).light
    dim = before < 1.9  # what is brighter than white keeps that
    for level in (0.0, 0.4, 1.0):
        flat = torch.full_like(part.content, level)
        light = before + (part.lit(flat) - combined(layers)[0]) / plane(color)
        shown = part._view.shown(light)  # type: ignore[attr-defined]
        torch.testing.assert_close(shown[dim], flat[dim], atol=2e-3, rtol=0)


def test_a_sky_is_painted_where_it_is_seen(tmp_path: Path) -> None:
    """As much as a pixel shows of it; and not at all behind a transparent film, where it is not."""
    layers = render(tmp_path)
    sky = addend_of(layers, KINDS["environment"])
    torch.testing.assert_close(sky.seen, plane(5) * (torch.arange(WIDTH) < WIDTH // 2), atol=1e-6, rtol=1e-5)
    assert sky.color[..., : WIDTH // 2 - 1].min() == 1
    assert sky.color[..., WIDTH // 2 - 1].max() <= 1
    assert sky.color[..., WIDTH // 2 :].max() == 0
    layers.planes["V.Combined"]["A"][:] = 0
    with pytest.raises(JobError, match="shows nothing of what is to be painted, environment") as caught:
        part_of(layers, StandardView(), "environment").check()
    assert caught.value.code == "part_empty"


def test_all_light_in_passes_is_the_render(tmp_path: Path) -> None:
    """What Cycles adds up, with names for all parts that are light."""
    assert set(PARTS) == {"picture", "paint", *KINDS}
    passes = {}
    for seed, kind in enumerate(KINDS.values()):
        names = [each[0] for each in (kind.direct, kind.indirect, kind.color) if each]
        passes |= {name: noise(10 * seed + i) for i, name in enumerate(names)}
    layers = written(tmp_path / "c.exr", passes | {"Combined": noise(99)})
    total = sum(addend_of(layers, kind).seen for kind in KINDS.values())
    expected = sum(
        passes[kind.color[0]] * (passes[kind.direct[0]] + passes[kind.indirect[0]])
        for kind in KINDS.values()
        if kind.color
    )
    expected = expected + sum(passes[f"Volume {each}"] for each in ("Direct", "Indirect"))
    expected = expected + passes["Emission"] + passes["Environment"]
    torch.testing.assert_close(total, torch.from_numpy(expected)[None], atol=1e-5, rtol=1e-5)


def test_indirect_light_that_eevee_has_no_pass_of(tmp_path: Path) -> None:
    passes = {"Combined": noise(0), "Diffuse Color": noise(1), "Diffuse Direct": noise(2)}
    assert torch.equal(addend_of(written(tmp_path / "e.exr", passes), DIFFUSE).light, plane(2))
    cycles = written(tmp_path / "c.exr", passes, {"cycles.V.samples": "16"})
    with pytest.raises(JobError, match="no pass Diffuse Indirect"):
        addend_of(cycles, DIFFUSE)


def test_passes_that_are_missing_are_named(tmp_path: Path) -> None:
    planes = {f"V.Combined.{c}": np.zeros((4, 5)) for c in "RGB"}
    layers = read_layers(write_layers(tmp_path / "b.exr", planes))
    assert combined(layers)[1] is None
    for part, name in (("paint", "Diffuse Direct"), ("emission", "Emission")):
        with pytest.raises(JobError, match=f"no pass {name}"):
            part_of(layers, StandardView(), part)
