"""What guidance keeps of a render that is painted in style alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.encoder import load_encoder
from nst.core.guidance import NOTHING, Guidance
from nst.core.images import load_picture
from nst.core.protocol import Controls, JobError, RenderJob
from nst.core.render.job import open_render
from nst.core.runner import plan_job, run_job
from nst.core.solve.progress import SilentWatcher

from .files import write_layers

SIDE = 64
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float32)
BESIDE = (slice(None), slice(7, 9))  # positions of relu3_1 at the edge in the middle
APART = (slice(None), [1, 2, 3, 12, 13, 14])
ABOVE, BELOW = (slice(0, 7),), (slice(9, None),)


def differences(folder: Path, painting: Path, **settings: Any) -> Tensor:
    """How much the features of what is painted in style alone differ from the render's (16, 16).

    The render shows two things, one dark and one bright, whose upper half is near.
    """
    bright = COLUMNS >= SIDE // 2
    planes = {f"V.Combined.{channel}": 0.05 + 0.5 * bright for channel in "RGB"}
    planes |= {"V.Object Index.X": 1 + bright, "V.Mist.Z": ROWS >= SIDE // 2}
    planes |= {"V.Depth.Z": np.where(ROWS < SIDE // 2, 4, 8)}
    render = write_layers(folder / "render.exr", planes)
    same = Controls("match-linear")  # the colours that the content has
    options = {"quality": "draft", "device": "cpu", "strength": 1.0, "stroke": 8.0, "controls": same}
    job = RenderJob(str(render), str(painting), str(folder / "out.png"), **options | settings)
    run_job(job, SilentWatcher())
    encoder = load_encoder(torch.device("cpu"))
    one, other = (
        encoder(picture, ["relu3_1"])["relu3_1"]
        for picture in (load_picture(folder / "out.png").rgb, open_render(job).content)
    )
    return (one - other).square().sum(1)[0].sqrt()


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory, painting: Path) -> Tensor:
    return differences(tmp_path_factory.mktemp("free"), painting)


def test_outlines_stay_in_style_alone(tmp_path: Path, painting: Path, free: Tensor) -> None:
    """Strokes are as free as before where there are none."""
    outlined = differences(tmp_path, painting, outlines=4.0)
    kept = outlined / free
    assert float(kept[BESIDE].mean()) < 0.75
    assert float(kept[APART].mean()) > 0.85


def test_detail_falls_with_distance(tmp_path: Path, painting: Path, free: Tensor) -> None:
    """By Mist, and around a focus."""
    for settings in ({}, {"focus": 4.0}):
        kept = differences(tmp_path, painting, falloff=4.0, **settings) / free
        assert float(kept[ABOVE].mean()) < 0.75
        assert float(kept[BELOW].mean()) > 0.85


def test_nothing_is_held_unless_it_is_wanted(tmp_path: Path, painting: Path) -> None:
    canvas = ImageCanvas(torch.zeros(1, 3, 8, 8), 8.0, torch.device("cpu"))
    assert NOTHING.holds(canvas) == ()


@pytest.mark.parametrize("size", [16, 64, 128])
def test_the_band_of_an_edge_is_as_wide_at_any_size(size: int) -> None:
    """A line of one pixel is not lost where it is small, nor does it grow with the canvas."""
    edge = torch.zeros(1, 1, 64, 64)
    edge[..., 32] = 1
    canvas = ImageCanvas(torch.zeros(1, 3, 64, 64), 64.0, torch.device("cpu"))
    (hold,) = Guidance(edge, 1.0).holds(canvas)
    stage = Stage(size, 1, 0.1, 1.0, (), ())
    band = hold.guide(stage)[0, 0]
    assert band.shape == (size, size)
    assert float(band.max()) == pytest.approx(1, abs=0.01)
    assert 4 <= float(band[size // 2].sum()) <= 8


@pytest.mark.parametrize("settings", [{"outlines": 1.0}, {"falloff": 1.0}])
def test_a_plain_picture_does_not_say_what_is_where(
    tmp_path: Path, painting: Path, settings: dict[str, float]
) -> None:
    wanted = partial(RenderJob, str(painting), str(painting), str(tmp_path / "out.png"), device="cpu")
    plan_job(wanted(), SilentWatcher())
    with pytest.raises(JobError, match="multilayer EXR") as caught:
        plan_job(wanted(**settings), SilentWatcher())
    assert caught.value.code == "pass_missing"
    assert open_render(wanted()).layers is None
