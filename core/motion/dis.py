"""Optical flow by dense inverse search (Kroeger, Timofte, Dai and Van Gool 2016), as OpenCV has it.

It needs no weights and is fast without a GPU. Where things move far, or have no texture, a trained network is
better.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..libraries import library
from ..resize import at_least

LEAST = 32  # pixels that sides are at least: patches of 8, on some scales
LUMA = (0.299, 0.587, 0.114)


class Dis:
    """Estimates at each pixel: nearly twice as near as OpenCV's slowest preset, and some times slower.

    Raises JobError ("library_missing").
    """

    def __init__(self) -> None:
        cv2 = library(
            "cv2",
            "opencv-python-headless",
            "Install it, or estimate with raft (--flow raft).",
        )
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOpticalFlow_PRESET_MEDIUM)
        self._flow.setFinestScale(0)
        self._flow.setPatchStride(2)
        self._flow.setGradientDescentIterations(50)
        self._flow.setVariationalRefinementIterations(10)

    def __call__(self, here: Tensor, there: Tensor) -> Tensor:
        """As ``Estimate``."""
        height, width = here.shape[-2:]
        found = self._flow.calc(_grey(here), _grey(there), None)
        return torch.from_numpy(found).permute(2, 0, 1)[None, :, :height, :width].contiguous()


def _grey(picture: Tensor) -> NDArray[np.uint8]:
    """A picture (1, 3, H, W) as its luma in 256 steps, its border carried on where it is small."""
    luma = (picture * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    found: NDArray[np.uint8] = (at_least(luma, LEAST)[0, 0] * 255).round().to(torch.uint8).numpy()
    return found
