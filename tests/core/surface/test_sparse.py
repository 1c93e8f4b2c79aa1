"""Weighted means of neighbours: sums, products and their transposes."""

import numpy as np
import pytest
import torch

from nst.core.surface import sparse
from nst.core.surface.sparse import WHOLE, OnDevice, OnHost, packed

ROWS, COLUMNS, NEIGHBOURS = 37, 11, 4
CPU = torch.device("cpu")


@pytest.fixture
def means(rng):
    weight = rng.random((ROWS, NEIGHBOURS))
    weight /= weight.sum(1, keepdims=True)
    index = np.stack([rng.permutation(COLUMNS)[:NEIGHBOURS] for _ in range(ROWS)]).astype(np.int32)
    dense = np.zeros((ROWS, COLUMNS))
    np.put_along_axis(dense, index.astype(np.int64), packed(weight) / WHOLE, axis=1)
    return index, weight, torch.from_numpy(dense).float()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_packed_weights_sum_to_one_and_are_near(means):
    _, weight, _ = means
    whole = packed(weight)
    assert (whole.sum(1, dtype=np.int64) == WHOLE).all()
    assert np.abs(whole / WHOLE - weight).max() < NEIGHBOURS / WHOLE


def test_a_neighbour_alone_has_all_the_weight():
    assert packed(np.array([[1.0, 0.0], [0.0, 1.0]])).tolist() == [[WHOLE, 0], [0, WHOLE]]


@pytest.mark.parametrize("kind", [OnHost, OnDevice])
@pytest.mark.parametrize("portion", [8, 1000])
def test_products_are_those_of_the_matrix(means, kind, portion, monkeypatch):
    monkeypatch.setattr(sparse, "PORTION", portion)
    index, weight, dense = means
    matrix = kind(index, packed(weight), COLUMNS, CPU)
    x, y = torch.rand(COLUMNS, 3), torch.rand(ROWS, 3)
    torch.testing.assert_close(matrix.forward(x), dense @ x)
    torch.testing.assert_close(matrix.backward(y), dense.T @ y)


def test_a_constant_stays_what_it_is(means):
    index, weight, _ = means
    matrix = OnHost(index, packed(weight), COLUMNS, CPU)
    assert (matrix.forward(torch.ones(COLUMNS, 1)) == 1).all()
