from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nst.core.exemplar.ball import Ball, ball_normals, find_ball, squared
from nst.core.images import Picture
from nst.core.protocol import JobError

from .balls import painted, picture, textured


def off(found: Ball, true: Ball) -> float:
    """How far apart outlines are at most, in pixels."""
    middles = np.abs(found.shape.middle - true.shape.middle).max()
    return float(max(middles, np.abs(found.shape.axes - true.shape.axes).max()))


@pytest.mark.parametrize(
    ("ball", "size", "ground"),
    [
        (Ball(141.3, 118.8, 77.4), (260, 300), 0.9),
        (Ball(160.2, 170.7, 101.6), (330, 300), textured(330, 300)),
        (Ball(20.4, 120.2, 96.3), (240, 260), 1.0),  # the frame cuts it
        (Ball(600.3, 500.9, 402.2), (1000, 1200), 0.0),
        (Ball(150.2, 139.6, 98.3, 0.92, 0.6), (280, 300), 0.85),
    ],
    ids=["off-centre", "textured ground", "cut by the frame", "large", "from the side"],
)
def test_a_ball_is_found_where_it_is(ball: Ball, size: tuple[int, int], ground: object) -> None:
    found = find_ball(picture(painted(ball, *size, ground)))
    assert off(found, ball) < 0.003 * ball.radius + 0.2
    assert (found.ratio == 1) == (ball.ratio == 1)


def test_strokes_that_overflow_do_not_move_the_ball() -> None:
    """On transparent ground, with strokes beyond the outline and bites out of it at a third of it."""
    ball, side = Ball(128.7, 130.2, 88.5), 256
    y, x = np.mgrid[0:side, 0:side] + 0.5
    alpha = ((ball.radius - np.hypot(x - ball.x, y - ball.y)) + 0.5).clip(0, 1)
    for number, angle in enumerate(np.linspace(0, 2 * np.pi, 9, endpoint=False)):
        across, down = ball.x + 90 * np.cos(angle), ball.y + 90 * np.sin(angle)
        stroke = (np.hypot((x - across), (y - down)) < 8 + 2 * (number % 4)).astype(float)
        alpha = np.minimum(alpha, 1 - stroke) if number % 3 == 0 else np.maximum(alpha, stroke)
    painting = painted(ball, side, side, 0.5)
    assert off(find_ball(picture(painting, alpha)), ball) < 0.5


def test_a_ball_that_fills_its_picture_is_the_inscribed_one() -> None:
    """As in matcaps, whose corners are black or go on as the rim does."""
    whole = Ball(64, 64, 64)
    black = painted(whole, 128, 128, 0.0, dots=False)
    assert find_ball(picture(black)) == whole
    y, x = np.mgrid[0:128, 0:128] + 0.5
    length = np.hypot(x - 64, y - 64) / 63.5
    at = [((one - 64) / length.clip(1) + 64).astype(int) for one in (y, x)]
    bled = black[at[0], at[1]]
    found = find_ball(picture(bled))
    assert off(found, whole) < 1.3


def noise(blur: int) -> np.ndarray:
    return textured(200, 200, blur).astype(np.float32)


