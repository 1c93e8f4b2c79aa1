"""The synthesis job from end to end, on small jobs, and what makes its results repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nst.core.api import Losses, load_encoder, synthesize
from nst.core.canvas import Stage
from nst.core.canvas.chart import Flat
from nst.core.canvas.image import ImageCanvas
from nst.core.encoder import Encoder
from nst.core.images import load_picture, save_picture
from nst.core.metrics.tiling import tile_ratio
from nst.core.protocol import Controls, JobCancelled, JobError, Mask, SynthesisJob
from nst.core.regions import stages_of
from nst.core.runner import plan_job, run_job
from nst.core.solve.gradient import backpropagate
from nst.core.solve.losses import region_losses
from nst.core.solve.objective import Objective
from nst.core.solve.progress import Report, SilentWatcher
from nst.core.solve.schedule import EFFORTS
from nst.core.solve.stage import StyledRegion
from nst.core.style.painting import Painting
from nst.core.synthesis import blank

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def blotches(height: int = 48, width: int = 64, seed: int = 0) -> Tensor:
    noise = torch.rand(1, 3, height // 8, width // 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, (height, width), mode="bicubic").clamp(0, 1)


@pytest.fixture(scope="module")
def exemplar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exemplar") / "blotches.png"
    save_picture(path, blotches())
    return path


def done(exemplar: Path, folder: Path, **settings: Any) -> tuple[dict[str, Any], Tensor]:
    small = {"width": 64, "height": 64, "quality": "draft", "device": "cpu"}
    job = SynthesisJob(str(exemplar), str(folder / "out.png"), **{**small, **settings})
    return run_job(job, SilentWatcher()), load_picture(folder / "out.png").rgb


def test_a_texture_of_any_size_repeats_in_the_exemplars_colours(exemplar: Path, tmp_path: Path) -> None:
    info, texture = done(exemplar, tmp_path, width=90, height=71)
    assert texture.shape == (1, 3, 71, 90)
    assert info["size"] == [71, 90]
    assert info["scale"] == 1
    assert info["style"] == "blotches.png"
    assert info["notes"] == []
    report = tile_ratio(texture)
    assert max(report.x_most, report.y_most) < 1
    assert (texture.mean((0, 2, 3)) - blotches().mean((0, 2, 3))).abs().max() < 0.05
    assert texture.std() == pytest.approx(float(blotches().std()), rel=0.2)


def test_without_a_picture_to_quilt_it_starts_from_noise(tmp_path: Path) -> None:
    """Half of the exemplar is transparent: what lies there is no part of it."""
    picture, alpha = blotches(), torch.ones(1, 1, 48, 64)
    picture[..., 32:] = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    alpha[..., 32:] = 0
    save_picture(tmp_path / "half.png", picture, alpha)
    _, texture = done(tmp_path / "half.png", tmp_path)
    assert (texture.mean((0, 2, 3)) - blotches()[..., :32].mean((0, 2, 3))).abs().max() < 0.06


def test_one_colour_and_few_pixels_are_exemplars_too(tmp_path: Path) -> None:
    save_picture(tmp_path / "plain.png", torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1).expand(1, 3, 32, 32))
    _, texture = done(tmp_path / "plain.png", tmp_path)
    assert (texture - torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)).abs().max() < 0.03
    save_picture(tmp_path / "tiny.png", blotches(8, 8))
    info, texture = done(tmp_path / "tiny.png", tmp_path, scale=1.0)
    assert info["scale"] == 2
    assert info["notes"] == ["A scale of 1 cannot be shown at this size; 2 was used."]


@pytest.mark.parametrize(
    ("scale", "size", "found"),
    [
        (0.0, (64, 96), 1.0),
        (0.0, (24, 32), 0.5),
        (0.5, (64, 96), 0.5),
        (2.0, (64, 96), 2.0),
        (0.01, (64, 64), 0.25),
    ],
)
def test_scale(encoder: Encoder, scale: float, size: tuple[int, int], found: float) -> None:
    """The exemplar is 64 pixels long; all of it takes at least 16."""
    style = Painting(blotches(), encoder)
    canvas = blank(style, size, (True, True), scale, CPU)
    assert canvas.span == 64 * found
    last = stages_of([StyledRegion(style, 1.0)], canvas.span / max(size), canvas.span, EFFORTS["draft"])[-1]
    assert canvas.finished(torch.zeros(1, 3, *canvas.size(last))).shape[-2:] == size


@pytest.mark.parametrize("wrap", [(True, True), (False, True)])
def test_the_gradient_turns_with_the_picture(encoder: Encoder, wrap: tuple[bool, bool]) -> None:
    """Along an axis that repeats, by multiples of the deepest stride: no place of the result is special."""
    layers = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
    stage = Stage(64, 1, 0.03, 1.0, layers, ())
    losses = Losses((("gram", 1.0), ("nn", 0.5)))  # the roots of w2 magnify rounding
    region = region_losses(Painting(blotches(), encoder), stage, losses, 1.0, None, 0)
    looks = ImageCanvas((64, 96), 64.0, CPU, Flat(wrap)).looks(stage, lambda: None)
    shift = (16 * wrap[0], 48)

    def gradient(picture: Tensor) -> Tensor:
        leaf = picture.clone().requires_grad_()
        backpropagate(leaf, looks, encoder, Objective((region,)))
        assert leaf.grad is not None
        return leaf.grad

    picture = blotches(64, 96, seed=1)
    turned = gradient(picture.roll(shift, (2, 3))).roll((-shift[0], -shift[1]), (2, 3))
    plain = gradient(picture)
    assert (turned - plain).norm() < 1e-3 * plain.norm()
    across = gradient(picture.roll((16, 0), (2, 3))).roll((-16, 0), (2, 3))
    assert ((across - plain).norm() < 2e-3 * plain.norm()) == wrap[0]


def test_an_axis_that_does_not_repeat_is_painted_at_its_own_size(encoder: Encoder) -> None:
    canvas = ImageCanvas((70, 70), 64.0, CPU, Flat((False, True)))
    assert canvas.size(Stage(64, 1, 0.03, 1.0, (), ())) == (70, 80)
    assert canvas.content(Stage(64, 1, 0.03, 1.0, (), ())) is None


def test_several_exemplars_are_mixed_and_a_style_file_will_do(exemplar: Path, tmp_path: Path) -> None:
    blue = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 48, 64)
    save_picture(tmp_path / "blue.png", blue)
    controls = Controls(blend=((str(tmp_path / "blue.png"), 3.0),))
    _, texture = done(exemplar, tmp_path, controls=controls)
    assert texture[:, 2].mean() > texture[:, 0].mean() + 0.3


def test_the_live_result_is_the_result_of_ending_then(exemplar: Path, tmp_path: Path) -> None:
    class EnoughOnceSeen(SilentWatcher):
        seen = False

        def progress(self, report: Report) -> None:
            self.seen = self.seen or bool(report.live)

        def enough(self) -> bool:
            return self.seen

    job = SynthesisJob(
        str(exemplar), str(tmp_path / "out.png"), 90, 71, live=str(tmp_path / "live.png"), device="cpu"
    )
    info = run_job(job, EnoughOnceSeen())
    assert info["stopped_early"]
    assert torch.equal(*(load_picture(tmp_path / f"{name}.png").rgb for name in ("out", "live")))


def test_a_mask_has_an_exemplar_of_its_own(exemplar: Path, tmp_path: Path) -> None:
    mask = torch.zeros(1, 3, 64, 64)
    mask[..., 32:] = 1
    save_picture(tmp_path / "mask.png", mask)
    blue = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 48, 64)
    save_picture(tmp_path / "blue.png", blue)
    own = Mask(str(tmp_path / "mask.png"), str(tmp_path / "blue.png"), soften=4.0)
    _, texture = done(exemplar, tmp_path, start="noise", controls=Controls(masks=(own,)))
    left, right = texture[..., 8:24].mean((0, 2, 3)), texture[..., 40:56].mean((0, 2, 3))
    assert (left - blotches().mean((0, 2, 3))).abs().max() < 0.2  # less blue, as the soft edge has some
    assert (right - torch.tensor([0.0, 0.0, 1.0])).abs().max() < 0.1


def test_from_python(encoder: Encoder) -> None:
    texture = synthesize(blotches(), (64, 80), encoder=encoder, quality="draft", tile=(False, True))
    assert texture.shape == (1, 3, 64, 80)
    assert tile_ratio(texture).x_most < 1
    with pytest.raises(JobError, match="width is 12"):
        synthesize(blotches(), (64, 12), encoder=encoder)
    with pytest.raises(ValueError, match="the exemplar is"):
        synthesize(torch.rand(3, 8, 8), 64, encoder=encoder)
    with pytest.raises(JobError, match="scale is -1"):
        synthesize(blotches(), 64, encoder=encoder, scale=-1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"width": 8}, "width is 8"),
        ({"height": 70.5}, "height is 70.5; it must be a whole number"),
        ({"tile": "z"}, "tile is 'z'"),
        ({"scale": -1.0}, "scale is -1"),
        ({"start": "quit"}, "Did you mean quilt"),
        ({"controls": {"color": "keep"}}, "color is 'keep'"),
        ({"controls": {"masks": [{"mask": "/m", "style": "/s", "color": "keep"}]}}, "color is 'keep'"),
        ({"controls": {"masks": [{"mask": "mesh:Face", "style": "/s"}]}}, "take a picture"),
    ],
)
def test_jobs_that_cannot_be(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(JobError, match=says):
        SynthesisJob("/e.png", "/o.png", **wrong)


def test_plan_and_cancel_write_nothing(exemplar: Path, tmp_path: Path) -> None:
    class Stop(SilentWatcher):
        def cancelled(self) -> bool:
            return True

    job = SynthesisJob(str(exemplar), str(tmp_path / "never.png"), width=64, height=64)
    assert plan_job(job, SilentWatcher())["seconds"] > 0
    with pytest.raises(JobCancelled):
        run_job(job, Stop())
    assert list(tmp_path.iterdir()) == []
