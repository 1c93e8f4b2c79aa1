"""Settings chosen by hand: thick paint that runs around the form, and a region with its own painting."""

from __future__ import annotations

import time
from typing import Any

import bpy

from .folds import close_fold, grows, open_fold, stylize_at
from .hand import colourfulness, difference
from .painting import press_stylize
from .stage import PATIENCE, Button, Stage, Story, tallest

ROW = 23
"""Pixels from one setting to the next."""
REGION = 58
"""Pixels from a mask's strength up to what says where it is."""
TITLE = 29
"""Pixels that a menu's title is high."""
GROUP = "Ears"
EARS = 0.85
"""How far from Suzanne's middle her ears begin."""
NIGHT = (0.02, 0.05, 0.6)
"""The blue that a region's own painting mostly has."""
LIVES = 3
"""How often the object has worn something new before its painting is kept."""
LOW_SUN = "sunset.exr"
"""Of Blender's own worlds, one whose light shows bumps."""
STILL = 0.05
"""By how much the viewport changes at rest, in 8-bit steps, at most."""
SEEN = 0.2
"""By how much a slider changes what the viewport shows, in 8-bit steps, at least."""


def thick_paint(stage: Stage) -> Story:
    """Impasto, Around the Form and Occlusion, chosen in the panel, painted, and lit by the sliders."""
    settings = bpy.context.scene.nst
    stage.hand.move(*stage.middle())
    yield 0.5
    x, seed = _above_stylize(stage, 1).middle  # the folds are closed
    yield from _pick_second(stage, (x, seed - 2 * ROW), 0, "19_directions")
    assert settings.direction == "curvature", f"the direction is {settings.direction}"
    yield from stage.hand.click(x, seed - ROW)
    yield 1.0
    assert settings.relief, "the click on Impasto does nothing"
    yield from _drag_occlusion(stage)
    run = yield from press_stylize(stage)
    chosen = run.job.direction, round(run.job.occlusion, 3)
    assert chosen == ("curvature", round(settings.occlusion, 3)), chosen
    yield from stage.until_done(run)
    stage.report["thick_paint"] = {"engine_seconds": run.status.info["seconds"]}
    (node,) = stage.style_nodes()
    shader = _shader(stage)
    for name in ("Base Color", "Roughness", "Normal"):
        assert shader.inputs[name].links[0].from_node == node, f"the node does not feed {name}"
    (height,) = [image for image in bpy.data.images if "nst_job" in image and "Height" in image.name]
    grey = height.pixels[0::4]
    assert max(grey) - min(grey) > 0.2, "the height texture is flat"
    yield from _show_materials(stage)
    stage.space.shading.studio_light = LOW_SUN
    yield from _settle(stage)
    stage.hand.look("19_impasto")
    yield from _drag_sliders(stage, node)
    yield from stage.press_last()
    yield from stage.until(lambda: not stage.style_nodes(), "the thick paint is removed", 20)
    assert not shader.inputs["Normal"].is_linked, "its normal is left"
    yield from _as_before(stage)


def own_region(stage: Stage) -> Story:
    """A mask, added and set in the panel, paints a vertex group in a second painting, kept half done."""
    _make_group(stage)
    header = yield from open_fold(stage, 1)
    low = stylize_at(stage)
    yield from stage.hand.click(*_above_stylize(stage, 1).middle)  # Add Mask
    yield from grows(stage, low)
    stage.hand.move(*stage.middle())
    yield 1.0
    (mask,) = bpy.context.scene.nst.controls.masks
    left = stage.region("UI").x
    y = _region_row(stage)
    yield from _pick_second(stage, (left + 28, y), TITLE, "20_sources")
    assert mask.source == "group", f"the mask's source is {mask.source}"
    yield from stage.hand.click(left + 120, y)
    yield 1.0
    for letter in GROUP:
        stage.hand.key(letter)
        yield 0.2
    yield 0.5
    stage.hand.look("20_groups")
    stage.hand.key("Return")
    yield 1.0
    assert mask.group == GROUP, f"the mask's group is {mask.group!r}"
    mask.style = _night()
    stage.hand.move(*stage.middle())
    yield 3.0
    stage.hand.look("20_mask")
    yield from close_fold(stage, header)
    run = yield from press_stylize(stage)
    assert [each.mask for each in run.job.controls.masks] == [f"mesh:group:{GROUP}"], run.job.controls.masks
    yield from _keep(stage, run)
    ears, rest = _blueness(stage)
    stage.report["own_region"] = {
        "engine_seconds": run.status.info["seconds"],
        "blue": {"ears": round(ears, 3), "rest": round(rest, 3)},
    }
    assert ears > rest + 0.2, "the region is not painted in its own painting"
    yield from _show_materials(stage)
    stage.hand.look("20_own_region")
    yield from stage.press_last()
    yield from stage.until(lambda: not stage.style_nodes(), "the texture is removed", 20)
    yield from _as_before(stage)


def _pick_second(stage: Stage, field: tuple[float, float], title: float, name: str) -> Story:
    """Open a menu below its field, look at it, and click the second entry, below a title so high."""
    x, y = field
    yield from stage.hand.click(x, y)
    yield 1.0
    stage.hand.look(name)
    yield from stage.hand.click(x, y + 2 * ROW + title)
    yield 1.0


def _drag_occlusion(stage: Stage) -> Story:
    header = yield from open_fold(stage, 0)
    x, y = _above_stylize(stage, 3).middle  # above Curvature and Turn Strokes
    yield from stage.hand.drag(x - 10, y, 60, 1)
    stage.hand.move(*stage.middle())
    yield 1.0
    stage.hand.look("19_chosen")
    occlusion = bpy.context.scene.nst.occlusion
    assert 0.1 < occlusion < 0.9, f"Occlusion is at {occlusion}"
    yield from close_fold(stage, header)


