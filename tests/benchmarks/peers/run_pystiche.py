"""pystiche 1.0.1 (Philip Meier 2021): its losses, its ``image_optimization``, L-BFGS at a rate of 1.

Gram matrices are over positions and compared by their mean squared difference, so its layers take the
reference's weights as they are.
"""

from __future__ import annotations

import importlib

from .instrument import Recorder, Task
from .pictures import UNIT, image
from .reference import CONTENT_WEIGHT, STYLE_LAYERS, gram_weight

CONVENTION = UNIT
URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"  # names the file in torch's cache


def run(task: Task, recorder: Recorder) -> None:
    for model, table in {"alexnet": {"alexnet": URL}, "vgg": {"vgg19": URL}}.items():
        # torchvision 0.13 dropped these tables, which are read on import.
        vars(importlib.import_module(f"torchvision.models.{model}"))["model_urls"] = table
    from pystiche import enc, loss, optim

    encoder = enc.vgg19_multi_layer_encoder().to(task.device)
    content = loss.FeatureReconstructionLoss(encoder.extract_encoder("relu4_2"), score_weight=CONTENT_WEIGHT)
    style = loss.MultiLayerEncodingLoss(
        encoder,
        [layer.replace("conv", "relu") for layer in STYLE_LAYERS],
        lambda one, weight: loss.GramLoss(one, score_weight=weight),
        layer_weights=[gram_weight(channels) for channels in STYLE_LAYERS.values()],
    )
    criterion = loss.PerceptualLoss(content, style).to(task.device)
    criterion.set_content_image(image(task.content, task.device))
    criterion.set_style_image(image(task.style, task.device))
    start = image(task.start, task.device)
    optim.image_optimization(start, criterion, num_steps=task.evaluations, quiet=True)
