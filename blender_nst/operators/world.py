"""Operators of stylized worlds: stylize, remove, look around."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..host.looking import show_world
from ..host.world import remove_stylized, stylized_node
from ..readiness import engine_python, world_problem
from ..runs import Run
from ..windows import viewport
from ..world import WORLD, options_from_scene, prepare
from .running import StartsJob, prepared


class NST_OT_stylize_world(StartsJob, bpy.types.Operator):
    """Paint the picture that lights the world in the style of a painting"""

    bl_idname = "nst.stylize_world"
    bl_label = "Stylize World"

    problem = staticmethod(world_problem)

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run of the panel's settings."""

        def make(folder: Path) -> Run:
            scene = context.scene
            options = options_from_scene(scene)
            if self.size:
                options = replace(options, size=self.size)
            python = engine_python(context)
            job, target = prepare(scene, options, folder)
            return Run(target.world_name, job, folder, python, target, WORLD)

        return prepared(self, make)


class NST_OT_remove_stylized_world(bpy.types.Operator):
    """Take the stylized panorama off the world, whose nodes are then linked as before"""

    bl_idname = "nst.remove_stylized_world"
    bl_label = "Remove from World"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is one that can be taken off."""
        world = context.scene.world
        if stylized_node(world) is None:
            cls.poll_message_set("The world is not stylized")
            return False
        if world.library is not None or world.override_library is not None:
            cls.poll_message_set("The world is linked from another file")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restore the world."""
        remove_stylized(context.scene.world)
        return {"FINISHED"}


class NST_OT_look_around(bpy.types.Operator):
    """Show the world in the viewport, to look around in it by turning the view"""

    bl_idname = "nst.look_around"
    bl_label = "Look Around"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a viewport."""
        if viewport(context) is None:
            cls.poll_message_set("No 3D viewport is open")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Set this viewport's shading, or the largest one's."""
        show_world(viewport(context))
        return {"FINISHED"}


CLASSES = (NST_OT_stylize_world, NST_OT_remove_stylized_world, NST_OT_look_around)
