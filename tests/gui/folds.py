"""The folded parts of the panel: they open with a click, and what is in them works."""

from __future__ import annotations

import bpy

from .stage import Stage, Story, tallest

FOLDS = ("advanced", "masks", "more_styles")
"""From the Stylize button upwards."""
ROW = 24
"""Pixels from one folded header to the next, about."""
MOVED = 15
"""Pixels by which the Stylize button moves, at least, when something above it opens or closes."""


def open_each(stage: Stage) -> Story:
    """Open each fold by its header, look at it with something in it, and close it again."""
    controls = bpy.context.scene.nst.controls
    for number, name in enumerate(FOLDS):
        header = yield from open_fold(stage, number)
        if name == "masks":
            yield from fill(stage, "masks")
            controls.masks[0].mask = bpy.data.images.new("Mask", 64, 64)
            controls.masks[0].style = bpy.context.scene.nst.style
        if name == "more_styles":
            yield from fill(stage, "styles")
            controls.styles[0].image = bpy.context.scene.nst.style
        stage.area.tag_redraw()
        yield 3.0
        stage.hand.move(*stage.middle())
        yield 0.5
        stage.hand.look(f"09_{name}")
        yield from close_fold(stage, header)
    controls.masks.clear()
    controls.styles.clear()
    bpy.data.images.remove(bpy.data.images["Mask"])
    stage.hand.move(*stage.middle())
    with stage.context():
        bpy.ops.ed.undo_push(message="Look at Folds")
    yield 1.0


def open_fold(stage: Stage, number: int) -> Story:
    """Click the header that is the ``number``-th above the Stylize button; returns where it is."""
    stylize = tallest(stage.buttons())
    left = stage.region("UI").x + 60
    top = stylize.middle[1] - stylize.height / 2
    for offset in range(14, 60, 6):
        header = (left, top - number * ROW - offset)
        yield from stage.hand.click(*header)
        yield 1.5
        if stylize_at(stage) > stylize.middle[1] + MOVED:
            return header  # type: ignore[return-value]
        yield from stage.hand.click(*header)  # it was something else, or is closed now
        yield 0.7
    raise AssertionError(f"the fold {FOLDS[number]} does not open")


def close_fold(stage: Stage, header: tuple[float, float]) -> Story:
    """Click the header of an open fold, and wait until the panel is short again."""
    low = stylize_at(stage)
    yield from stage.hand.click(*header)
    yield from stage.until(lambda: stylize_at(stage) < low - MOVED, "the fold closes", 20)
    yield 1.0


def grows(stage: Stage, low: float) -> Story:
    """Wait until the panel is longer than it was, when Stylize was at ``low``."""
    yield from stage.until(lambda: stylize_at(stage) > low + MOVED, "the panel grows", 20)
    yield 1.0


def stylize_at(stage: Stage) -> float:
    """The height on the screen of the Stylize button, the tallest."""
    return tallest(stage.buttons()).middle[1]


def fill(stage: Stage, which: str) -> Story:
    """Add an entry as the button in the fold does."""
    with stage.context():
        assert bpy.ops.nst.list_add(which=which) == {"FINISHED"}
    yield 0.5
