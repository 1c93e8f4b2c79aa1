"""Motion in panoramas: across their ends, and near their poles."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from nst.core.motion.animate import Painter, _changed, _opened
from nst.core.motion.clip import Frame, Link, link
from nst.core.motion.feather import feathered
from nst.core.motion.flow import Motion
from nst.core.motion.fringe import silhouettes
from nst.core.motion.origins import Origins, painted_in
from nst.core.motion.surrounding import surrounding
from nst.core.motion.visibility import RENDERED, Surfaces, sight
from nst.core.motion.warp import carried, shorter
from nst.core.panorama.around import Around, latitudes
from nst.core.panorama.directions import everywhere

from .remembered import Remembered

HEIGHT, WIDTH = 32, 64
AROUND = Around()


def picture(seed: int = 0) -> Tensor:
    return torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def vectors(step: float) -> Tensor:
    """What a renderer writes where all has moved so far to the right: where it was, by columns it has."""
    columns = torch.arange(float(WIDTH))
    across = ((columns - step + 0.5) % WIDTH - 0.5 - columns).view(1, 1, 1, -1).expand(1, 1, HEIGHT, -1)
    return torch.cat([across, torch.zeros_like(across)], 1)


def frame(step: float, number: int, mixed: bool = False) -> Frame:
    """Everything goes round. mixed: as of several samples in each pixel."""
    before, after = vectors(step), vectors(-step)
    if mixed:
        for offsets in (before, after):
            steps = offsets[0, 0, 0].diff().abs() > WIDTH / 2
            for column in steps.nonzero().flatten().tolist():
                offsets[:, 0, :, column] = offsets[:, 0, :, column] * 0.7 + offsets[:, 0, :, column + 1] * 0.3
    shown = torch.zeros(1, 3, HEIGHT, WIDTH)
    return surrounding(Frame(shown, Motion(before, after), Surfaces()), AROUND)


@pytest.mark.parametrize("mixed", [False, True])
def test_what_leaves_at_one_end_comes_in_at_the_other(mixed: bool) -> None:
    """Twelve turns by two and a half pixels are one by 30, and no paint is lost or blurred at the ends."""
    origins = painted_in(0, (HEIGHT, WIDTH))
    for earlier, later in pairwise([frame(2.5, number, mixed) for number in range(13)]):
        seen = link(later, earlier)
        assert bool(seen.sight.whole.all())
        origins = origins.seen_by(seen)
    assert not bool(origins.missing.any())
    assert float((origins.paint({0: picture()}, AROUND) - picture().roll(30, 3)).abs().max()) < 1e-4


def test_links_go_on_across_the_ends() -> None:
    frames = [frame(3, number) for number in range(4)]
    whole: Link = link(frames[3], frames[2])
    for later, earlier in ((2, 1), (1, 0)):
        whole = whole.then(link(frames[later], frames[earlier]))
    assert bool(whole.sight.whole.all())
    assert torch.equal(carried(picture(), whole.offsets, around=AROUND), picture().roll(9, 3))


def test_what_a_renderer_has_not_mixed_stays_as_it_is() -> None:
    """A thing of its own motion at the end, and one that is mixed with another in the middle."""
    offsets = vectors(0.0)
    offsets[:, 0, 5:12, :6] = 3.0
    offsets[:, 0, 5:12, 30] = 7.0
    shown = torch.zeros(1, 3, HEIGHT, WIDTH)
    found = surrounding(Frame(shown, Motion(offsets, -offsets), Surfaces()), AROUND)
    assert torch.equal(found.motion.before, offsets)
    half = surrounding(Frame(shown, Motion(vectors(4), vectors(-4)), Surfaces()), Around(half=True))
    assert torch.equal(half.motion.before, vectors(4))
    plain = Frame(shown, Motion(offsets, -offsets), Surfaces())
    assert surrounding(plain, None) is plain


def toward_pole(angle: float) -> Tensor:
    """Where points are in a panorama once the viewer's head has tilted back by an angle: offsets."""
    x, y, z = everywhere(HEIGHT).unbind(-1)
    y, z = y * math.cos(angle) - z * math.sin(angle), y * math.sin(angle) + z * math.cos(angle)
    column = (torch.atan2(x, z) / (2 * math.pi) + 0.5) * WIDTH - 0.5
    row = (0.5 - torch.asin(y.clamp(-1, 1)) / math.pi) * HEIGHT - 0.5
    here = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    return shorter(torch.stack([column - here[1], row - here[0]])[None].float(), AROUND)


def test_what_comes_nearer_to_a_pole_is_no_longer_for_that() -> None:
    """A head that tilts by 40 degrees stretches pixels and no angles; what is three times as wide is."""
    tilted = Origins(torch.zeros(1, 1, HEIGHT, WIDTH), toward_pole(math.radians(40)))
    assert float(tilted.stretched(2.5, 1.6).float().mean()) > 0.1
    assert float(tilted.stretched(2.5, 1.6, AROUND).float().mean()) < 0.02
    columns = torch.arange(float(WIDTH)).view(1, 1, 1, -1).expand(1, 1, HEIGHT, -1)
    wide = Origins(
        torch.zeros(1, 1, HEIGHT, WIDTH), torch.cat([columns / 3 - columns, torch.zeros_like(columns)], 1)
    )
    assert float(wide.stretched(2.5, 1.6, AROUND)[..., : WIDTH // 2].float().mean()) == 1


def test_a_point_may_miss_itself_by_an_angle() -> None:
    """Two pixels beside the pole are less than one of the horizon."""
    there, back = torch.zeros(1, 2, HEIGHT, WIDTH), torch.zeros(1, 2, HEIGHT, WIDTH)
    back[:, 0] = 2.0
    seen = sight(Surfaces(), Surfaces(), there, back, replace(RENDERED, around=AROUND)).seen[0, 0]
    expected = latitudes(HEIGHT).cos() * 2 <= 0.75
    assert torch.equal(seen, expected[:, None].expand(-1, WIDTH))
    assert bool(expected.any())


def test_both_ends_are_looked_at() -> None:
    """What lies across the ends is as what lies in the middle."""
    index = torch.zeros(1, 1, HEIGHT, WIDTH)
    index[..., 8:20, :3], index[..., 8:20, -4:] = 1, 1
    missing = index > 0
    content = picture()

    def rolled(plane: Tensor) -> Tensor:
        return plane.roll(WIDTH // 2, 3)

    for look in (
        lambda one: silhouettes(Surfaces(index=one(index)), 2, AROUND),
        lambda one: silhouettes(Surfaces(depth=one(1 + index)), 2, AROUND),
        lambda one: feathered(one(missing), None, 4, AROUND),
        lambda one: _opened(one(missing), AROUND),
        lambda one: _changed(one(content), one(content * (1 - 0.5 * index)), one(missing), AROUND),
    ):
        assert torch.equal(rolled(look(lambda plane: plane)), look(rolled))


def test_a_panorama_that_turns_is_painted_once() -> None:
    asked = []

    def paint(number: int, patch: object) -> Tensor:
        asked.append(number)
        assert patch is None
        return picture()

    def show(number: int) -> Tensor:
        return torch.full((1, 3, HEIGHT, WIDTH), 0.5)

    painter = Painter(lambda number: frame(3.0, number, True), show, paint, Remembered(), around=AROUND)
    found = dict(painter.frames(range(7), 3))
    assert asked == [0]
    for number, painted in found.items():
        assert torch.allclose(painted, picture().roll(3 * number, 3), atol=1e-5), number
