"""stylemod 0.9.1 (2024): ``style_transfer`` with its defaults, Adam at a rate of 0.003.

(Its L-BFGS never sets gradients to zero.) Gram matrices are sums over positions and compared by their mean
squared difference, so the weight of a layer with N positions is the reference's over N^2.
"""

from __future__ import annotations

from typing import Any

import stylemod
from stylemod.models.vgg19 import VGG19
from torch import Tensor

from .instrument import Recorder, Task
from .pictures import TORCHVISION, image
from .reference import CONTENT_WEIGHT, STYLE_LAYERS, gram_weight

CONVENTION = TORCHVISION
LAYERS = ("1", "6", "11", "20", "29")  # rectified


def run(task: Task, recorder: Recorder) -> None:
    class Timed(VGG19):  # type: ignore[misc]
        def forward(self, *words: Any, **named: Any) -> Tensor:
            recorder.begin()
            loss: Tensor = super().forward(*words, **named)
            return loss

    weights = {
        layer: gram_weight(channels) / (task.size // 2**block) ** 4
        for block, (layer, channels) in enumerate(zip(LAYERS, STYLE_LAYERS.values(), strict=True))
    }
    network = Timed(
        content_layer="22",
        style_weights=weights,
        content_weight=CONTENT_WEIGHT,
        style_weight=1.0,
        eval_mode=True,
    )
    stylemod.style_transfer(
        image(task.content, "cpu"), image(task.style, "cpu"), network, steps=task.evaluations, _print=False
    )
