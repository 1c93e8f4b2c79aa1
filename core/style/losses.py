"""Style losses: how far the statistics of a canvas are from those of a painting.

Each is a function of moments alone, divided by the style's own size, so that a value of 1
means "as far as a featureless canvas" for every painting and every layer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .moments import Moments

# Share of a covariance's mean variance that is added to its diagonal. Deep layers see fewer
# positions than they have channels, so covariances are singular without it.
RIDGE = 1e-4


class GramTarget:
    """Squared Frobenius distance of Gram matrices (Gatys, Ecker and Bethge 2015, eq. 4).

    Differs from the paper in its normalisation: by positions and by the style's own norm.
    """

    def __init__(self, style: Moments) -> None:
        self._gram = style.gram
        self._norm = self._gram.square().sum().clamp_min(1e-12)

    def __call__(self, canvas: Moments) -> Tensor:
        return (canvas.gram - self._gram).square().sum() / self._norm


class Wasserstein2Target:
    """Squared 2-Wasserstein distance of Gaussians with the two means and covariances.

    W2^2 = |m - m_s|^2 + tr(K + K_s - 2 (K_s^1/2 K K_s^1/2)^1/2)
    (Dowson and Landau 1982, eq. 16), over tr K_s. Zero only where mean and covariance
    agree. Matrix roots are by eigendecomposition in float64: Newton-Schulz iterations are
    off by factors on covariances as singular as these.
    """

    def __init__(self, style: Moments) -> None:
        self._mean = style.mean
        covariance = style.covariance
        trace = covariance.diagonal().sum().clamp_min(1e-12)
        self._size = trace
        self._ridge = RIDGE * trace / len(covariance)
        self._covariance_trace = trace + self._ridge * len(covariance)
        eye = torch.eye(len(covariance), device=covariance.device)
        self._eye = eye
        self._root = _root(covariance + self._ridge * eye)

    def __call__(self, canvas: Moments) -> Tensor:
        covariance = canvas.covariance + self._ridge * self._eye
        shift = (canvas.mean - self._mean).square().sum()
        cross: Tensor = _CrossTrace.apply(covariance, self._root)
        spread = covariance.diagonal().sum() + self._covariance_trace - 2 * cross
        return (shift + spread) / self._size


class BatchNormTarget:
    """Squared difference of the channels' means and standard deviations.

    The statistics that batch normalisation keeps (Li, Wang, Liu and Hou 2017, "Demystifying
    Neural Style Transfer"), over the style's own.
    """

    def __init__(self, style: Moments) -> None:
        self._mean = style.mean
        self._trace = style.covariance.diagonal().sum().clamp_min(1e-12)
        self._deviation = self._deviations(style)
        self._norm = (self._mean.square().sum() + self._deviation.square().sum()).clamp_min(1e-12)

    def __call__(self, canvas: Moments) -> Tensor:
        shift = (canvas.mean - self._mean).square().sum()
        spread = (self._deviations(canvas) - self._deviation).square().sum()
        return (shift + spread) / self._norm

    def _deviations(self, moments: Moments) -> Tensor:
        # The ridge keeps the root's slope finite in channels that are dead on one side.
        return (moments.covariance.diagonal().clamp_min(0) + RIDGE * self._trace / len(self._mean)).sqrt()


class LinearMMDTarget:
    """Squared maximum mean discrepancy of the linear kernel: the distance of the means, over the style's.

    (Li et al. 2017.) After a ``RandomFourier`` lift it is that of the Gaussian kernel.
    """

    def __init__(self, style: Moments) -> None:
        self._mean = style.mean
        self._norm = self._mean.square().sum().clamp_min(1e-12)

    def __call__(self, canvas: Moments) -> Tensor:
        return (canvas.mean - self._mean).square().sum() / self._norm


class PolynomialMMDTarget:
    """Squared maximum mean discrepancy of the kernel (x . y + c)^2.

    Multiplied out it is |S - S_s|^2 + 2 c |m - m_s|^2 in second moments and means; with c = 0 it is
    the Gram loss, which is the point of Li et al. 2017. c is the style's mean square, so that
    both parts count.
    """

    def __init__(self, style: Moments) -> None:
        self._gram, self._mean = style.gram, style.mean
        self._offset = self._gram.diagonal().sum() / len(self._gram)
        own = self._gram.square().sum() + 2 * self._offset * self._mean.square().sum()
        self._norm = own.clamp_min(1e-12)

    def __call__(self, canvas: Moments) -> Tensor:
        second = (canvas.gram - self._gram).square().sum()
        first = (canvas.mean - self._mean).square().sum()
        return (second + 2 * self._offset * first) / self._norm


MOMENT_LOSSES: dict[str, Callable[[Moments], Callable[[Moments], Tensor]]] = {
    "w2": Wasserstein2Target,
    "gram": GramTarget,
    "bn": BatchNormTarget,
    "mmd-linear": LinearMMDTarget,
    "mmd-poly": PolynomialMMDTarget,
}


def _root(matrix: Tensor) -> Tensor:
    """Square root of a symmetric positive matrix (C, C)."""
    values, vectors = _eigh(matrix)
    return ((vectors * values.clamp_min(0).sqrt()) @ vectors.T).to(matrix.device, matrix.dtype)


def _eigh(matrix: Tensor) -> tuple[Tensor, Tensor]:
    home = torch.device("cpu") if matrix.device.type == "mps" else matrix.device  # MPS has no float64
    values, vectors = torch.linalg.eigh(matrix.to(home).double())
    return values, vectors


class _CrossTrace(torch.autograd.Function):
    """tr((R K R)^1/2) for a symmetric root R; its gradient in K is R (R K R)^-1/2 R / 2.

    Written out because autograd's gradient of an eigendecomposition divides by the gaps
    between eigenvalues, which are zero here more often than not.
    """

    @staticmethod
    def forward(ctx: Any, covariance: Tensor, root: Tensor) -> Tensor:
        inner = root @ covariance @ root
        values, vectors = _eigh((inner + inner.T) / 2)
        floor = 1e-12 * values[-1].clamp_min(1e-30)
        roots = values.clamp_min(floor).sqrt()
        inverse_root = ((vectors / roots) @ vectors.T).to(root.device, root.dtype)
        ctx.save_for_backward(root @ inverse_root @ root / 2)
        return roots.sum().to(root.device, root.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (derivative,) = ctx.saved_tensors
        return grads[0] * derivative, None