def _drag_sliders(stage: Stage, node: Any) -> Story:
    """Relief to the left and far to the right, then Gloss; each time the viewport shows it."""
    changes = stage.report["thick_paint"]["changes"] = {}
    before = stage.picture()
    for name, place, distance in (("Relief", -3, -100), ("Relief", -3, 180), ("Gloss", -2, 130)):
        value = node.inputs[name].default_value
        x, y = stage.buttons()[place].middle
        yield from stage.hand.drag(x - 10, y, distance, 1)
        stage.hand.move(*stage.middle())
        now = node.inputs[name].default_value
        assert (now - value) * distance > 0, f"{name} went from {value} to {now}"
        yield from _settle(stage)
        after = stage.picture()
        changes[f"{name} {now:.2f}"] = round(difference(before, after), 2)
        stage.hand.look(f"19_{name.lower()}_{now:.1f}")
        assert difference(before, after) > SEEN, f"{name} changes nothing"
        before = after


def _keep(stage: Stage, run: Any) -> Story:
    """Press Keep in mid-painting, left of Cancel."""
    yield from stage.until(lambda: run.status.lives >= LIVES or run.status.ended, "it is worn", PATIENCE)
    assert not run.status.ended, run.status
    cancel = stage.buttons()[-2]  # the last one leads to the viewport that shows materials
    yield from stage.hand.click(*stage.button_beside(cancel).middle)
    yield from stage.until(lambda: run.status.state.name != "RUNNING", "Keep is pressed", 5)
    yield 0.5
    stage.hand.look("20_keeping")
    yield from stage.until_done(run)
    assert run.status.info["stopped_early"], run.status.info


def _settle(stage: Stage) -> Story:
    """Wait until the viewport has all its samples and shows the same for some seconds."""
    yield 2.0
    deadline = time.monotonic() + PATIENCE
    before = stage.picture()
    while True:
        yield 3.0
        after = stage.picture()
        if difference(before, after) < STILL:
            return
        assert time.monotonic() < deadline, "the viewport does not come to rest"
        before = after


def _show_materials(stage: Stage) -> Story:
    """Click the button that leads to Material Preview, and wait until colours are seen."""
    clay = stage.picture()
    yield from stage.hand.click(*stage.buttons()[-2].middle)
    yield from stage.until(lambda: stage.space.shading.type == "MATERIAL", "the viewport shows materials")
    stage.hand.move(*stage.middle())
    yield from stage.until(
        lambda: colourfulness(stage.picture()) > colourfulness(clay) + 10, "the texture is seen", PATIENCE
    )
    yield 5.0


def _as_before(stage: Stage) -> Story:
    """The panel's settings and the viewport as the other stories know them."""
    settings = bpy.context.scene.nst
    for name in ("relief", "direction", "occlusion"):
        settings.property_unset(name)
    settings.controls.masks.clear()
    stage.space.shading.type = "SOLID"
    with stage.context():
        bpy.ops.ed.undo_push(message="Reset Settings")
    stage.hand.move(*stage.middle())
    yield 1.0


def _above_stylize(stage: Stage, number: int) -> Button:
    """The ``number``-th button or number field above Stylize; the pointer must not lie on it."""
    buttons = stage.buttons()
    return buttons[buttons.index(tallest(buttons)) - number]


def _region_row(stage: Stage) -> float:
    """The height on the screen of the row that says where the only mask is, above Strength and Soften."""
    return _above_stylize(stage, 3).middle[1] - REGION


def _shader(stage: Stage) -> Any:
    nodes = stage.object.material_slots[0].material.node_tree.nodes
    return next(node for node in nodes if node.type == "BSDF_PRINCIPLED")


def _make_group(stage: Stage) -> None:
    monkey = stage.object
    group = monkey.vertex_groups.new(name=GROUP)
    group.add([vertex.index for vertex in monkey.data.vertices if abs(vertex.co.x) > EARS], 1.0, "REPLACE")
    with stage.context():
        bpy.ops.ed.undo_push(message="Make Group")


def _night() -> Any:
    """A painting of blue stripes, some of them light."""
    image = bpy.data.images.new("Night", 128, 128)
    blue, light = (*NIGHT, 1.0), (0.3, 0.5, 0.9, 1.0)
    rows = [light if (row // 6) % 3 == 0 else blue for row in range(128)]
    image.pixels[:] = [part for row in rows for _pixel in range(128) for part in row]
    image.update()
    return image


def _blueness(stage: Stage) -> tuple[float, float]:
    """How much bluer than red the texture is, at the corners of the group's faces and of the others."""
    monkey = stage.object
    (node,) = stage.style_nodes()
    (image,) = [each.image for each in node.node_tree.nodes if each.type == "TEX_IMAGE"]
    width, height = image.size
    pixels = image.pixels[:]
    uv = monkey.data.uv_layers[0].uv
    found: tuple[list[float], list[float]] = ([], [])
    for polygon in monkey.data.polygons:
        inside = [bool(monkey.data.vertices[index].groups) for index in polygon.vertices]
        if any(inside) and not all(inside):
            continue
        for loop in polygon.loop_indices:
            u, v = uv[loop].vector
            start = 4 * (min(height - 1, int(v * height)) * width + min(width - 1, int(u * width)))
            found[not all(inside)].append(pixels[start + 2] - pixels[start])
    return sum(found[0]) / len(found[0]), sum(found[1]) / len(found[1])
