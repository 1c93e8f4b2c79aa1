"""Layers of EXR files: what a render holds beside its colours, by the names that Blender gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from ..exr import brightest, finite
from ..protocol import JobError, Remedy
from ..protocol.controls import did_you_mean
from ..stereo.layout import ONE, Side

Plane = NDArray[np.float32]

# Names of passes: Blender 5.0 and later, then before.
COMBINED = ("Combined",)
NOISY = ("Noisy Image",)  # Combined before it was denoised
DEPTH = ("Depth",)
POSITION = ("Position",)
NORMAL = ("Normal",)
VECTOR = ("Vector",)
UV = ("UV",)
OBJECT_INDEX = ("Object Index", "IndexOB")
MATERIAL_INDEX = ("Material Index", "IndexMA")
MIST = ("Mist",)
DIFFUSE_COLOR = ("Diffuse Color", "DiffCol")
DIFFUSE_DIRECT = ("Diffuse Direct", "DiffDir")
DIFFUSE_INDIRECT = ("Diffuse Indirect", "DiffInd")
GLOSSY_COLOR = ("Glossy Color", "GlossCol")
GLOSSY_DIRECT = ("Glossy Direct", "GlossDir")
GLOSSY_INDIRECT = ("Glossy Indirect", "GlossInd")
TRANSMISSION_COLOR = ("Transmission Color", "TransCol")
TRANSMISSION_DIRECT = ("Transmission Direct", "TransDir")
TRANSMISSION_INDIRECT = ("Transmission Indirect", "TransInd")
VOLUME_DIRECT = ("Volume Direct", "VolumeDir")
VOLUME_INDIRECT = ("Volume Indirect", "VolumeInd")
EMISSION = ("Emission", "Emit")
ENVIRONMENT = ("Environment", "Env")
AMBIENT_OCCLUSION = ("Ambient Occlusion", "AO")
LIGHT = ("R", "G", "B")  # channels


@dataclass(frozen=True, eq=False)
class Layers:
    """All layers of a render.

    planes: {layer: {channel: (H, W) float32}}; "" for the channels without a layer. view_layer: what
    stands before the names of the chosen view layer's passes, as "ViewLayer."; "" for a file that holds one
    layer alone. metadata: the file's texts by name. path: for messages.
    """

    planes: Mapping[str, Mapping[str, Plane]]
    metadata: Mapping[str, str]
    path: Path
    view_layer: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width = next(iter(next(iter(self.planes.values())).values())).shape
        return height, width

    def without(self, names: Sequence[str]) -> Layers:
        """All but the passes of these names, and the channels of no layer, which hold the same."""
        gone = {self.view_layer + name for name in names} | {""}
        left = {name: planes for name, planes in self.planes.items() if name not in gone}
        return replace(self, planes=left or self.planes)

    @property
    def passes(self) -> list[str]:
        """Names of the view layer's passes."""
        return sorted(
            name.removeprefix(self.view_layer) for name in self.planes if name.startswith(self.view_layer)
        )

    @property
    def without_names(self) -> Layers:
        """The channels of no layer as a pass Combined; what there is if there are none."""
        plain = self.planes.get("")
        return self if plain is None else replace(self, planes={COMBINED[0]: plain}, view_layer="")

    @property
    def of_cycles(self) -> bool:
        """Whether Cycles has rendered this, which says so."""
        return any(name.startswith("cycles.") for name in self.metadata)

    def has(self, names: Sequence[str]) -> bool:
        """Whether there is a pass of any of these names."""
        return any(self.view_layer + name in self.planes for name in names)

    def find(self, names: Sequence[str], channels: str = "") -> Plane:
        """The pass of the first of these names that is there (C, H, W).

        channels: which of it and in what order, as "RGB"; "" takes its only one. Raises JobError
        ("pass_missing") where there is none, or not with these channels.
        """
        for name in names:
            planes = self.planes.get(self.view_layer + name)
            if planes is None:
                continue
            wanted = list(channels) if channels else list(planes)[:1]
            if all(channel in planes for channel in wanted):
                return np.stack([planes[channel] for channel in wanted])
        passes = self.passes
        raise JobError(
            "pass_missing",
            f"{self.path.name} has no pass {names[0]}. Turn it on in the view layer's properties and "
            f"render again.{did_you_mean(names[0], passes)}",
            Remedy.TURN_ON_PASSES,
        )


def read_layers(
    path: str | Path, view_layer: str = "", side: Side = ONE, role: str = "render", is_light: bool = True
) -> Layers:
    """All layers of an EXR file, in one part or in many, as Blender 4 and 5 write them.

    view_layer: which one's passes are meant; "" takes the first. side: the eye whose part is read. role: what
    the file is called. is_light: whether red, green and blue are, whose infinity is as of ``finite_light``.
    Other numbers that are not finite become 0, as renderers write them for nothing. Raises JobError:
    "image_missing", "image_corrupt", "layer_missing", and as ``Side.of``.
    """
    source = Path(path)
    if not source.is_file():
        raise JobError("image_missing", f"The {role} {source} is not there.", Remedy.CHOOSE_IMAGE)
    try:
        with OpenEXR.File(str(source), separate_channels=True) as file:
            parts = [
                ({str(key): value for key, value in part.header.items()},
                 {name: channel.pixels for name, channel in part.channels.items()})
                for part in file.parts
            ]  # fmt: skip
    except (RuntimeError, ValueError) as error:  # whatever the library finds broken
        raise _corrupt(source, role) from error
    planes: dict[str, dict[str, Plane]] = {}
    metadata: dict[str, str] = {}
    for header, channels in parts:
        metadata |= {key: value for key, value in header.items() if isinstance(value, str)}
        for full, pixels in channels.items():
            layer, _, channel = full.rpartition(".")
            endless = brightest(pixels) if is_light and channel in LIGHT else 0.0
            plane = finite(side.of(pixels, source.name), endless)  # a copy that lets the rest go
            planes.setdefault(layer, {})[channel] = plane
    if not planes or len({plane.shape for layer in planes.values() for plane in layer.values()}) != 1:
        raise _corrupt(source, role)
    return Layers(planes, metadata, source, _chosen(planes, view_layer, source))


def _chosen(planes: Mapping[str, object], wanted: str, source: Path) -> str:
    """What stands before the names of a view layer's passes."""
    known = list(dict.fromkeys(name.rpartition(".")[0] for name in planes if "." in name))
    if not wanted:
        return f"{known[0]}." if known else ""
    if wanted not in known:
        listed = ", ".join(known) or "one without a name"
        raise JobError(
            "layer_missing",
            f"{source.name} has no view layer {wanted}; it has {listed}.{did_you_mean(wanted, known)}",
            Remedy.CHANGE_SETTING,
        )
    return f"{wanted}."


def _corrupt(source: Path, role: str) -> JobError:
    return JobError(
        "image_corrupt",
        f"The {role} {source} is damaged or not an EXR file. Render it again, or choose another file.",
        Remedy.CHOOSE_IMAGE,
    )
