"""Controls do what they say, on small pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from nst.core.encoder import load_encoder
from nst.core.image import stylize_image
from nst.core.images import load_picture, save_picture
from nst.core.oklab import to_oklab
from nst.core.protocol import Controls, ImageJob, JobError, Mask
from nst.core.solve.progress import SilentWatcher
from nst.core.style.file import pack, save_style
from nst.core.style.painting import Painting
from nst.core.styling import open_style


def blotches(seed: int, colors: list[list[float]], side: int = 96) -> Tensor:
    """A painting of a few colours in blotches."""
    generator = torch.Generator().manual_seed(seed)
    maps = torch.nn.functional.interpolate(
        torch.rand(1, len(colors), side // 8, side // 8, generator=generator), side, mode="bicubic"
    )
    return torch.tensor(colors)[maps[0].argmax(0)].permute(2, 0, 1)[None].contiguous()


WARM = [[0.9, 0.3, 0.1], [0.8, 0.7, 0.2], [0.4, 0.1, 0.1]]
COLD = [[0.1, 0.3, 0.8], [0.2, 0.7, 0.7], [0.05, 0.1, 0.3]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("controls")
    save_picture(made / "warm.png", blotches(1, WARM))
    save_picture(made / "cold.png", blotches(2, COLD))
    green = blotches(3, [[0.2, 0.6, 0.2], [0.7, 0.8, 0.6], [0.1, 0.3, 0.2]])
    save_picture(made / "content.png", green)
    mask = torch.zeros(1, 3, 64, 64)
    mask[..., 32:] = 1
    save_picture(made / "right.png", mask)
    save_picture(made / "black.png", mask * 0)
    return made


def paint(
    folder: Path, name: str, controls: Controls, strength: float = 0.9, style: str = "warm.png"
) -> Tensor:
    paths = {"content": "content.png", "style": style, "output": f"out_{name}.png"}
    files = {role: str(folder / path) for role, path in paths.items()}
    job = ImageJob(**files, quality="draft", device="cpu", strength=strength, controls=controls)
    stylize_image(job, SilentWatcher())
    return load_picture(job.output).rgb


def chroma(picture: Tensor) -> Tensor:
    return to_oklab(picture[0].flatten(1).T)[:, 1:]


def test_kept_colours_are_the_contents(folder: Path) -> None:
    content = load_picture(folder / "content.png").rgb
    kept = paint(folder, "keep", Controls(color="keep"))
    free = paint(folder, "free", Controls())
    assert float((chroma(kept) - chroma(content)).norm(dim=1).mean()) < 0.02
    assert float((chroma(free) - chroma(content)).norm(dim=1).mean()) > 0.1


@pytest.mark.parametrize("how", ["match-oklab", "match-linear", "match-histogram"])
def test_matched_colours_are_the_contents_on_the_whole(folder: Path, how: str) -> None:
    content = load_picture(folder / "content.png").rgb
    matched = paint(folder, how, Controls(color=how))
    assert torch.allclose(matched.mean((0, 2, 3)), content.mean((0, 2, 3)), atol=0.06)


def test_each_region_has_its_own_style(folder: Path) -> None:
    mask = Mask(str(folder / "right.png"), str(folder / "cold.png"))
    painted = paint(folder, "mask", Controls(masks=(mask,)), strength=1.0)
    left, right = painted[..., :44].mean((0, 2, 3)), painted[..., 52:].mean((0, 2, 3))
    warm, cold = (load_picture(folder / f"{name}.png").rgb.mean((0, 2, 3)) for name in ("warm", "cold"))
    assert (left - warm).norm() < 0.3 * (left - cold).norm()
    assert (right - cold).norm() < 0.3 * (right - warm).norm()


def test_weight_mixes_styles(folder: Path) -> None:
    warm, cold = (load_picture(folder / f"{name}.png").rgb.mean((0, 2, 3)) for name in ("warm", "cold"))
    half = paint(folder, "half", Controls(blend=((str(folder / "cold.png"), 1.0),)))
    assert torch.allclose(half.mean((0, 2, 3)), (warm + cold) / 2, atol=0.05)


@pytest.mark.parametrize("loss", ["gram", "bn", "mmd-linear", "mmd-poly", "mmd-gauss", "sliced", "nn"])
def test_every_loss_paints(folder: Path, loss: str) -> None:
    painted = paint(folder, loss, Controls(losses=((loss, 1.0),)))
    assert torch.isfinite(painted).all()
    assert painted.std() > 0.05


def test_a_style_file_does_for_the_painting(folder: Path) -> None:
    painting = Painting(load_picture(folder / "warm.png").rgb, load_encoder())
    packed = pack(painting, "warm", painting.network, torch.zeros(1, 3, 8, 8))
    save_style(packed, folder / "warm.nststyle")
    with pytest.raises(JobError, match="measured with the network vgg19-embedded") as caught:
        open_style(str(folder / "warm.nststyle"), load_encoder(pooling="average"), None)
    assert caught.value.code == "style_other_network"
    by_file, by_painting = (
        paint(folder, "file", Controls(), style="warm.nststyle"),
        paint(folder, "free", Controls()),
    )
    assert torch.allclose(by_file.mean((0, 2, 3)), by_painting.mean((0, 2, 3)), atol=0.02)
    with pytest.raises(JobError, match="needs the painting"):
        paint(folder, "no", Controls(losses=(("nn", 1.0),)), style="warm.nststyle")
    with pytest.raises(JobError, match="holds statistics only"):
        paint(folder, "no", Controls(color="keep"), style="warm.nststyle")


def test_black_mask(folder: Path) -> None:
    mask = Mask(str(folder / "black.png"), str(folder / "cold.png"))
    with pytest.raises(JobError, match="black everywhere"):
        paint(folder, "no", Controls(masks=(mask,)))
