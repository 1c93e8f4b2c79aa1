from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.protocol import JobError
from nst.core.render.view import StandardView, TableView, open_view

LOW, HIGH, N = -10.0, 6.0, 33


def light(top: float = 8.0) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.exp2(torch.rand(1, 3, 20, 30, generator=generator) * (top + 8) - 8)


def filmic(x: Tensor) -> Tensor:
    """A curve with a shoulder, which mixes channels a little, as AgX does."""
    mixed = 0.9 * x + 0.1 * x.mean(-1, keepdim=True)
    return ((mixed.clamp_min(2**-10).log2() + 10) / 16).clamp(0, 1) ** 1.3


def table() -> TableView:
    stops = torch.linspace(LOW, HIGH, N)
    grid = torch.stack(torch.meshgrid(stops, stops, stops, indexing="ij"), -1)
    return TableView(filmic(torch.exp2(grid)), LOW, HIGH)


def exact(x: Tensor) -> Tensor:
    return filmic(x.movedim(1, -1)).movedim(-1, 1)


def test_a_table_shows_what_it_was_measured_of() -> None:
    inside = light(5.0)
    assert float((table().shown(inside) - exact(inside)).abs().max()) < 0.01
    dark = table().shown(torch.zeros(1, 3, 2, 2))
    assert float(dark.max()) < 1e-3


@pytest.mark.parametrize("view", [StandardView(), table()])
def test_what_is_not_painted_keeps_its_light(view: StandardView | TableView) -> None:
    """To the last bit, highlights and negative light of wide colours included."""
    before = light()
    before[..., 0] = -0.02
    before[..., 1] = 0
    assert torch.equal(view.lit(view.shown(before), before), before)


def test_light_is_found_for_painted_colours() -> None:
    view, generator = table(), torch.Generator().manual_seed(1)
    before = light(3.0)
    painted = view.shown(before * torch.exp2(2 * torch.randn(before.shape, generator=generator)))
    error = (view.shown(view.lit(painted, before)) - painted).abs()
    assert float(error.mean()) < 1e-3
    assert float(error.quantile(0.99)) < 0.01


def test_a_colour_that_nothing_shows_gets_the_nearest_that_was_found() -> None:
    view = table()
    before = torch.full((1, 3, 1, 1), 0.18)
    blue = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1)
    found = view.shown(view.lit(blue, before))
    assert float((found - blue).abs().sum()) < float((view.shown(before) - blue).abs().sum())
    assert float(found[0, 2]) > float(found[0, 0])


def test_standard_shows_painted_colours_and_keeps_how_bright_highlights_are() -> None:
    view = StandardView()
    before = torch.tensor([0.2, 1.0, 5.0]).view(1, 3, 1, 1)
    painted = torch.tensor([0.5, 0.8, 0.9]).view(1, 3, 1, 1)
    found = view.lit(painted, before).flatten()
    assert view.shown(found.view(1, 3, 1, 1))[0, :2].flatten().tolist() == pytest.approx([0.5, 0.8], abs=1e-5)
    assert float(found[2]) == pytest.approx(5 * 0.7874, rel=1e-3)  # 0.9 of white is 0.79 of its light


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "view.npz"
    np.savez(path, table=table().table.numpy(), low=LOW, high=HIGH)
    assert torch.equal(open_view(str(path)).shown(light()), table().shown(light()))
    assert isinstance(open_view(""), StandardView)
    np.savez(path, table=np.zeros((3, 3, 2, 3)), low=0, high=1)
    for broken in (path, tmp_path / "none.npz"):
        with pytest.raises(JobError, match="cannot be read"):
            open_view(str(broken))
