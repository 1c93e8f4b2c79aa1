"""Render jobs from file to file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nst.core.exr import linear_to_srgb
from nst.core.images import load_picture
from nst.core.protocol import Controls, JobError, Mask, RenderJob
from nst.core.render.layers import COMBINED, read_layers
from nst.core.runner import plan_job, run_job
from nst.core.solve.progress import SilentWatcher

from .files import write_layers

HEIGHT, WIDTH = 48, 64
Planes = dict[str, NDArray[Any]]


def planes() -> Planes:
    """A lit ramp with a highlight of 6 and a hole, its passes, and a Cryptomatte of its left half."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    color = np.stack([0.2 + 0.6 * x, 0.5 * np.ones_like(x), 0.2 + 0.6 * y])
    lamps = np.stack([0.3 + y] * 3)
    whole = color * lamps + 0.05
    whole[:, :8, :8] += 6
    alpha = np.ones_like(x)
    alpha[-8:] = 0
    whole[:, -8:] = 0
    whole[:, -4:] = 0.25  # a glow that covers nothing
    left = (x < 0.5).astype(np.float32)
    number = np.frombuffer(bytes.fromhex("417d71a9")[::-1], "<f4")[0]
    found = {f"V.Combined.{c}": plane for c, plane in zip("RGBA", (*whole, alpha), strict=True)}
    found |= {f"V.Diffuse Color.{c}": plane for c, plane in zip("RGB", color, strict=True)}
    found |= {f"V.Diffuse Direct.{c}": plane for c, plane in zip("RGB", lamps, strict=True)}
    found |= {f"V.Diffuse Indirect.{c}": 0 * x for c in "RGB"}
    found |= {"V.Object Index.X": 1 + left, "V.Glow.X": left}
    crypto = {"r": number * left, "g": left, "b": 0 * x, "a": 0 * x}
    return found | {f"V.CryptoObject00.{c}": plane for c, plane in crypto.items()}


@pytest.fixture
def render(tmp_path: Path) -> Path:
    texts = {"name": "V.CryptoObject", "manifest": json.dumps({"Cube": "417d71a9", "Ball": "74d3ebe9"})}
    metadata = {f"cryptomatte/1/{key}": value for key, value in texts.items()}
    return write_layers(tmp_path / "render.exr", planes(), metadata)


def job(render: Path, painting: Path, output: str, **settings: Any) -> RenderJob:
    named = {"quality": "draft", "device": "cpu"} | settings
    return RenderJob(str(render), str(painting), str(render.with_name(output)), **named)


def done(wanted: RenderJob) -> dict[str, Any]:
    return run_job(wanted, SilentWatcher())


def light(path: str | Path) -> Tensor:
    """RGBA as in the file."""
    return torch.from_numpy(read_layers(path).without_names.find(COMBINED, "RGBA"))


def view_file(folder: Path) -> str:
    """A view transform that shows light of 2^-10 to 2^6 in equal steps."""
    ramp = np.linspace(0, 1, 17)
    table = np.stack(np.meshgrid(ramp, ramp, ramp, indexing="ij"), -1)
    np.savez(folder / "view.npz", table=table, low=-10.0, high=6.0)
    return str(folder / "view.npz")


@pytest.mark.parametrize("part", ["picture", "paint", "light"])
@pytest.mark.parametrize("view", [False, True])
def test_at_strength_0_light_comes_back(
    render: Path, painting: Path, tmp_path: Path, part: str, view: bool
) -> None:
    """To what a half float holds: highlights, what is transparent, and light that covers nothing."""
    seen_by = view_file(tmp_path) if view else ""
    done(job(render, painting, "out.exr", strength=0.0, part=part, view=seen_by))
    before = torch.from_numpy(read_layers(render).find(COMBINED, "RGBA"))
    torch.testing.assert_close(light(tmp_path / "out.exr"), before, atol=1e-4, rtol=1e-3)


def test_a_painted_picture_keeps_its_highlight_and_its_alpha(render: Path, painting: Path) -> None:
    info = done(job(render, painting, "out.exr"))
    found, before = light(render.with_name("out.exr")), light_before(render)
    assert info["size"] == [HEIGHT, WIDTH]
    assert torch.equal(found[3], before[3])
    assert float((found[:3] - before[:3]).abs().mean()) > 0.02
    assert float(found[:3, 1:7, 1:7].mean()) > 2


def light_before(render: Path) -> Tensor:
    return torch.from_numpy(read_layers(render).find(COMBINED, "RGBA"))


