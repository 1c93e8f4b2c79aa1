"""The passes that the panel's settings need of a render."""

from __future__ import annotations

from typing import Any

from ..core.protocol import JobError
from .host.filming import MOTION
from .host.passes import turn_on
from .host.rendering import SURFACES, clean_passes, guiding_passes, passes_of, view_layer_of
from .render import focus_of


def passes_needed(scene: Any, moving: bool = False) -> list[str]:
    """Passes as in ``use_pass_...``. moving: whether paint is carried from frame to frame.

    In stereo it is carried from eye to eye.
    """
    own = scene.nst.render
    of_picture = passes_of(own.part, (mask.source for mask in own.controls.masks))
    guiding = guiding_passes(own.outlines, own.falloff, focus_of(scene))
    carried = [*(MOTION if moving else ()), *(SURFACES if scene.render.use_multiview else ())]
    return list(dict.fromkeys([*of_picture, *guiding, *carried]))


def turn_on_passes(scene: Any) -> None:
    """Let the view layer that is painted render them; nothing, where there is no such layer."""
    own = scene.nst.render
    try:
        layer = view_layer_of(scene, own.view_layer)
    except JobError:
        return
    turn_on(layer, [*passes_needed(scene, moving=own.automatic), *clean_passes(scene, own.part)])
