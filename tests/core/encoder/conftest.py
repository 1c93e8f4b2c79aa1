"""Networks with random weights, as torchvision builds them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

CONFIGURATIONS = {"vgg19": "E", "vgg16": "D", "vgg13": "B"}


@pytest.fixture(scope="session")
def build() -> Callable[[str], torch.nn.Sequential]:
    """Makes the convolutions of "vgg19", "vgg16" or "vgg13", the same ones every time."""

    def make(name: str, batch_norm: bool = False) -> torch.nn.Sequential:
        torch.manual_seed(0)
        network = make_layers(cfgs[CONFIGURATIONS[name]], batch_norm)
        for layer in network:
            if isinstance(layer, torch.nn.Conv2d):  # torchvision's own start: activations keep their size
                torch.nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        return network.eval()

    return make


@pytest.fixture(scope="session")
def tensors(build) -> Callable[..., dict[str, torch.Tensor]]:
    """Makes the state of a network, named as by torchvision, up to some convolution."""

    def make(name: str, last: int = 99, batch_norm: bool = False) -> dict[str, torch.Tensor]:
        state = build(name, batch_norm).state_dict()
        return {f"features.{key}": value for key, value in state.items() if int(key.split(".")[0]) <= last}

    return make
