"""neural-style 0.5.7 (ProGamerGov 2020, the package of neural-style-pt): its ``main``, one run of L-BFGS.

Gram matrices are over channels times positions and compared by their mean squared difference, so one weight
for all layers is what the reference has: 1000 / C^2.
"""

from __future__ import annotations

import sys

from .instrument import Recorder, Task
from .pictures import caffe
from .reference import CONTENT_WEIGHT, STYLE_WEIGHT

CONVENTION = caffe(256)


def run(task: Task, recorder: Recorder) -> None:
    options = {
        "content_image": task.content,
        "style_image": task.style,
        "init": "image",
        "init_image": task.start,
        "image_size": task.size,
        "model_file": task.folder / "vgg19-caffe256.pth",
        "content_weight": CONTENT_WEIGHT,
        "style_weight": STYLE_WEIGHT,
        "tv_weight": 0,
        "num_iterations": task.evaluations,
        "print_iter": 0,
        "save_iter": 0,
        "output_image": recorder.folder / "own.png",
        "gpu": "c" if task.device == "cpu" else "0",
    }
    sys.argv[1:] = [word for name, value in options.items() for word in (f"-{name}", str(value))]
    from neural_style import neural_style  # reads its options on import

    neural_style.main()
