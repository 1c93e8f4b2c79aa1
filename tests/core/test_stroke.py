from __future__ import annotations

import pytest

from nst.core.stroke import choose_strokes

PAINTING = {"wavelength": 20.0, "painting": 600, "automatic": 1.0, "extent": 2.0, "texel": 0.002}


def test_automatic_strokes_let_the_painting_span_what_it_should() -> None:
    strokes = choose_strokes(0.0, **PAINTING)
    assert strokes.size == pytest.approx(20 / 600)
    assert strokes.span == pytest.approx(1.0)
    assert strokes.notes == ()


def test_asked_size_is_kept_where_it_can_be_shown() -> None:
    strokes = choose_strokes(0.1, **PAINTING)
    assert strokes.size == 0.1
    assert strokes.span == pytest.approx(3.0)
    assert strokes.notes == ()


def test_strokes_are_no_finer_than_texels() -> None:
    strokes = choose_strokes(1e-5, **PAINTING)
    assert 2 * 0.002 <= strokes.size <= 4 * 0.002
    assert "finer than the pixels" in strokes.notes[0]
    assert "1e-05" in strokes.notes[0]


def test_strokes_are_no_larger_than_the_canvas() -> None:
    strokes = choose_strokes(100.0, **PAINTING)
    assert 0.5 < strokes.size < 2.0
    assert "too large" in strokes.notes[0]
    # Even then the whole canvas is some dozen pixels wide where the painting is at its largest.
    assert 2.0 / (strokes.span / (600 * 2)) >= 47


def test_coarse_texels_never_ask_for_the_impossible() -> None:
    strokes = choose_strokes(0.0, wavelength=3.0, painting=16, automatic=1.0, extent=1.0, texel=0.5)
    assert strokes.size >= 2.5 * 0.5
