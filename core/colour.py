"""Colour transfer between pictures."""

from __future__ import annotations

import torch
from torch import Tensor


def color_moments(colors: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3,) and covariance (3, 3) of colours (P, 3)."""
    mean = colors.mean(0)
    centred = colors - mean
    return mean, centred.T @ centred / max(len(colors), 1)


def monge_kantorovich(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The linear map between colours (P, 3) and (Q, 3) that moves them least.

    Returns (matrix (3, 3), offset (3,)): ``color @ matrix + offset`` has the target's mean
    and covariance (Pitie and Kokaram 2007, "The linear Monge-Kantorovitch linear colour
    mapping", eq. 8).
    """
    mean, covariance = color_moments(source.double().cpu())
    goal, goal_covariance = color_moments(target.double().cpu())
    # A palette without spread cannot be spread; the ridge keeps its map finite.
    eye = torch.eye(3, dtype=torch.float64)
    root, inverse = _roots(covariance + 1e-6 * eye)
    middle, _ = _roots(root @ (goal_covariance + 1e-6 * eye) @ root)
    matrix = inverse @ middle @ inverse
    offset = goal - mean @ matrix
    return matrix.to(source), offset.to(source)


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp_min(1e-12)
    return (vectors * values.sqrt()) @ vectors.T, (vectors / values.sqrt()) @ vectors.T
