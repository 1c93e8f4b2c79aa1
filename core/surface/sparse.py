"""Weighted means of a few neighbours, taken many times, both ways, held in little memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

WHOLE = 65535  # what a row's weights sum to; an error of 1e-5 is far below a step of colour
PORTION = 2**22  # rows whose weights are unpacked at a time


class Product(Protocol):
    """A matrix (M, N) whose rows sum to 1. Not differentiable by itself."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) to (M, C)."""
        ...

    def backward(self, y: Tensor) -> Tensor:
        """The transpose: (M, C) to (N, C)."""
        ...


def product(
    index: NDArray[np.int32], weight: NDArray[np.uint16], columns: int, device: torch.device
) -> Product:
    """The matrix for the tensors of a device. index, weight: (M, K), as of ``packed``; columns: N."""
    return (OnHost if device.type == "cpu" else OnDevice)(index, weight, columns, device)


def packed(weight: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Weights (M, K), rows that sum to 1, as whole numbers that sum to ``WHOLE``."""
    whole = np.rint(weight * WHOLE).astype(np.int32)
    rows = np.arange(len(whole))
    whole[rows, whole.argmax(1)] += WHOLE - whole.sum(1, dtype=np.int32)
    result: NDArray[np.uint16] = whole.astype(np.uint16)
    return result


class OnHost:
    """SciPy's, with 32-bit indices: as fast as torch's here, and its transpose needs no copy of it."""

    def __init__(
        self, index: NDArray[np.int32], weight: NDArray[np.uint16], columns: int, device: torch.device
    ) -> None:
        self._index, self._weight, self._columns = index, weight, columns

    def forward(self, x: Tensor) -> Tensor:
        values = x.contiguous().numpy()
        result = np.empty((len(self._index), values.shape[1]), values.dtype)
        for part, matrix in self._portions():
            result[part] = matrix @ values
        result /= WHOLE
        return torch.from_numpy(result)

    def backward(self, y: Tensor) -> Tensor:
        values = y.contiguous().numpy()
        result: NDArray[np.float32] | None = None
        for part, matrix in self._portions():
            found = matrix.T @ values[part]
            result = found if result is None else np.add(result, found, out=result)
        assert result is not None
        result /= WHOLE
        return torch.from_numpy(result)

    def _portions(self) -> Iterator[tuple[slice, sparse.csr_array]]:
        for start in range(0, max(1, len(self._index)), PORTION):
            part = slice(start, start + PORTION)
            yield part, _rows(self._index[part], self._weight[part], self._columns)


class OnDevice:
    """Torch's, beside its transpose: a GPU would transpose it anew at every step."""

    def __init__(
        self, index: NDArray[np.int32], weight: NDArray[np.uint16], columns: int, device: torch.device
    ) -> None:
        matrix = _rows(index, weight, columns) / WHOLE
        self._forward = _moved(matrix, device)
        self._backward = _moved(sparse.csr_array(matrix.T), device)

    def forward(self, x: Tensor) -> Tensor:
        return self._forward @ x

    def backward(self, y: Tensor) -> Tensor:
        return self._backward @ y


def _rows(index: NDArray[np.int32], weight: NDArray[np.uint16], columns: int) -> sparse.csr_array:
    count, k = index.shape
    starts = np.arange(
        0, count * k + 1, k, dtype=np.int64 if count * k > np.iinfo(np.int32).max else np.int32
    )
    data = weight.reshape(-1).astype(np.float32)
    return sparse.csr_array((data, index.reshape(-1), starts), shape=(count, columns))


def _moved(matrix: sparse.csr_array, device: torch.device) -> Tensor:
    matrix.sort_indices()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its CSR layout "beta" at every use
        tensor = torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            size=matrix.shape,
            check_invariants=False,
        )
        # Apple's GPU knows the coordinate layout only.
        moved: Tensor = (tensor.to_sparse_coo() if device.type == "mps" else tensor).to(device)
        return moved
