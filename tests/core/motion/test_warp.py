from __future__ import annotations

import torch
from torch import Tensor

from nst.core.motion.warp import carried, inside


def picture(height: int = 12, width: int = 20) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))


def moved(x: float, y: float, height: int = 12, width: int = 20) -> Tensor:
    return torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, height, width).contiguous()


def test_what_does_not_move_stays_as_it_is() -> None:
    for cubic in (False, True):
        assert torch.equal(carried(picture(), moved(0, 0), cubic), picture())


def test_whole_pixels() -> None:
    """A point that is at its place less (3, 1) in the other frame is found there: x right, y down."""
    for cubic in (False, True):
        found = carried(picture(), moved(-3, -1), cubic)
        assert torch.equal(found[..., 1:, 3:], picture()[..., :-1, :-3])
        assert torch.equal(found[..., 1:, :3], picture()[..., :-1, :1].expand(-1, -1, -1, 3))


def test_parts_of_pixels_of_a_smooth_picture() -> None:
    x = torch.arange(40.0)
    wave = (0.2 * x).sin().expand(1, 3, 30, 40)
    found = carried(wave, moved(0.4, -0.3, 30, 40), cubic=True)
    exact = (0.2 * (x + 0.4)).sin().expand(1, 3, 30, 40)
    assert float((found - exact)[..., 3:-3, 3:-3].abs().max()) < 4e-4


def test_what_comes_from_outside() -> None:
    seen = inside(moved(-3, 0))
    assert not seen[..., :3].any()
    assert seen[..., 3:].all()
