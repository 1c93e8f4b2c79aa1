"""Painted spheres on objects in the 3D viewports, drawn anew while the artist paints."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import bpy

from ..core.protocol import JobError, Remedy
from .compat import session_uid
from .host.sphere_facts import Look, View
from .host.sphere_gpu import DRAWN_TYPES, SpherePainter, need_gpu
from .windows import redraw_viewports

log = logging.getLogger(__name__)

Painter = Callable[[], SpherePainter]


class SphereView:
    """Draws over the viewports until it is stopped, and stops by itself where that fails. Main thread only.

    on_trouble: is told the reason then, outside of drawing. painter: makes what draws, at the first drawing.
    """

    def __init__(self, on_trouble: Callable[[str], None], painter: Painter = SpherePainter) -> None:
        self._on_trouble = on_trouble
        self._make_painter = painter
        self._painter: SpherePainter | None = None
        self._worn: dict[int, Look] = {}
        self._drawing: Any = None
        self._trouble = ""
        # One object each: Blender knows handlers and timers by nothing else.
        self._changed, self._frame_changed, self._give_up = self.changed, self.frame_changed, self.give_up

    @property
    def on(self) -> bool:
        """Whether anything is drawn."""
        return self._drawing is not None

    @property
    def looks(self) -> dict[str, Look]:
        """What is drawn, by the names of objects."""
        return {obj.name: look for obj, look in self._objects().items()}

    def start(self, worn: Mapping[Any, Look]) -> None:
        """Draw objects with their looks, in place of what was drawn before.

        Raises JobError: no_gpu, nothing_to_draw, image_missing.
        """
        need_gpu()
        fitting = {obj: look for obj, look in worn.items() if obj.type in DRAWN_TYPES}
        if not fitting:
            raise JobError(
                "nothing_to_draw", "Select the objects that are to look like the sphere.", Remedy.CHOOSE_MESH
            )
        for look in fitting.values():
            if look.image not in bpy.data.images:
                raise JobError("image_missing", "Choose the image of a painted sphere.", Remedy.CHOOSE_IMAGE)
        self._worn = {session_uid(obj): look for obj, look in fitting.items()}
        self._trouble = ""
        if not self.on:
            self._drawing = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_VIEW")
            bpy.app.handlers.depsgraph_update_post.append(self._changed)
            bpy.app.handlers.frame_change_post.append(self._frame_changed)
        redraw_viewports()

    def exchange(self, before: str, image: str, circle: tuple[float, ...]) -> None:
        """Draw what shows an image with another one. circle: as of ``Look``."""
        for uid, look in self._worn.items():
            if look.image == before:
                self._worn[uid] = replace(look, image=image, circle=circle)
        self.refresh()

    def stop(self) -> None:
        """Draw nothing any more, and give the graphics card's memory back."""
        if self._drawing is None:
            return
        bpy.types.SpaceView3D.draw_handler_remove(self._drawing, "WINDOW")
        self._drawing, self._painter = None, None
        self._worn = {}
        for handlers, own in (
            (bpy.app.handlers.depsgraph_update_post, self._changed),
            (bpy.app.handlers.frame_change_post, self._frame_changed),
        ):
            if own in handlers:  # opening a file has taken them away
                handlers.remove(own)
        if bpy.app.timers.is_registered(self._give_up):
            bpy.app.timers.unregister(self._give_up)
        redraw_viewports()

    def refresh(self) -> None:
        """Shapes, or everything, may have changed: after an undo for example."""
        if self._painter is not None:
            self._painter.batches.clear()
        if self.on:
            redraw_viewports()

    def changed(self, _scene: Any, depsgraph: Any) -> None:
        """Blender says that something has changed in the scene."""
        painted = {look.image for look in self._worn.values()}
        for update in depsgraph.updates:
            block = update.id.original
            if isinstance(block, bpy.types.Object) and update.is_updated_geometry and self._painter:
                self._painter.batches.forget(block)
            elif isinstance(block, bpy.types.Image) and block.name in painted:
                redraw_viewports()

    def frame_changed(self, _scene: Any, _depsgraph: Any = None) -> None:
        """Another frame: what moves by itself has another shape."""
        self.refresh()

    def give_up(self) -> None:
        """Stop because of what has failed, and say so. From a timer: not while something is drawn."""
        trouble = self._trouble
        self.stop()
        self._on_trouble(trouble)

    def _objects(self) -> dict[Any, Look]:
        if not self._worn:
            return {}
        found = ((obj, self._worn.get(session_uid(obj))) for obj in bpy.data.objects)
        return {obj: look for obj, look in found if look is not None}

    def _draw(self) -> None:
        if self._trouble:
            return
        try:
            self._draw_objects(bpy.context)
        except JobError as error:
            self._fail(error.message)
        except Exception as error:  # whatever a driver may think of
            log.exception("Painted spheres could not be drawn")
            self._fail(f"The graphics card cannot show painted spheres: {error}.")

    def _draw_objects(self, context: Any) -> None:
        space, region, seen = context.space_data, context.region, context.region_data
        everything = self._objects()
        if not everything:
            raise JobError("nothing_to_draw", "The objects that looked like the sphere are gone.")
        objects = {
            obj: look
            for obj, look in everything.items()
            if context.view_layer.objects.get(obj.name) == obj and obj.visible_in_viewport_get(space)
        }
        if not objects:
            return
        if self._painter is None:
            self._painter = self._make_painter()
        view = View(seen.view_matrix.copy(), seen.window_matrix.copy(), (region.width, region.height))
        self._painter.draw(view, objects, context.evaluated_depsgraph_get())

    def _fail(self, trouble: str) -> None:
        self._trouble = trouble
        if not bpy.app.timers.is_registered(self._give_up):
            bpy.app.timers.register(self._give_up, first_interval=0.0)
