from __future__ import annotations

import pytest
import torch

from nst.core.render.tone import BRIGHTEST, ToneCurve, tone_curve
from nst.core.render.view import StandardView

from .test_view import table


def grey(*light: float) -> torch.Tensor:
    return torch.tensor(light).expand(1, 3, 1, -1)


def test_light_comes_back_highlights_included() -> None:
    curve, light = ToneCurve(1.5), grey(-0.01, 0.0, 0.02, 0.3, 1.0, 2.9, 3.0, 40.0)
    assert torch.equal(curve.lit(curve.shown(light), light), light)
    asked = torch.linspace(0, 1, 50).expand(1, 3, 1, -1)
    found = curve.lit(asked, torch.full_like(asked, 0.2))
    torch.testing.assert_close(curve.shown(found), asked, atol=1e-5, rtol=0)
    assert float(found.max()) == pytest.approx(1.5 * BRIGHTEST, rel=1e-5)
    assert float(curve.lit(grey(0.99), grey(40.0)).mean()) > 30


def test_paper_is_white_by_the_views_exposure() -> None:
    assert tone_curve(StandardView()).white == pytest.approx(1, rel=0.05)
    view = table()
    half = float(StandardView().shown(grey(0.5)).mean())
    white = tone_curve(view).white
    assert float(view.shown(grey(white / 2)).mean()) == pytest.approx(half, abs=0.01)
