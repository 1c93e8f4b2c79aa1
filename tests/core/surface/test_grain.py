"""How fine a surface is painted."""

from __future__ import annotations

import numpy as np
import pytest

from nst.core.surface.grain import COARSER, CROWD, FILLED, FINER, grain


def texels_that_fill(share: float, pixels: int = 64**2) -> np.ndarray:
    """Their areas, on a surface of area 1."""
    count = round(share * pixels)
    return np.full(count, 1 / count)


def test_the_unwrap_does_not_matter() -> None:
    found = {grain(1.0, 64**2, texels_that_fill(share)) for share in (0.3, FILLED, 0.9, 1.0)}
    assert len(found) == 1
    assert found.pop() == pytest.approx(1 / (64 * FILLED**0.5))


def test_a_wasted_map_is_painted_as_fine_as_twice_its_texels() -> None:
    areas = texels_that_fill(0.01)
    assert grain(1.0, 64**2, areas) == pytest.approx(FINER * areas[0] ** 0.5)


def test_a_map_that_is_used_many_times_over_is_painted_by_its_texels_but_no_finer_than_fits() -> None:
    areas = np.full(64**2, 1 / (10 * 64**2))  # ten places to each texel
    assert grain(1.0, 64**2, areas) == pytest.approx(COARSER * (1 / (CROWD * 64**2)) ** 0.5)
    twice = np.full(64**2, 1 / (2 * 64**2))
    assert grain(1.0, 64**2, twice) == pytest.approx(COARSER * twice[0] ** 0.5)


def test_size_goes_with_the_object() -> None:
    areas = texels_that_fill(0.5)
    assert grain(1e-6, 64**2, 1e-6 * areas) == pytest.approx(1e-3 * grain(1.0, 64**2, areas))
