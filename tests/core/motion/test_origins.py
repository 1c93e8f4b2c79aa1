from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.motion.clip import Link, link_of
from nst.core.motion.origins import NOWHERE, Origins, painted_in
from nst.core.motion.warp import carried, inside

HEIGHT, WIDTH = 24, 40


def picture(seed: int = 0) -> Tensor:
    return torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def move(x: float, y: float = 0.0) -> Link:
    """All is where it was less (x, y); what comes in from outside is not seen."""
    offsets = torch.tensor([-x, -y]).view(1, 2, 1, 1).expand(1, 2, HEIGHT, WIDTH).contiguous()
    columns = torch.arange(WIDTH) - x
    seen = ((columns >= 0) & (columns <= WIDTH - 1)).expand(1, 1, HEIGHT, WIDTH)
    return link_of(offsets, seen)


def test_what_does_not_move_keeps_its_paint_to_the_last_bit() -> None:
    origins = painted_in(3, (HEIGHT, WIDTH))
    for _ in range(50):
        origins = origins.seen_by(move(0))
    assert torch.equal(origins.paint({3: picture()}), picture())


def test_paint_is_not_blurred_on_its_way() -> None:
    """Ten moves by 0.3 pixels are one by 3, where colours carried ten times are soft."""
    origins, blurred = painted_in(1, (HEIGHT, WIDTH)), picture()
    for _ in range(10):
        origins, blurred = origins.seen_by(move(0.3)), carried(blurred, move(0.3).offsets, cubic=True)
    inner = (..., slice(8, -8))
    exact = picture().roll(3, 3)[inner]
    assert float((origins.paint({1: picture()})[inner] - exact).abs().max()) < 1e-3
    assert float((blurred[inner] - exact).abs().mean()) > 0.03


def test_what_was_not_seen_is_missing_and_stays_so() -> None:
    origins = painted_in(1, (HEIGHT, WIDTH)).seen_by(move(4)).seen_by(move(2))
    assert origins.missing[..., :6].all()
    assert not origins.missing[..., 6:].any()
    assert float(origins.paint({1: picture()})[..., :6].abs().max()) == 0


def test_missing_paint_comes_from_another_frame() -> None:
    forward = painted_in(1, (HEIGHT, WIDTH)).seen_by(move(6))
    backward = painted_in(9, (HEIGHT, WIDTH)).seen_by(move(-5))
    both = forward.over(backward)
    assert set(both.frame.unique().tolist()) == {1.0, 9.0}
    assert not both.missing.any()
    found = both.paint({1: picture(1), 9: picture(9)})
    assert torch.equal(found[..., 6:], picture(1)[..., :-6])
    assert torch.equal(found[..., :6], picture(9)[..., 5:11])


def test_nothing_is_mixed_of_two_frames() -> None:
    """Where frames meet, half a pixel aside, there is one's paint, not that of a frame between them."""
    frame = torch.full((1, 1, HEIGHT, WIDTH), 2.0)
    frame[..., 20:] = 4.0
    offsets = torch.zeros(1, 2, HEIGHT, WIDTH)
    offsets[:, 0, :, 20:] = -7.0
    origins = Origins(frame, offsets).seen_by(move(0.5))
    assert set(origins.frame.unique().tolist()) <= {float(NOWHERE), 2.0, 4.0}
    known = origins.offsets[..., 1:]
    assert set(known[:, 0].unique().tolist()) == {-0.5, -7.5}


def test_paint_never_comes_from_beyond_its_frame() -> None:
    """A surface goes back, step by step, and its old paint ends at the border of the frame it is of."""
    x = torch.arange(WIDTH, dtype=torch.float32)
    step = (0.03 * x).view(1, 1, 1, -1).expand(1, 1, HEIGHT, -1)
    farther = link_of(torch.cat([step, torch.zeros_like(step)], 1), torch.ones(1, 1, HEIGHT, WIDTH).bool())
    frame = torch.full((1, 1, HEIGHT, WIDTH), 2.0)
    frame[..., 10:] = 4.0
    offsets = torch.zeros(1, 2, HEIGHT, WIDTH)
    offsets[:, 0, :, :10] = WIDTH - 10  # the last ten columns of frame 2
    origins = Origins(frame, offsets)
    for _ in range(20):
        origins = origins.seen_by(farther)
        assert not origins.missing[..., :20].any()  # farther right it comes into view
        assert bool(inside(origins.offsets).all())
    assert 5 <= int((origins.frame[0, 0, 0] == 2).sum()) <= 7


def test_a_field_that_turns_is_followed() -> None:
    """Twenty turns by a degree and a half, of which each pixel's place is known."""
    y, x = torch.meshgrid(torch.arange(64.0) - 31.5, torch.arange(64.0) - 31.5, indexing="ij")

    def turned(angle: float) -> Tensor:
        c, s = torch.tensor(angle).cos(), torch.tensor(angle).sin()
        return torch.stack([c * x - s * y - x, s * x + c * y - y])[None]

    step, count = 0.026, 20
    origins = painted_in(0, (64, 64))
    for _ in range(count):
        origins = origins.seen_by(link_of(turned(step), inside(turned(step))))
    near = (x.square() + y.square() < 24**2)[None, None]
    error = (origins.offsets - turned(step * count)).norm(dim=1, keepdim=True)
    assert not origins.missing[near].any()
    assert float(error[near].max()) < 0.05


@pytest.mark.parametrize(
    ("scale", "most", "expected"), [(2.5, 2.0, 1), (0.4, 2.0, 1), (1.5, 2.0, 0), (0.7, 2.0, 0)]
)
@pytest.mark.parametrize("axis", [0, 1])
def test_paint_is_stretched_where_it_is_longer_or_shorter_than_it_was_painted(
    scale: float, most: float, expected: int, axis: int
) -> None:
    """A surface that has come nearer along one axis, turned by 30 degrees: places change by 1 / scale."""
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    turned = torch.stack([x * 0.866 - y * 0.5, x * 0.5 + y * 0.866])
    turned[axis] /= scale
    offsets = (turned - torch.stack([x, y]))[None]
    found = Origins(torch.zeros(1, 1, 16, 16), offsets).stretched(most)
    assert float(found.float().mean()) == expected
    assert not Origins(torch.full((1, 1, 16, 16), float(NOWHERE)), offsets).stretched(most).any()


def test_where_paint_of_two_places_meets_nothing_is_stretched() -> None:
    offsets = torch.zeros(1, 2, 8, 8)
    offsets[:, 0, :, 4:] = 50
    assert not Origins(torch.zeros(1, 1, 8, 8), offsets).stretched(2.0).any()
    frames = torch.zeros(1, 1, 8, 8)
    frames[..., 4:] = 3
    offsets[:, 0, :, 4:] = 5
    assert not Origins(frames, offsets).stretched(2.0)[..., 3].any()
