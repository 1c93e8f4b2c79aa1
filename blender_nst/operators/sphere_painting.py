"""Operators on the images of the active sphere: paint them here, in the viewport, or in another program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.lamps import lamps_of
from ..host.rendering import view_layer_of
from ..host.sphere_disc import make_disc
from ..host.sphere_images import edited_outside, need_pixels, save_outside
from ..host.style_sphere import place_of
from ..spheres import add_channel, need_image, outside_folder, reload_edited
from ..windows import open_for_painting

_IMAGES = [
    ("picture", "Picture", "The painted sphere"),
    ("height", "Height", "How thick the paint lies"),
    ("roughness", "Roughness", "How matt the paint is"),
]
_CHANNELS = _IMAGES[1:]


class _OnImage:
    """An operator on one of the active sphere's images."""

    def _do(self, context: Any, act: Callable[[Any], None], which: str = "picture") -> set[str]:
        """Act on an image; what is missing is reported."""
        try:
            act(need_image(context.scene.nst_sphere.active_sphere, which))
        except JobError as error:
            self.report({"ERROR"}, error.message)  # type: ignore[attr-defined]
            return {"CANCELLED"}
        return {"FINISHED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only with a sphere."""
        if context.scene.nst_sphere.active_sphere is None:
            cls.poll_message_set("There is no sphere")  # type: ignore[attr-defined]
            return False
        return True


class NST_OT_sphere_paint(_OnImage, bpy.types.Operator):
    """Paint this sphere in the Image Editor"""

    bl_idname = "nst.sphere_paint"
    bl_label = "Paint"

    which: bpy.props.EnumProperty(name="Image", items=_IMAGES, options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Show it in Paint mode."""
        return self._do(context, lambda image: open_for_painting(context, image), self.which)


class NST_OT_sphere_disc(_OnImage, bpy.types.Operator):
    """Paint this sphere in the viewport, on a disc beside the active object"""

    bl_idname = "nst.sphere_disc"
    bl_label = "Paint in Viewport"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Make the disc and go to Texture Paint mode."""
        scene, layer = context.scene, context.view_layer
        sphere = scene.nst_sphere.active_sphere

        def act(picture: Any) -> None:
            need_pixels(picture)
            if scene.library is not None:
                raise JobError(
                    "scene_linked",
                    f"The scene '{scene.name}' is linked from another file and takes no disc. Open that one, "
                    "or choose a scene of this file.",
                )
            if context.mode != "OBJECT":
                bpy.ops.object.mode_set(mode="OBJECT")
            lamps = lamps_of(scene, view_layer_of(scene, ""))
            place = place_of(scene, layer, lamps)
            make_disc(scene, layer, place, "Style Sphere", picture, sphere.light)
            bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
            scene.tool_settings.image_paint.mode = "MATERIAL"

        return self._do(context, act)


class NST_OT_sphere_add_channel(_OnImage, bpy.types.Operator):
    """Give this sphere a grey image for its height or roughness, and paint it"""

    bl_idname = "nst.sphere_add_channel"
    bl_label = "Add Channel"
    bl_options = {"REGISTER", "UNDO"}

    channel: bpy.props.EnumProperty(name="Channel", items=_CHANNELS)

    def execute(self, context: Any) -> set[str]:
        """An image of the picture's size."""
        sphere = context.scene.nst_sphere.active_sphere
        return self._do(context, lambda _: open_for_painting(context, add_channel(sphere, self.channel)))


class NST_OT_sphere_edit_outside(_OnImage, bpy.types.Operator):
    """Save this sphere's picture as a file for other programs, and open it in the one of the preferences"""

    bl_idname = "nst.sphere_edit_outside"
    bl_label = "Edit Outside"

    which: bpy.props.EnumProperty(name="Image", items=_IMAGES, options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """Beside the .blend file."""

        def act(image: Any) -> None:
            twice = image.is_dirty and edited_outside(image)
            path = save_outside(image, outside_folder(context.scene))
            self.report({"INFO"}, f"Saved as {path}. Press Reload once you have painted it")
            if twice:
                other = f"The earlier file was painted by another program and stays; this one is {path.name}"
                self.report({"WARNING"}, other)
            if context.preferences.filepaths.image_editor and not bpy.app.background:
                bpy.ops.image.external_edit(filepath=str(path))

        return self._do(context, act, self.which)


class NST_OT_sphere_reload(bpy.types.Operator):
    """Read the pictures of spheres again that other programs have painted"""

    bl_idname = "nst.sphere_reload"
    bl_label = "Reload"
    bl_options = {"UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Those whose files are newer."""
        read, kept = reload_edited(context.scene)
        if kept:
            names = ", ".join(f"'{name}'" for name in kept)
            self.report(
                {"WARNING"},
                f"{names}: painted both outside and in Blender. Save the image under another name in the "
                "Image Editor, or reload it there, which drops what you painted in Blender",
            )
        elif not read:
            self.report({"INFO"}, "No picture has been saved by another program since it was read")
        else:
            self.report({"INFO"}, f"Read again: {', '.join(read)}")
        return {"FINISHED"} if read else {"CANCELLED"}


CLASSES = (
    NST_OT_sphere_paint,
    NST_OT_sphere_disc,
    NST_OT_sphere_add_channel,
    NST_OT_sphere_edit_outside,
    NST_OT_sphere_reload,
)