def test_other_pictures_are_as_the_view_shows_them(render: Path, painting: Path, tmp_path: Path) -> None:
    done(job(render, painting, "standard.png", strength=0.0))
    done(job(render, painting, "viewed.png", strength=0.0, view=view_file(tmp_path)))
    whole = light_before(render)[:3, :-8]
    standard, viewed = (load_picture(tmp_path / name) for name in ("standard.png", "viewed.png"))
    assert standard.alpha is not None
    assert float(standard.alpha[..., -8:, :].max()) == 0
    torch.testing.assert_close(standard.rgb[0, :, :-8], linear_to_srgb(whole.clamp(0, 1)), atol=3e-3, rtol=0)
    torch.testing.assert_close(viewed.rgb[0, :, :-8], (whole.log2() + 10) / 16, atol=3e-3, rtol=0)


def test_paint_changes_under_the_light_that_there_is(render: Path, painting: Path) -> None:
    """Lamps that give nothing leave nothing of it; what is no diffuse light stays."""
    done(job(render, painting, "out.exr", part="paint"))
    found, before = light(render.with_name("out.exr")), light_before(render)
    change = found[:3, 8:-8] - before[:3, 8:-8]
    lamps = torch.from_numpy(np.stack([planes()[f"V.Diffuse Direct.{c}"] for c in "RGB"]))[:, 8:-8]
    paint = change / lamps + torch.from_numpy(
        np.stack([planes()[f"V.Diffuse Color.{c}"] for c in "RGB"])[:, 8:-8]
    )
    assert float(change.abs().mean()) > 0.02
    assert -0.01 < float(paint.min()) < float(paint.max()) < 1.01
    assert float(found[:3, 1:7, 1:7].mean()) > 5.5


def test_light_changes_on_the_colours_that_there_are(render: Path, painting: Path) -> None:
    """Grey strokes in grey light: what changes has the surfaces' colours."""
    done(job(render, painting, "out.exr", part="light", controls=Controls("keep")))
    found, before = light(render.with_name("out.exr")), light_before(render)
    color = torch.from_numpy(np.stack([planes()[f"V.Diffuse Color.{c}"] for c in "RGB"]))
    change = (found[:3] - before[:3])[:, 8:-8] / color[:, 8:-8]
    assert float(change.abs().mean()) > 0.02
    assert float(change.std(0).mean()) < 0.1 * float(change.abs().mean())
    assert float(found[:3, 1:7, 1:7].mean()) > 5.5


def test_a_thing_gets_a_style_of_its_own(render: Path, painting: Path, tmp_path: Path) -> None:
    """By its name or its number: strength 1 in its half and next to none in the other."""
    for mask in ("object:Cube", "index:2"):
        controls = Controls("keep", masks=(Mask(mask, str(painting), strength=1.0, color="style"),))
        done(job(render, painting, "out.png", strength=0.05, controls=controls))
        found = load_picture(tmp_path / "out.png").rgb[0]
        before = linear_to_srgb(light_before(render)[:3].clamp(0, 1))
        change = (found - before)[:, 8:-8].abs().mean((0, 1))
        assert float(change[2:28].mean()) > 2 * float(change[36:-2].mean()), mask


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("object:Ball", "shows nothing of object:Ball"),
        ("object:Cub", "Did you mean Cube"),
        ("material:Red", "no Cryptomatte of materials"),
        ("index:5", "shows nothing of index:5"),
        ("material_index:1", "no pass Material Index"),
        ("collection:Trees", "does not say which objects"),
        ("aov:Glov", "no AOV Glov.*Did you mean Glow"),
    ],
)
def test_masks_that_cannot_be(render: Path, painting: Path, mask: str, said: str) -> None:
    controls = Controls(masks=(Mask(mask, str(painting)),))
    with pytest.raises(JobError, match=said):
        plan_job(job(render, painting, "out.exr", controls=controls), SilentWatcher())


def test_what_a_picture_without_passes_cannot_do(render: Path, painting: Path) -> None:
    picture = render.with_name("plain.png")
    done(job(render, painting, "plain.png", strength=0.0))
    done(job(picture, painting, "same.png", strength=0.0))
    assert torch.equal(load_picture(picture).rgb, load_picture(render.with_name("same.png")).rgb)
    controls = Controls(masks=(Mask("object:Cube", str(painting)),))
    for settings in ({"part": "paint"}, {"controls": controls}):
        with pytest.raises(JobError, match="multilayer EXR") as caught:
            done(job(picture, painting, "out.exr", **settings))
        assert caught.value.code == "pass_missing"


def test_results_never_replace_what_they_are_made_of(render: Path, painting: Path) -> None:
    with pytest.raises(JobError, match="over the content"):
        done(job(render, painting, "render.exr"))


def test_settings_that_cannot_be(render: Path, painting: Path) -> None:
    with pytest.raises(JobError, match="part is 'lights'; it must be one of picture, paint, light, glossy"):
        job(render, painting, "out.exr", part="lights")
    with pytest.raises(JobError, match="a render has no mesh"):
        job(render, painting, "out.exr", controls=Controls(masks=(Mask("group:A", "a.png"),)))
