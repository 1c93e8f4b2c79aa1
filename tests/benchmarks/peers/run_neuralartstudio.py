"""neuralartstudio 0.1.0 (2020): ``ImageStyle.train``, which is PyTorch's tutorial on style transfer.

Gram matrices are over channels times positions and compared by their mean squared difference, so one weight
for all layers is what the reference has: 1000 / C^2. It clamps the picture before each evaluation.
"""

from __future__ import annotations

from neuralartstudio.image_style import ImageStyle

from .instrument import Recorder, Task
from .pictures import UNIT, image
from .reference import CONTENT_WEIGHT, STYLE_WEIGHT

CONVENTION = UNIT


def run(task: Task, recorder: Recorder) -> None:
    studio = ImageStyle(str(task.style), str(task.content))
    # It reads pictures at 128 px, or 512 on a GPU, and names layers that were not rectified.
    studio.style_img = image(task.style, task.device)
    studio.content_img = image(task.content, task.device)
    studio.input_img = image(task.start, task.device)
    studio.style_layers = ["relu_1", "relu_3", "relu_5", "relu_9", "relu_13"]
    studio.content_layers = ["relu_10"]
    studio.train(task.evaluations, style_weight=STYLE_WEIGHT, content_weight=CONTENT_WEIGHT)
