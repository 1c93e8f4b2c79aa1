"""RAFT, a network that estimates optical flow (Teed and Deng 2020), as torchvision has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..encoder.download import fetch
from ..libraries import library
from ..resize import at_least, enlarged, resized_to

# Raft_Large_Weights.C_T_SKHT_V2: trained on FlyingChairs, FlyingThings3D, Sintel, KITTI and HD1K.
URL = "https://download.pytorch.org/models/raft_large_C_T_SKHT_V2-ff5fadd5.pth"
ANOTHER = "Or estimate with dis (--flow dis), which needs neither a download nor torchvision."
STEP, LEAST = 8, 128  # pixels that its sides are a multiple of, and at least
MOST = 1024 * 576
"""Pixels that are looked at: all pairs of its features are compared, which takes memory with their square,
0.5 GB here. Larger pictures are shrunk for it."""

Network = Callable[[Tensor, Tensor], Sequence[Tensor]]
"""Of two pictures (1, 3, H, W) in [-1, 1], flows (1, 2, H, W), each better than the one before."""


def load_raft(device: torch.device) -> Network:
    """The trained network. Raises JobError: "weights_missing", "library_missing"."""
    models = library(
        "torchvision.models.optical_flow",
        "torchvision",
        f"Install the torchvision that fits this PyTorch. {ANOTHER}",
    )
    path = fetch(URL, f"Download {{url}} elsewhere and put it there. {ANOTHER}")
    network = models.raft_large(weights=None)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    found: Network = network.eval().to(device)
    return found


class Raft:
    """Estimates by a network on a device. most: pixels that it looks at; more are shrunk for it."""

    def __init__(self, network: Network, device: torch.device, most: int = MOST) -> None:
        self._network, self._device, self._most = network, device, most

    @torch.no_grad()
    def __call__(self, here: Tensor, there: Tensor) -> Tensor:
        """As ``Estimate``; the offsets are on the CPU."""
        height, width = here.shape[-2:]
        scale = min(1.0, math.sqrt(self._most / (height * width)))
        small = max(1, round(height * scale)), max(1, round(width * scale))
        flow = self._network(*(self._fitted(picture, small) for picture in (here, there)))[-1]
        own = flow[..., : small[0], : small[1]].float().cpu().contiguous()
        if small == (height, width):
            return own
        longer = torch.tensor([width / small[1], height / small[0]]).view(1, 2, 1, 1)
        return enlarged(own, (height, width)) * longer

    def _fitted(self, picture: Tensor, size: tuple[int, int]) -> Tensor:
        """A picture as the network takes it, its right and lower border carried on."""
        small = at_least(resized_to(picture.to(self._device), size), LEAST)
        below, beside = (-side % STEP for side in small.shape[-2:])
        return F.pad(small, (0, beside, 0, below), mode="replicate") * 2 - 1
