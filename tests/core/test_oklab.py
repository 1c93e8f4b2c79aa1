from __future__ import annotations

import pytest
import torch

from nst.core.oklab import from_oklab, to_oklab, within_gamut


def colors(count: int = 500) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_there_and_back() -> None:
    assert torch.allclose(from_oklab(to_oklab(colors())), colors(), atol=1e-12)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # as published with the space
        ([1.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
        ([1.0, 0.0, 0.0], [0.62796, 0.22486, 0.12585]),
        ([0.0, 0.0, 1.0], [0.45201, -0.03246, -0.31153]),
    ],
)
def test_known_colours(rgb: list[float], lab: list[float]) -> None:
    assert to_oklab(torch.tensor([rgb]))[0].tolist() == pytest.approx(lab, abs=2e-4)


def test_what_the_screen_can_show_stays() -> None:
    assert torch.allclose(within_gamut(to_oklab(colors())), colors(), atol=1e-9)


def test_what_it_cannot_show_keeps_lightness_and_hue() -> None:
    lab = torch.tensor([[0.7, 0.3, 0.1], [0.3, -0.2, 0.2], [0.9, 0.05, -0.3]], dtype=torch.float64)
    shown = within_gamut(lab)
    assert ((shown >= 0) & (shown <= 1)).all()
    back = to_oklab(shown)
    assert torch.allclose(back[:, 0], lab[:, 0], atol=2e-3)
    hue, own = torch.atan2(back[:, 2], back[:, 1]), torch.atan2(lab[:, 2], lab[:, 1])
    assert torch.allclose(hue, own, atol=2e-2)
    assert (back[:, 1:].norm(dim=1) < lab[:, 1:].norm(dim=1)).all()
