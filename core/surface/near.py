"""What lies nearest in space, asked of a tree."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

WORTH = 8192  # places for which another thread pays: SciPy starts its threads anew each time


def nearest(tree: cKDTree, places: NDArray[np.float64], k: int = 1) -> tuple[NDArray[Any], NDArray[Any]]:
    """The k points of a tree nearest to each place (M, 3): distances and numbers, as its ``query``."""
    threads = min(os.cpu_count() or 1, max(1, len(places) // WORTH))
    distance, index = tree.query(places, k=k, workers=threads)
    return distance, index
