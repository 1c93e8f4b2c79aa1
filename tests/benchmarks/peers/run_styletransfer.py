"""styletransfer 0.8.2 (Lorenz Lehmann 2019): ``Model.train``, Adam at a rate of 0.003.

Gram matrices are sums over positions; a layer's mean squared difference is divided by C * N, so its weight
with N positions is the reference's times C / N. It takes layers before their rectifier, but that
one works in place, so what it compares is rectified.
"""

from __future__ import annotations

from PIL import Image
from styletransfer import model

from .instrument import Recorder, Task
from .pictures import TORCHVISION
from .reference import CONTENT_WEIGHT, STYLE_LAYERS, gram_weight

CONVENTION = TORCHVISION


def run(task: Task, recorder: Recorder) -> None:
    painter = model.Model()
    painter.setImages(Image.open(task.content), Image.open(task.style))
    painter.target = model.prepImage(Image.open(task.start)).to(painter.device).requires_grad_()
    weights = {
        layer: gram_weight(channels) * channels / (task.size // 2**block) ** 2
        for block, (layer, channels) in enumerate(STYLE_LAYERS.items())
    }
    recorder.begin()
    painter.train(weights, CONTENT_WEIGHT, 1.0, task.evaluations, contTrain=True)
