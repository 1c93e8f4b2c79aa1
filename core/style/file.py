"""Style files (.nststyle): what is measured of a painting, kept and used without the painting.

A safetensors file: moments of each layer at a ladder of sizes, some colours, a thumbnail, and
as metadata who made it of what.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ..files import write_atomically
from ..protocol import JobError, Remedy
from .moments import Moments, Statistics, merge
from .source import NO_LIFTS, Lifts, Style

SUFFIX = ".nststyle"
VERSION = 1
LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
SMALLEST = 48  # pixels of the longer side at the ladder's lowest rung
RATIO = math.sqrt(2.0)  # between rungs; what lies between is interpolated
MAGNIFY = 2.0  # the highest rung over the painting's own size
COLORS = 4096


@dataclass(frozen=True, eq=False)
class StyleFile:
    """A style that was packed; a ``Style``.

    name: of what it was made. network: the encoder that measured it; another sees other features. rungs:
    sizes (longer side in pixels), ascending, with their statistics. palette: (P, 3). thumbnail: (1, 3, h, w).
    """

    name: str
    network: str
    long_side: int
    wavelength: float
    rungs: tuple[tuple[float, Statistics], ...]
    palette: Tensor
    thumbnail: Tensor

    def colors(self) -> Tensor:
        return self.palette

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        if lifts:
            raise _needs_painting("This style loss")
        unknown = [layer for layer in layers if layer not in self.rungs[0][1]]
        if unknown:
            raise JobError(
                "style_lacks_layer",
                f"The style file {self.name!r} holds nothing of the layer {unknown[0]}. "
                "Use the painting itself.",
                Remedy.CHOOSE_IMAGE,
            )
        sizes = [size for size, _ in self.rungs]
        at = min(max(float(long_side), sizes[0]), sizes[-1])
        upper = next(i for i, size in enumerate(sizes) if size >= at * (1 - 1e-9))
        lower = max(upper - 1, 0)
        share = 1.0
        if upper > lower:
            share = math.log(at / sizes[lower]) / math.log(sizes[upper] / sizes[lower])
        pick = [(self.rungs[lower][1], 1 - share), (self.rungs[upper][1], share)]
        return merge([{k: s[k].scaled(w) for k in layers} for s, w in pick])

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        raise _needs_painting("This style loss")

    def about(self) -> dict[str, Any]:
        """What it holds, as JSON values."""
        return {
            "name": self.name,
            "network": self.network,
            "long_side": self.long_side,
            "wavelength": self.wavelength,
            "sizes": [size for size, _ in self.rungs],
        }

    def to(self, device: torch.device) -> StyleFile:
        """The same style on a device."""
        rungs = tuple(
            (
                size,
                {
                    k: Moments(m.weight.to(device), m.total.to(device), m.outer.to(device))
                    for k, m in s.items()
                },
            )
            for size, s in self.rungs
        )
        return replace(self, rungs=rungs, palette=self.palette.to(device))


def pack(style: Style, name: str, network: str, thumbnail: Tensor) -> StyleFile:
    """Measure a style, or a mixture of several, at every rung.

    network: the name of the encoder that the style is measured with. thumbnail: (1, 3, h, w) in [0, 1].
    """
    highest = max(SMALLEST * RATIO, style.long_side * MAGNIFY)
    count = math.ceil(math.log(highest / SMALLEST, RATIO)) + 1
    rungs = []
    for rung in range(count):
        size = min(SMALLEST * RATIO**rung, highest)
        rungs.append((size, style.statistics(size, LAYERS)))
    colors = style.colors().clamp(0, 1)
    picked = torch.linspace(0, len(colors) - 1, min(COLORS, len(colors))).long()
    return StyleFile(
        name,
        network,
        style.long_side,
        style.wavelength,
        tuple(rungs),
        colors[picked.to(colors.device)],
        thumbnail,
    )


def save_style(style: StyleFile, path: str | Path) -> None:
    """Write a style file, whole or not at all. Raises JobError as ``write_atomically``."""
    tensors: dict[str, Tensor] = {
        "colors": (style.palette * 255).round().to(torch.uint8).cpu().contiguous(),
        "thumbnail": (style.thumbnail * 255).round().to(torch.uint8).cpu().contiguous(),
    }
    for index, (_, statistics) in enumerate(style.rungs):
        for layer, moments in statistics.items():
            rows, columns = torch.triu_indices(len(moments.total), len(moments.total))
            tensors[f"{index}.{layer}.mean"] = moments.mean.float().cpu().contiguous()
            tensors[f"{index}.{layer}.gram"] = moments.gram.float().cpu()[rows, columns].contiguous()
    data = save(tensors, {"nststyle": json.dumps({"version": VERSION, **style.about()})})

    def write(file: Path) -> None:
        file.write_bytes(data)

    write_atomically(path, write)


def load_style_file(path: str | Path) -> StyleFile:
    """Read a style file. Raises JobError: "image_missing", "style_broken"."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise JobError(
            "image_missing", f"The style file {path} is not there. Choose another one.", Remedy.CHOOSE_IMAGE
        ) from error
    try:
        length = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["nststyle"])
        if about["version"] != VERSION:
            raise ValueError(f"it has version {about['version']}; this engine reads version {VERSION}")
        return _read(load(data), about)
    except (KeyError, ValueError, TypeError, IndexError, RuntimeError, SafetensorError) as error:
        raise JobError(
            "style_broken",
            f"The style file {path} cannot be read ({error}). Pack the painting again.",
            Remedy.CHOOSE_IMAGE,
        ) from error


def _read(tensors: dict[str, Tensor], about: dict[str, Any]) -> StyleFile:
    rungs = []
    for index, size in enumerate(about["sizes"]):
        statistics = {}
        for layer in LAYERS:
            mean, packed = tensors[f"{index}.{layer}.mean"], tensors[f"{index}.{layer}.gram"]
            gram = torch.zeros(len(mean), len(mean))
            rows, columns = torch.triu_indices(len(mean), len(mean))
            gram[rows, columns] = packed
            gram[columns, rows] = packed
            if not (torch.isfinite(mean).all() and torch.isfinite(gram).all()):
                raise ValueError("it holds numbers that are none")
            statistics[layer] = Moments(torch.ones(()), mean, gram)
        rungs.append((float(size), statistics))
    if not rungs:
        raise ValueError("it holds no statistics")
    colors, thumbnail = tensors["colors"].float() / 255, tensors["thumbnail"].float() / 255
    return StyleFile(
        str(about["name"]),
        str(about.get("network", "vgg19-embedded")),
        int(about["long_side"]),
        float(about["wavelength"]),
        tuple(rungs),
        colors,
        thumbnail,
    )


def _needs_painting(what: str) -> JobError:
    return JobError(
        "needs_painting",
        f"{what} needs the painting itself: a style file holds its statistics only. Choose the painting, or "
        "another loss.",
        Remedy.CHOOSE_IMAGE,
    )
