from __future__ import annotations

import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.canvas.healing import HealingCanvas
from nst.core.encoder import load_encoder
from nst.core.solve.progress import SilentWatcher
from nst.core.solve.schedule import EFFORTS, schedule
from nst.core.solve.solver import paint
from nst.core.solve.stage import Settings, StyledRegion
from nst.core.style.painting import Painting

CPU = torch.device("cpu")
HEIGHT, WIDTH = 128, 320
HOLE = (slice(40, 88), slice(180, 240))


def stripes(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """Red and blue stripes that lean."""
    y, x = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    wave = (0.5 + 0.45 * torch.sin(0.6 * x + 0.3 * y))[None]
    return torch.cat([wave, 0.3 * torch.ones_like(wave), 1 - wave])[None]


def missing() -> Tensor:
    hole = torch.zeros(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    hole[(..., *HOLE)] = True
    return hole


def canvas() -> HealingCanvas:
    there = torch.where(missing(), torch.zeros(1), stripes())
    return HealingCanvas(torch.full((1, 3, HEIGHT, WIDTH), 0.5), 96.0, CPU, there, missing().float())


def healed() -> Tensor:
    wanted = canvas()
    region = StyledRegion(Painting(stripes(96, 96), load_encoder()), 0.95)
    stages = schedule(48, 96, EFFORTS["draft"])
    done = paint(wanted, [region], load_encoder(), stages, Settings(), SilentWatcher(), lambda _: "")
    return wanted.finished(done.picture)


def test_what_is_there_stays_to_the_last_bit_and_the_hole_is_painted() -> None:
    found = healed()
    outside = ~missing()
    assert torch.equal(found[outside.expand_as(found)], stripes()[outside.expand_as(found)])
    hole = found[(..., *HOLE)]
    likeness = torch.corrcoef(hole[0, (0, 2)].flatten(1))[0, 1]
    assert float(hole[:, 0].std()) > 0.15  # stripes, not the grey that was painted over
    assert float(likeness) < -0.8  # of red and blue
    assert float((hole[:, 1] - 0.3).abs().mean()) < 0.1


def test_only_tiles_that_show_something_missing_are_painted() -> None:
    stage = Stage(96, 1, 0.03, 1.0, ("rgb", "relu1_1"), ("rgb",))
    wanted = canvas()
    looks, around = wanted.looks(stage, lambda: None), wanted.around(stage)
    assert len(looks) == 1
    seen = torch.zeros(1, 1, *wanted.size(stage))
    for look in (*looks, *around):
        look.scatter(look.weight, seen)
    assert torch.equal(seen, torch.ones_like(seen))


def test_nothing_missing_is_nothing_to_paint() -> None:
    stage = Stage(96, 1, 0.03, 1.0, ("rgb",), ("rgb",))
    whole = HealingCanvas(stripes(), 96.0, CPU, stripes(), torch.zeros(1, 1, HEIGHT, WIDTH))
    assert not whole.looks(stage, lambda: None)
    assert torch.equal(whole.finished(0 * stripes()), stripes())
