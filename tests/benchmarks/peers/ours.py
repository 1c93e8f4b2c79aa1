"""Our own engine: the exact gradient of the reference's terms by its public pieces, from coarse to fine.

Half the size first, as the engine does, then the full size; both count as evaluations. Our encoder replicates
borders where the peers pad with zeros. For the sake of comparison it can pad with zeros here, so that
what it minimises is what is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cached_property, partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nst.core.canvas import Look, Stage
from nst.core.canvas.coordinates import Spectrum
from nst.core.canvas.image import ImageCanvas
from nst.core.content.losses import FeatureContent
from nst.core.encoder import Encoder, load_encoder
from nst.core.encoder.frozen import Convolution, max_pooled
from nst.core.resize import resized_to
from nst.core.solve.gradient import backpropagate
from nst.core.solve.objective import Objective, Region
from nst.core.solve.quasi_newton import QuasiNewton
from nst.core.style.moments import Moments, feature_moments
from nst.core.terms import MomentLoss, Seen

from .instrument import Recorder, Task
from .pictures import CAFFE_MEAN, UNIT, image
from .reference import CONTENT_WEIGHT, STYLE_LAYERS, gram_weight

CONVENTION = UNIT
LAYERS = tuple(layer.replace("conv", "relu") for layer in STYLE_LAYERS)
CONTENT_LAYER, CONTENT_CHANNELS = "relu4_2", 512
COARSE = 0.4  # share of the evaluations at half the size


def run(task: Task, recorder: Recorder) -> None:
    encoder = load_encoder(task.device)
    if task.padding == "zeros":
        encoder = ZeroPadded(**{each.name: getattr(encoder, each.name) for each in fields(encoder)})
    content, painting = image(task.content, task.device), image(task.style, task.device)
    levels = [image(task.start, task.device)]
    for side, steps in ((task.size // 2, round(COARSE * task.evaluations)), (task.size, task.evaluations)):
        levels = [resized_to(levels[0], (side, side)).contiguous()]
        objective = goal(encoder, resized_to(painting, (side, side)), resized_to(content, (side, side)))
        stage = Stage(side, steps, 1.0, 1.0, LAYERS, (CONTENT_LAYER,))
        looks = ImageCanvas(levels[0], side, torch.device(task.device), tile=task.tile).looks(
            stage, lambda: None
        )
        remembered: dict[int, Seen] = {}

        descent = QuasiNewton(levels, Spectrum(levels[-1]))
        for _ in range(steps):
            descent.step(partial(evaluate, recorder, levels[0], looks, encoder, objective, remembered), 1.0)
        levels = descent.result()


def evaluate(
    recorder: Recorder,
    level: Tensor,
    looks: Sequence[Look],
    encoder: Encoder,
    objective: Objective,
    remembered: dict[int, Seen],
) -> tuple[float, list[Tensor]]:
    """The loss of a picture, and its gradient; counted."""
    recorder.begin()
    picture = level.detach().requires_grad_()
    found = backpropagate(picture, looks, encoder, objective, remembered=remembered)
    assert picture.grad is not None
    recorder.evaluated(picture, found.loss)
    return found.loss, [picture.grad]


def goal(encoder: Encoder, painting: Tensor, content: Tensor) -> Objective:
    """The reference's objective at the size of these pictures."""
    with torch.no_grad():
        features = encoder(painting, LAYERS)
        style = {layer: gatys(feature_moments(features[layer])) for layer in LAYERS}
    keeps = (FeatureContent({CONTENT_LAYER: CONTENT_WEIGHT / CONTENT_CHANNELS}),)
    return Objective((Region(style, keeps=keeps),), content=content)


class ZeroPadded(Encoder):
    """The encoder with the padding that the network was trained with. Costs what the encoder itself costs."""

    def __call__(
        self, picture: Tensor, layers: Iterable[str], wrap: tuple[bool, bool] = (False, False)
    ) -> dict[str, Tensor]:
        wanted = set(layers)
        found: dict[str, Tensor] = {}
        mean = picture.new_tensor(CAFFE_MEAN).flip(0).view(1, 3, 1, 1) / 255
        x = (picture - mean).contiguous(memory_format=torch.channels_last)
        for name, convolution in self._zeros.items():
            if len(found) == len(wanted):
                break
            if name.endswith("_1") and name != "relu1_1":
                x = max_pooled(x)
            x = _Rectified.apply(x, convolution)
            if name in wanted:
                found[name] = x
        return found

    @cached_property
    def _zeros(self) -> dict[str, Convolution]:
        found = {name: Convolution(*both) for name, both in self.convolutions.items()}
        weight, bias = self.convolutions["relu1_1"]  # they have taken in the mean
        mean = weight.new_tensor(CAFFE_MEAN).flip(0).view(1, 3, 1, 1) / 255
        return found | {"relu1_1": Convolution(weight, bias + (weight * mean).sum((1, 2, 3)))}


class _Rectified(torch.autograd.Function):
    """``Convolution`` with zeros around."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: Convolution) -> Tensor:
        y = convolution.forward(F.pad(x, (1, 1, 1, 1)))
        ctx.convolution = convolution
        ctx.save_for_backward(y > 0)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (alive,) = ctx.saved_tensors
        return ctx.convolution.backward(gradients[0], alive)[..., 1:-1, 1:-1], None


def gatys(style: Moments) -> MomentLoss:
    """The reference's style term of one layer."""
    weight = gram_weight(len(style.gram))

    def loss(canvas: Moments) -> Tensor:
        return weight * (canvas.gram - style.gram).square().mean()

    return loss
