"""Style files (.nststyle): what is measured of a painting, kept and used without the painting.

A safetensors file: moments of each layer at a ladder of sizes, some colours, a thumbnail, and
as metadata who made it of what.
"""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Mapping, Sequence
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
CHANNELS = {"rgb": 3, "relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512}  # of every VGG
MOST = 1e6  # far above any feature; its square is still far within float32
ROUNDING = 1e-3  # by which second moments may fall short of squared means, of their own size
_UNREADABLE = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    RuntimeError,
    SafetensorError,
)


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

    def pixels(self, long_side: float) -> float:
        return 0.0

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
    """Read a style file. Raises JobError: "image_missing", "style_broken", "no_permission"."""
    if Path(path).is_dir():
        raise JobError(
            "image_missing", f"{path} is a folder, not a style file. Choose a file.", Remedy.CHOOSE_IMAGE
        )
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            code, message = "image_missing", f"The style file {path} is not there. Choose another one."
        else:
            said = error.strerror or error
            code, message = "no_permission", f"The style file {path} may not be read: {said}. Choose another."
        raise JobError(code, message, Remedy.CHOOSE_IMAGE) from error
    if Path(path).suffix.lower() != SUFFIX:
        raise JobError(
            "style_broken",
            f"{path} is not a style file: its name does not end in {SUFFIX}. Make one of a painting with "
            "nst style pack.",
            Remedy.CHOOSE_IMAGE,
        )
    try:
        length = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["nststyle"])
        if about["version"] != VERSION:
            raise ValueError(f"it has version {about['version']}; this engine reads version {VERSION}")
        return _read(load(data), about)
    except _UNREADABLE as error:
        raise JobError(
            "style_broken",
            f"The style file {path} cannot be read ({error}). Pack the painting again.",
            Remedy.CHOOSE_IMAGE,
        ) from error


def _read(tensors: dict[str, Tensor], about: dict[str, Any]) -> StyleFile:
    """Raises one of _UNREADABLE for whatever cannot be."""
    sizes = [_number("a size", size) for size in about["sizes"]]
    if not sizes:
        raise ValueError("it holds no statistics")
    if sizes != sorted(sizes):
        raise ValueError("its sizes do not ascend")
    rungs = [
        (size, {layer: _moments(tensors, f"{index}.{layer}", CHANNELS[layer]) for layer in LAYERS})
        for index, size in enumerate(sizes)
    ]
    name, network = about["name"], about.get("network", "vgg19-embedded")
    if not isinstance(name, str) or not isinstance(network, str):
        raise ValueError("its names are not text")
    long_side = _number("its long side", about["long_side"])
    wavelength = _number("its wavelength", about["wavelength"], 0.0, long_side)
    colors, thumbnail = tensors["colors"], tensors["thumbnail"]
    if colors.ndim != 2 or colors.shape[1] != 3 or 0 in colors.shape:
        raise ValueError(f"its colours have shape {tuple(colors.shape)}")
    if thumbnail.ndim != 4 or thumbnail.shape[:2] != (1, 3) or 0 in thumbnail.shape:
        raise ValueError(f"its thumbnail has shape {tuple(thumbnail.shape)}")
    return StyleFile(
        name, network, int(long_side), wavelength, tuple(rungs), colors.float() / 255, thumbnail.float() / 255
    )


def _moments(tensors: Mapping[str, Tensor], key: str, channels: int) -> Moments:
    """The moments of a layer at a rung, as they can be of features. Raises KeyError, ValueError."""
    mean, packed = tensors[f"{key}.mean"].float(), tensors[f"{key}.gram"].float()
    if mean.shape != (channels,) or packed.shape != (channels * (channels + 1) // 2,):
        raise ValueError(f"{key} does not have {channels} channels")
    gram = torch.zeros(channels, channels)
    rows, columns = torch.triu_indices(channels, channels)
    gram[rows, columns] = packed
    gram[columns, rows] = packed
    if not (bool((mean.abs() <= MOST).all()) and bool((gram.abs() <= MOST**2).all())):
        raise ValueError("it holds numbers that are none, or that no features have")
    squares = gram.diagonal()
    if bool((squares - mean.square() < -ROUNDING * squares.abs() - ROUNDING).any()):
        raise ValueError("it holds negative variances")
    return Moments(torch.ones(()), mean, gram)


def _number(name: str, value: object, above: float = 0.5, most: float = 1e6) -> float:
    """A number above one and up to another. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not above < value <= most:
        raise ValueError(f"{name} is {value!r}")
    return float(value)


def _needs_painting(what: str) -> JobError:
    return JobError(
        "needs_painting",
        f"{what} needs the painting itself: a style file holds its statistics only. Choose the painting, or "
        "another loss.",
        Remedy.CHOOSE_IMAGE,
    )
