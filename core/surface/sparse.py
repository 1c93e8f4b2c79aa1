"""Sparse matrices that are applied many times, both ways, to a few columns."""

from __future__ import annotations

import warnings
from typing import Any, Protocol

import numpy as np
import torch
from scipy import sparse
from torch import Tensor


class Product(Protocol):
    """A matrix (M, N). Not differentiable by itself."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) to (M, C)."""
        ...

    def backward(self, y: Tensor) -> Tensor:
        """The transpose: (M, C) to (N, C)."""
        ...


def product(matrix: sparse.csr_array, device: torch.device) -> Product:
    """A matrix for the tensors of a device."""
    matrix.sort_indices()
    return OnHost(matrix) if device.type == "cpu" else OnDevice(matrix, device)


class OnHost:
    """SciPy's, with 32-bit indices: as fast as torch's here, and its transpose needs no copy of it."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        self._matrix = matrix

    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(self._matrix @ x.contiguous().numpy())

    def backward(self, y: Tensor) -> Tensor:
        return torch.from_numpy(self._matrix.T @ y.contiguous().numpy())


class OnDevice:
    """Torch's, beside its transpose: a GPU would transpose it anew at every step."""

    def __init__(self, matrix: sparse.csr_array, device: torch.device) -> None:
        self._forward = _moved(matrix, device)
        self._backward = _moved(sparse.csr_array(matrix.T), device)

    def forward(self, x: Tensor) -> Tensor:
        return self._forward @ x

    def backward(self, y: Tensor) -> Tensor:
        return self._backward @ y


def _moved(matrix: Any, device: torch.device) -> Tensor:
    matrix.sort_indices()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its CSR layout "beta" at every use
        tensor = torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data),
            size=matrix.shape,
            check_invariants=False,
        )
        # Apple's GPU knows the coordinate layout only.
        moved: Tensor = (tensor.to_sparse_coo() if device.type == "mps" else tensor).to(device)
        return moved
