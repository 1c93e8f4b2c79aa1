"""A painted sphere that the viewport's model follows while it is painted with the mouse."""

from __future__ import annotations

import time
from array import array
from typing import Any

import bpy

from .hand import Pixel, difference
from .stage import Stage, Story

PLAIN = (204, 77, 26)
"""The sphere's colour at first, of 8 bits."""
SIZE = 256
REDRAWS = 10


def followed_live(stage: Stage) -> Story:
    """The model wears the sphere's colours, follows each stroke, undo, and what hides it; then it is gone."""
    image = _sphere()
    editor = yield from _beside(stage, image)
    grey = stage.picture()
    stage.report["sphere"] = {"redraw_without": _redraw(stage)}
    with stage.context():
        assert bpy.ops.nst.sphere_live(image=image.name) == {"FINISHED"}
    yield 2.0
    assert stage.session.sphere.on, stage.session.notice
    plain = stage.picture()
    stage.hand.look("31_sphere_live")
    assert difference(grey, plain) > 20, "the model does not wear the sphere"
    worn, painted = _seen(plain), stage.hand.see(*_middle_of(stage, editor), 1, 1)[0]
    assert max(abs(a - b) for a, b in zip(worn, PLAIN, strict=True)) <= 1, worn
    assert max(abs(a - b) for a, b in zip(worn, painted, strict=True)) <= 1, f"{worn} is painted {painted}"
    region = stage.region("WINDOW")
    stage.report["sphere"] |= {"redraw": _redraw(stage), "pixels": [region.width, region.height]}
    yield from _stroke(stage, editor, image, plain)
    stage.hand.move(*_middle_of(stage, editor))
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: difference(plain, stage.picture()) < 0.5, "undo takes the stroke back", 20)
    assert stage.session.sphere.on
    yield from _hidden_and_bent(stage)
    yield from _deleted(stage)
    editor.type = "PROPERTIES"
    yield from stage.open_sidebar()


def _sphere() -> Any:
    image = bpy.data.images.new("Sphere", SIZE, SIZE)
    image.pixels.foreach_set(array("f", [*(part / 255 for part in PLAIN), 1.0]) * SIZE**2)
    image.update()
    image.pack()
    return image


def _beside(stage: Stage, image: Any) -> Story:
    """An Image Editor in place of the properties, in which the image is painted on; returns its area."""
    stage.space.show_region_ui = False
    with stage.context():
        bpy.ops.screen.screen_full_area()  # back to all areas
    yield 1.0
    editor = next(area for area in stage.window.screen.areas if area.type == "PROPERTIES")
    editor.type = "IMAGE_EDITOR"
    yield 1.0
    space = editor.spaces.active
    space.image, space.mode, space.uv_editor.show_uv = image, "PAINT", False
    paint = bpy.context.tool_settings.image_paint
    unified = (
        getattr(paint, "unified_paint_settings", None) or bpy.context.tool_settings.unified_paint_settings
    )
    unified.use_unified_color, unified.color, unified.size = True, (0.05, 0.2, 0.9), 60
    stage.face_it()
    with stage.context():
        bpy.ops.ed.undo_push(message="Set Up the Sphere")
    yield 2.0
    return editor  # type: ignore[return-value]


def _stroke(stage: Stage, editor: Any, image: Any, before: list[Pixel]) -> Story:
    """Paint across the sphere; the model changes before the button is let go."""
    x, y = _middle_of(stage, editor)
    stage.hand.move(x - 60, y)
    yield 0.5
    stage.hand.press(1)
    yield 0.3
    for _step in range(8):
        stage.hand.nudge(15, 0)
        yield 0.15
    meanwhile = stage.picture()
    stage.hand.look("32_sphere_while_painting")
    stage.hand.let_go(1)
    yield 2.0
    after = stage.picture()
    stage.hand.look("33_sphere_painted")
    stage.report["sphere"]["change"] = [round(difference(before, each), 2) for each in (meanwhile, after)]
    assert image.is_dirty, "the mouse has painted nothing"
    assert difference(before, after) > 2, "the model does not follow the stroke"
    assert difference(before, meanwhile) > 1, "the model follows only once the stroke has ended"


def _hidden_and_bent(stage: Stage) -> Story:
    """What is in front of the model hides it, and a model of another shape is drawn in that."""
    with stage.context():
        bpy.ops.object.select_all(action="DESELECT")
    yield 1.0
    shown = stage.picture()
    with stage.context():
        bpy.ops.mesh.primitive_cube_add(size=0.6, location=(0.55, -1.25, 0.25))
        cube = bpy.context.object
    yield 1.5
    stage.hand.look("34_sphere_behind_a_cube")
    assert difference(shown, stage.picture()) > 2, "the model shines through what hides it"
    bpy.data.objects.remove(cube)
    (monkey,) = [obj for obj in bpy.data.objects if obj.type == "MESH"]
    stage.window.view_layer.objects.active = monkey
    bend = monkey.modifiers.new("Bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.angle = "TWIST", 2.0
    yield 1.5
    stage.hand.look("35_sphere_twisted")
    assert difference(shown, stage.picture()) > 2, "the model keeps its old shape"
    monkey.modifiers.remove(bend)
    yield 1.0
    assert difference(shown, stage.picture()) < 0.5, "the model does not come back"


def _deleted(stage: Stage) -> Story:
    """Where the object has gone, it ends and says so."""
    monkey = stage.object
    with stage.context():
        other = monkey.copy()
        bpy.context.collection.objects.link(other)
        name = monkey.name
        bpy.data.objects.remove(monkey)
        other.name = name
        stage.window.view_layer.objects.active = other
        other.select_set(True)
    yield from stage.until(lambda: not stage.session.sphere.on, "the live view ends with its object", 20)
    assert "gone" in stage.session.notice.text, stage.session.notice
    stage.session.notice = None
    yield 1.0


def _seen(picture: list[Pixel]) -> Pixel:
    """The pixel that most of the middle of a picture shows."""
    return max(set(picture), key=picture.count)


def _middle_of(stage: Stage, area: Any) -> tuple[float, float]:
    region = next(region for region in area.regions if region.type == "WINDOW")
    return stage.screen_point(region.x + region.width / 2, region.y + region.height / 2)


def _redraw(stage: Stage) -> float:
    """Seconds for which one redraw of the viewport takes, of several."""
    began = time.monotonic()
    with stage.context():
        bpy.ops.wm.redraw_timer(type="DRAW_SWAP", iterations=REDRAWS)
    return round((time.monotonic() - began) / REDRAWS, 4)
