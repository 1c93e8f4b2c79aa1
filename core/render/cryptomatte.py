"""Mattes of objects, materials and assets by name, from the layers that renderers write for that.

(Friedman and Jones, "Cryptomatte", SIGGRAPH 2015, and its specification 1.2.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np

from ..protocol import JobError, Remedy
from ..protocol.controls import did_you_mean
from .layers import Layers, Plane

KINDS = {"object": "CryptoObject", "material": "CryptoMaterial", "asset": "CryptoAsset"}
SUM = "rgba"  # two pairs of a name's number and how much of a pixel it covers


@dataclass(frozen=True, eq=False)
class Cryptomatte:
    """names: {name: its number}. numbers, coverages: (R, H, W), those that cover most of a pixel first."""

    names: dict[str, np.float32]
    numbers: Plane
    coverages: Plane

    def matte(self, names: Iterable[str]) -> Plane:
        """How much of each pixel (H, W) these cover together, in [0, 1].

        Raises JobError ("matte_missing") for a name that the render does not know.
        """
        covered = np.zeros(self.coverages.shape[1:], np.float32)
        for name in dict.fromkeys(names):
            if name not in self.names:
                known = ", ".join(sorted(self.names)[:8])
                raise JobError(
                    "matte_missing",
                    f"The render has no Cryptomatte of {name}; it has {known}."
                    f"{did_you_mean(name, self.names)}",
                    Remedy.CHANGE_SETTING,
                )
            covered += np.where(self.numbers == self.names[name], self.coverages, 0).sum(0)
        return covered.clip(0, 1)


def cryptomatte(layers: Layers, kind: str) -> Cryptomatte:
    """A render's mattes of a kind of ``KINDS``.

    Raises JobError: "pass_missing" where it was not rendered, "image_corrupt" where its names are lost.
    """
    name = layers.view_layer + KINDS[kind]
    found = []
    for number in count():
        planes = layers.planes.get(f"{name}{number:02d}")
        if planes is None:
            break
        lower = {channel.lower(): plane for channel, plane in planes.items()}
        if not all(channel in lower for channel in SUM):
            break
        found.append([lower[channel] for channel in SUM])
    if not found:
        raise JobError(
            "pass_missing",
            f"{layers.path.name} has no Cryptomatte of {kind}s. Turn it on in the view layer's properties "
            "(Passes, Cryptomatte) and render again.",
            Remedy.TURN_ON_PASSES,
        )
    ranks = np.concatenate([np.stack(rank) for rank in found])
    return Cryptomatte(_names(layers, name), ranks[0::2], ranks[1::2])


def foremost(layers: Layers) -> Plane | None:
    """A number (1, H, W) for the object that covers most of each pixel; None without its Cryptomatte."""
    planes = layers.planes.get(f"{layers.view_layer}{KINDS['object']}00", {})
    first = [plane for channel, plane in planes.items() if channel.lower() == SUM[0]]
    return np.stack(first) if first else None


def _names(layers: Layers, layer: str) -> dict[str, np.float32]:
    """The manifest: numbers are written as the bits of a float."""
    for key, value in layers.metadata.items():
        if key.startswith("cryptomatte/") and key.endswith("/name") and value == layer:
            manifest = layers.metadata.get(key.removesuffix("name") + "manifest", "")
            try:
                hashes = json.loads(manifest)
                return {name: _number(text) for name, text in hashes.items()}
            except (ValueError, AttributeError, TypeError) as error:
                raise _lost(layers) from error
    raise _lost(layers)


def _number(text: str) -> np.float32:
    return np.float32(np.frombuffer(int(text, 16).to_bytes(4, "little"), "<f4")[0])


def _lost(layers: Layers) -> JobError:
    return JobError(
        "image_corrupt",
        f"{layers.path.name} has Cryptomatte layers, but not the names that belong to them. Let Blender "
        "write the multilayer EXR itself, as other programs lose them.",
        Remedy.CHOOSE_IMAGE,
    )
