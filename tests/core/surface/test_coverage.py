import numpy as np
import pytest

from nst.core.surface.coverage import Coverage
from nst.core.surface.field import DirectionField
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.views import WindowMaker


def plate(uv_scale: float = 1.0) -> Geometry:
    """A square of side 2 in the plane z = 0."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uv = (corners[:, :2] / 2 + 0.5) * uv_scale
    return Geometry(surface_mesh(corners, faces, uv[faces]))


def looked_at(geometry: Geometry, coverage: Coverage, count: int) -> np.ndarray:
    """The middles of windows that were laid, one after another, where least had been seen."""
    maker = WindowMaker(geometry, DirectionField((0.0, 1.0, 0.0)), np.random.default_rng(1))
    middles = []
    for _ in range(count):
        centre = coverage.least_seen(1)
        coverage.add(maker.lay(centre, 0.02, 32))
        middles.append(centre.position[0])
    return np.array(middles)


def test_windows_are_counted_where_they_look() -> None:
    geometry = plate()
    coverage = Coverage(geometry, np.random.default_rng(0))
    maker = WindowMaker(geometry, DirectionField((0.0, 1.0, 0.0)), np.random.default_rng(1))
    middle = geometry.points(np.array([0]), np.array([[0.0, 0.0, 1.0]]))
    windows = maker.lay(middle, 0.02, 64)
    coverage.add(windows)
    assert 0 < coverage.seen.sum() == pytest.approx(windows.weight[:, ::2, ::2].sum(), rel=0.05)
    assert 0.01 < (coverage.seen > 0).mean() < 0.2


def test_what_is_seen_least_is_looked_at_next() -> None:
    geometry = plate()
    maker = WindowMaker(geometry, DirectionField((0.0, 1.0, 0.0)), np.random.default_rng(1))
    chosen, blind = (Coverage(geometry, np.random.default_rng(0)) for _ in range(2))
    looked_at(geometry, chosen, 40)
    for centre in range(40):
        blind.add(maker.lay(geometry.sample(1, np.random.default_rng(centre)), 0.02, 32))
    assert (chosen.seen > 0).mean() > 1.03 * (blind.seen > 0).mean()
    assert chosen.seen.std() < 0.95 * blind.seen.std()


def test_where_it_looks_does_not_depend_on_the_unwrap() -> None:
    one, other = plate(), plate(0.1)
    first = looked_at(one, Coverage(one, np.random.default_rng(0)), 12)
    second = looked_at(other, Coverage(other, np.random.default_rng(0)), 12)
    np.testing.assert_array_equal(first, second)
