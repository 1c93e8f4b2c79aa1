"""Where passes are turned on: Blender keeps some of them with the renderer that has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DENOISING = "denoising_data"
"""The picture before it was denoised, and what it was denoised by (Cycles)."""
_RENDERERS = ("cycles", "eevee")  # what a view layer keeps for each


def switches(layer: Any, name: str) -> list[tuple[Any, str]]:
    """The properties of a view layer that turn a pass on, each with its owner; none if no renderer has it.

    name: as in ``use_pass_...``, or ``DENOISING``.
    """
    wanted = "denoising_store_passes" if name == DENOISING else f"use_pass_{name}"
    owners = (layer, *(getattr(layer, renderer, None) for renderer in _RENDERERS))
    return [(owner, wanted) for owner in owners if hasattr(owner, wanted)]


def turn_on(layer: Any, names: Iterable[str]) -> None:
    """Let a view layer render passes, as of ``switches``."""
    for name in names:
        for owner, switch in switches(layer, name):
            setattr(owner, switch, True)
