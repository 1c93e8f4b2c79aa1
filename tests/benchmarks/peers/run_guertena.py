"""guertena 0.0.5 (2021): its pass at one scale, L-BFGS with a strong Wolfe line search.

Gram matrices are over channels times positions and compared by their mean squared difference, so one weight
for all layers is what the reference has: 1000 / C^2. Layers are named: rectified ones, as its comments say
Gatys had them.
"""

from __future__ import annotations

from guertena import driver
from PIL import Image

from .instrument import Recorder, Task
from .pictures import UNIT
from .reference import CONTENT_WEIGHT, STYLE_WEIGHT

CONVENTION = UNIT
CONTENT = ["relu_10"]  # relu4_2
STYLE = ["relu_1", "relu_3", "relu_5", "relu_9", "relu_13"]


def run(task: Task, recorder: Recorder) -> None:
    driver._style_transfer_pass(
        Image.open(task.content),
        Image.open(task.style),
        num_steps=task.evaluations,
        style_weight=STYLE_WEIGHT,
        content_weight=CONTENT_WEIGHT,
        tv_weight=0,
        init_img=Image.open(task.start),
        content_layers=CONTENT,
        style_layers=STYLE,
    )
