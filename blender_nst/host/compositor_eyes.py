"""Pictures in the compositor as each eye sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ...core.protocol import PAIR, TOP_BOTTOM
from ..compat import new_compositor_cut, new_compositor_fit
from .nodes import add_node
from .stereo import EYES

IMAGE = "Image"
RIGHT_MARK = "nst_right_eye"
"""Custom property of an image that only the compositor shows, beside the left eye's."""


@dataclass(frozen=True)
class Eyes:
    """Where two eyes are in an image. layout: as of ``Stereo``. size: of the image, in pixels.

    right: the right eye's image where the layout is a pair, in which case the other is the left eye's.
    """

    layout: str
    size: tuple[int, int]
    right: Any = None


def show_eyes(scene: Any, tree: Any, image: Any, eyes: Eyes) -> Any:
    """The picture of the eye that is rendered, as large as that; the left one's for one eye."""
    with bpy.context.temp_override(scene=scene):  # whose views the node has
        switch = add_node(tree.nodes, "CompositorNodeSwitchView", -240, -40)
    images = [image, eyes.right] if eyes.layout == PAIR else [image]
    sources = [seen(tree, one, -960, -40 - 320 * number) for number, one in enumerate(images)]
    for number, name in enumerate(EYES):
        source = sources[number] if eyes.layout == PAIR else _cut(tree, sources[0], eyes, number)
        tree.links.new(fitted(tree, source, -480, 80 - 240 * number), switch.inputs[name])
    return switch.outputs[0]


def seen(tree: Any, image: Any, x: float, y: float) -> Any:
    """The output of a node that shows an image."""
    picture = add_node(tree.nodes, "CompositorNodeImage", x, y)
    picture.image = image
    return picture.outputs[IMAGE]


def fitted(tree: Any, source: Any, x: float, y: float) -> Any:
    """The output of a node that makes a picture as large as the render."""
    fit = new_compositor_fit(tree.nodes)
    fit.location = (x, y)
    tree.links.new(source, fit.inputs[IMAGE])
    return fit.outputs[IMAGE]


def _cut(tree: Any, source: Any, eyes: Eyes, number: int) -> Any:
    """One eye's half of a picture: the left one's is above or on the left."""
    width, height = eyes.size
    if eyes.layout == TOP_BOTTOM:
        height //= 2
        x, y = 0, height * (1 - number)
    else:
        width //= 2
        x, y = number * width, 0
    cut = new_compositor_cut(tree.nodes, x, y, width, height)
    cut.location = (-720, 80 - 240 * number)
    tree.links.new(source, cut.inputs[IMAGE])
    return cut.outputs[IMAGE]
