"""Painted spheres on the selected objects in the viewport, live."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.sphere_facts import Look
from ..host.sphere_gpu import DRAWN_TYPES, need_gpu
from ..host.sphere_wearing import guess_painted_light
from ..session import get_session
from ..sphere_ball import look_for_ball
from .sphere_cutout import say_supposed


def live_problem(context: Any) -> JobError | None:
    """Why the viewport cannot show a painted sphere on what is selected; None when it can."""
    try:
        need_gpu()
    except JobError as error:
        return error
    if not any(obj.type in DRAWN_TYPES for obj in context.selected_objects):
        return JobError("nothing_to_draw", "Select the objects that are to look like the sphere.")
    return None


class NST_OT_sphere_live(bpy.types.Operator):
    """Show the selected objects in the viewport as the painted sphere has them, even while it is painted"""

    bl_idname = "nst.sphere_live"
    bl_label = "Show Live"

    image: bpy.props.StringProperty(name="Image", description="The painted sphere", options={"SKIP_SAVE"})
    circle: bpy.props.FloatVectorProperty(
        name="Ball",
        description="Its x, y and radius in pixels from the image's upper left corner; radius 0 finds "
        "what is painted on nothing, or fills the image",
        size=3,
        options={"SKIP_SAVE"},
    )
    stroke: bpy.props.FloatProperty(
        name="Stroke Size",
        description="The ball's radius on the surface; 0 makes it as large as the object",
        min=0.0,
        subtype="DISTANCE",
        options={"SKIP_SAVE"},
    )
    tolerance: bpy.props.FloatProperty(
        name="Tolerance",
        description="How far normals may differ within a piece: more makes larger pieces",
        min=0.0,
        max=4.0,
        default=0.2,
        options={"SKIP_SAVE"},
    )
    lamp: bpy.props.StringProperty(
        name="Lamp", description="The lamp that shading follows; empty for none", options={"SKIP_SAVE"}
    )
    painted_light: bpy.props.FloatVectorProperty(
        name="Painted Light",
        description="The direction to the lamp in the painting: right, up, towards the viewer; it is "
        "guessed where there is a lamp and it is not set",
        size=3,
        default=(-0.5, 0.6, 0.62),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Always to switch it off; else only when nothing is missing."""
        if get_session().sphere.on:
            return True
        problem = live_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def execute(self, context: Any) -> set[str]:
        """Switch it on, or off if it is on."""
        sphere = get_session().sphere
        if sphere.on:
            sphere.stop()
            return {"FINISHED"}
        image = bpy.data.images.get(self.image)
        circle = tuple(self.circle) if self.circle[2] > 0 else ()
        light = tuple(self.painted_light)
        if image is not None and 0 not in image.size:  # what is missing is said below
            note = ""
            if not circle:
                circle, note = look_for_ball(image)
            say_supposed(self, context, image, note)
            if self.lamp and not self.properties.is_property_set("painted_light"):
                light = guess_painted_light(image, circle)
        look = Look(
            image=self.image,
            circle=circle,
            stroke=self.stroke,
            tolerance=self.tolerance,
            lamp=self.lamp,
            painted_light=light,
        )
        try:
            sphere.start(dict.fromkeys(context.selected_objects, look))
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (NST_OT_sphere_live,)
