"""The neural touch: what its network is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.exemplar.exemplar import Exemplar
from nst.core.exemplar.harmony import harmonized, mirrored
from nst.core.exemplar.painting import Painted
from nst.core.images import Picture, load_picture, save_picture
from nst.core.protocol import ImageJob, Sphere, SphereJob
from nst.core.solve.progress import SilentWatcher


def test_paint_alone_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the paper around the ball counts, nor one colour for all where nothing is painted."""
    seen: list[Picture] = []

    def stylize(job: ImageJob, _: SilentWatcher) -> None:
        seen.extend(load_picture(path) for path in (job.content, job.style))
        save_picture(Path(job.output), torch.zeros(1, 3, 40, 60))

    monkeypatch.setattr("nst.core.exemplar.harmony.stylize_image", stylize)
    normals, inside = ball_normals(Ball(30, 20, 15), 40, 60)
    paint = torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(1)) * 0.5
    paper = torch.where(inside, paint, 1.0)
    cover = torch.zeros(1, 40, 60)
    cover[:, 10:30, 10:30] = 1
    painted = Painted(paint * cover, cover, {})
    job = SphereJob((Sphere("sphere.png"),), "shot.exr", "out.png", harmony=0.25)
    found = harmonized(painted, Exemplar(paper, normals, inside), job, SilentWatcher())
    assert torch.allclose(found.colors, 0.75 * painted.colors)
    content, style = seen
    assert style.alpha is not None
    assert style.rgb.shape[-2:] == (30, 30)
    assert float((style.rgb * style.alpha).max()) < 0.6
    assert float(style.alpha[0, 0, 0, 0]) == 0
    assert float(content.rgb[..., :10, 10:30].std()) == pytest.approx(float(paint.std()), rel=0.15)


def test_nothing_painted_is_left_as_it_is() -> None:
    empty = Painted(torch.zeros(3, 8, 8), torch.zeros(1, 8, 8), {})
    job = SphereJob((Sphere("sphere.png"),), "shot.exr", "out.png", harmony=1.0)
    exemplar = Exemplar(torch.zeros(3, 8, 8), torch.zeros(3, 8, 8), torch.ones(8, 8, dtype=torch.bool))
    assert harmonized(empty, exemplar, job, SilentWatcher()) is empty


def test_colours_are_mirrored() -> None:
    colors = torch.arange(8.0).expand(1, 1, 8)
    covered = torch.tensor([[False, False, False, True, True, True, True, False]])
    assert mirrored(colors, covered)[0, 0].tolist() == [6, 5, 4, 3, 4, 5, 6, 5]