RAMP = np.linspace(0, 1, 200)[:, None, None] * np.ones((200, 200, 3))
Y, X = np.mgrid[-1:1:200j, -1:1:200j]
EMPTY = {
    "plain": np.full((200, 200, 3), 0.4),
    "noise": np.random.default_rng(0).random((200, 200, 3)),
    "patches": textured(200, 240, 3),
    "strip": textured(80, 240, 4),
    "ramp": RAMP,
    "soft spot": np.exp(-(X**2 + Y**2))[..., None] * np.ones(3),
    "box": np.where((abs(X) < 0.5) & (abs(Y) < 0.5), 0.2, 0.9)[..., None] * np.ones(3),
    "pixel": np.ones((1, 1, 3)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_is_no_ball_is_not_found(name: str) -> None:
    with pytest.raises(JobError, match=rf"No ball was found in {name}\..*its radius in pixels") as caught:
        find_ball(picture(EMPTY[name].astype(np.float32)), name)
    assert caught.value.code == "no_sphere"


def test_a_transparent_picture_has_no_ball() -> None:
    with pytest.raises(JobError, match="No ball"):
        find_ball(Picture(torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)))


def test_normals_of_a_ball() -> None:
    normals, inside = ball_normals(Ball(8, 8, 6), 16, 16)
    assert torch.allclose(normals.norm(dim=0), torch.ones(16, 16))
    assert inside.sum() == pytest.approx(math.pi * 36, abs=6)
    assert normals[:, 7, 7].tolist() == pytest.approx([-1 / 12, 1 / 12, math.sqrt(1 - 2 / 144)], abs=1e-6)
    assert normals[0, 8, 13] > 0.9  # right
    assert normals[1, 2, 8] > 0.9  # up
    assert (normals[2] >= 0).all()
    corner = normals[:, 0, 0].tolist()  # beyond the rim it is carried on
    assert corner == pytest.approx([-math.sqrt(0.5), math.sqrt(0.5), 0], abs=1e-6)
    assert not inside[0, 0]
    squashed, within = ball_normals(Ball(8, 8, 6, 0.5, math.pi / 2), 16, 16)
    assert within[8, [10, 11]].tolist() == [True, False]
    assert within[13, 8]
    assert squashed[0, 8, 10] > 0.8


def test_a_square_holds_the_colours_as_they_are() -> None:
    ball = Ball(60.4, 50.8, 30.3)
    before = picture(painted(ball, 110, 130))
    after, there = squared(before, ball)
    side = after.rgb.shape[-1]
    assert after.rgb.shape == (1, 3, side, side)
    left, top = round(ball.x - there.x), round(ball.y - there.y)
    assert (there.x + left, there.y + top, there.radius) == pytest.approx((ball.x, ball.y, ball.radius))
    assert torch.equal(after.rgb, before.rgb[..., top : top + side, left : left + side])
    assert float(after.alpha.sum()) == pytest.approx(math.pi * ball.radius**2, rel=0.002)
    assert float(after.alpha[0, 0, 0, 0]) == 0


def test_a_square_keeps_paint_that_overflows() -> None:
    ball = Ball(64, 64, 40)
    alpha = np.zeros((128, 128))
    alpha[20:108, 20:108] = 1
    after, there = squared(picture(painted(ball, 128, 128), alpha), ball)
    assert after.rgb.shape[-1] > 2 * ball.radius * 1.1
    assert float(after.alpha.sum()) == alpha.sum()
    assert there.radius == 40


def test_an_ellipse_becomes_a_circle_of_the_size_asked_for() -> None:
    ball = Ball(150.2, 139.6, 98.3, 0.9, 0.6)
    after, there = squared(picture(painted(ball, 280, 300, dots=False)), ball, 200)
    assert after.rgb.shape == (1, 3, 200, 200)
    assert there.ratio == 1
    found = find_ball(after)
    assert off(found, there) < 0.4
    round_one = painted(there, 200, 200, dots=False)
    inside = ball_normals(Ball(there.x, there.y, there.radius - 3), 200, 200)[1]
    difference = (after.rgb[0].permute(1, 2, 0) - torch.from_numpy(round_one)).abs().amax(-1)
    assert float(difference[inside].max()) < 0.01


def test_what_the_frame_cut_off_is_transparent() -> None:
    ball = Ball(20, 50, 40)
    after, there = squared(picture(painted(ball, 100, 100)), ball)
    assert there.radius == 40
    assert float(after.alpha[0, 0, :, : round(there.x - 20)].max()) == 0
    assert float(after.alpha[0, 0, round(there.y), round(there.x)]) == 1
