"""The image job from end to end, on small jobs."""

import pytest
import torch

from nst.core.image import _edge_notes, stylize_image
from nst.core.images import load_picture, save_picture
from nst.core.protocol import Controls, ImageJob, JobCancelled
from nst.core.solve.progress import SilentWatcher


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    ramp = torch.linspace(0, 1, 96).view(1, 1, 1, 96).expand(1, 3, 64, 96)
    save_picture(
        folder / "content.png", ramp, torch.linspace(0, 1, 64).view(1, 1, 64, 1).expand(1, 1, 64, 96)
    )
    noise = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * torch.tensor(
        [1, 0.3, 0.1]
    ).view(1, 3, 1, 1)
    save_picture(folder / "style.png", torch.nn.functional.interpolate(noise, 96))
    return folder


def run(files, output, **settings):
    job = ImageJob(str(files / "content.png"), str(files / "style.png"), str(files / output), **settings)
    return stylize_image(job, SilentWatcher())


def test_takes_the_paintings_palette_and_keeps_size_alpha_and_content(files):
    run(files, "out.png", quality="draft")
    result, style = load_picture(files / "out.png"), load_picture(files / "style.png")
    content = load_picture(files / "content.png")
    assert result.rgb.shape == content.rgb.shape
    assert torch.equal(result.alpha, content.alpha)
    assert (result.rgb.mean((0, 2, 3)) - style.rgb.mean((0, 2, 3))).abs().max() < 0.08
    assert result.rgb[..., 64:].mean() > result.rgb[..., :32].mean() + 0.1


def test_size_is_the_longer_side(files):
    run(files, "larger.png", quality="draft", size=72)
    assert load_picture(files / "larger.png").rgb.shape == (1, 3, 48, 72)


@pytest.mark.parametrize(
    ("tile", "says"), [("x", "left and right differ"), ("y", ""), ("xy", "left and right differ"), ("", "")]
)
def test_a_picture_that_does_not_repeat_is_said(files, tile, says):
    """The content is a ramp from left to right."""
    info = run(files, f"tile{tile}.png", quality="draft", tile=tile)
    notes = " ".join(info["notes"])
    assert says in notes
    assert ("does not repeat" in notes) == bool(says)
    assert "top and bottom" not in notes


@pytest.mark.parametrize("pattern", ["checker", "stripes", "flat", "line"])
def test_a_picture_that_repeats_is_not_blamed(pattern):
    row = torch.arange(64)
    dark = {"checker": row // 8 % 2, "stripes": row // 32 % 2, "flat": row * 0, "line": row[:1] * 0}[pattern]
    picture = (dark[:, None] ^ (row // 8 % 2)[None]).float().expand(1, 3, -1, -1)
    assert _edge_notes(picture, (True, True)) == ()


class EnoughOnceSeen(SilentWatcher):
    """Finds the work good enough once there is a live result."""

    seen = False

    def progress(self, report):
        self.seen = self.seen or bool(report.live)

    def enough(self):
        return self.seen


@pytest.mark.parametrize("color", ["style", "keep"])
def test_the_live_result_is_the_result_of_ending_then(files, color):
    """In size, alpha and colours."""
    paths = [str(files / f"{name}_{color}.png") for name in ("early", "live")]
    sources = str(files / "content.png"), str(files / "style.png")
    job = ImageJob(*sources, paths[0], live=paths[1], size=72, controls=Controls(color=color))
    info = stylize_image(job, EnoughOnceSeen())
    assert info["stopped_early"] is True
    assert info["size"] == [48, 72]
    early, live = (load_picture(path) for path in paths)
    assert early.rgb.shape == (1, 3, 48, 72)
    assert torch.equal(early.rgb, live.rgb)
    assert torch.equal(early.alpha, live.alpha)


def test_cancelling_writes_nothing(files):
    class Stop(SilentWatcher):
        def cancelled(self):
            return True

    job = ImageJob(str(files / "content.png"), str(files / "style.png"), str(files / "never.png"))
    with pytest.raises(JobCancelled):
        stylize_image(job, Stop())
    assert not (files / "never.png").exists()
