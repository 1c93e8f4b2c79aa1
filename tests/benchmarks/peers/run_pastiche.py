"""pastiche 1.6.0 (Daniel Steinberg 2024): ``PasticheArtist`` and its ``draw``, L-BFGS at a rate of 1.

Gram matrices are over positions and compared by their mean squared difference. Its own weights are the
reference's over 100 (0.01 for content, 10 / C^2 for style): they stay as they are.
"""

from __future__ import annotations

import torch
from pastiche import pastiche

from .instrument import Recorder, Task
from .pictures import caffe

CONVENTION = caffe(255)


def run(task: Task, recorder: Recorder) -> None:
    ours = torch.load(task.folder / "caffe.pt")
    named = {f"block{name[4]}_conv{name[6]}": each for name, each in ours.items()}

    def from_quantized_bin(path: str, pooling: str = "max") -> pastiche.VGG19:
        return pastiche.VGG19(pastiche.VGG19.Weights(**named), pooling=pooling)

    pastiche.VGG19.from_quantized_bin = staticmethod(from_quantized_bin)
    artist = pastiche.PasticheArtist(
        str(task.content),
        [str(task.style)],
        init=str(task.start),
        device=task.device,
        size=task.size,
        style_size=task.size,
    )
    for _ in range(task.evaluations):
        artist.draw()
