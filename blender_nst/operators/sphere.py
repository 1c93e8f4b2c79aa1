"""Operators that make spheres: in the scene's light, of a material, of a file, of a matcap."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import bpy

from ...core.protocol import JobError, SphereJob
from ..awaited import Awaited
from ..compat import session_uid
from ..host.matcaps import matcap_icons, matcaps
from ..host.style_sphere import WindowBall, check_light, render_ball
from ..notice import Notice
from ..session import get_session
from ..spheres import BallOptions, add_ball, add_file, add_matcap, ball_files, remove_sphere
from ..storage import discard, new_job_folder
from ..windows import push_undo

_STARTS = [
    ("light", "Plain Sphere", "Paint over the sphere as it was rendered"),
    ("blank", "Nothing", "Paint on nothing; what stays empty is not taken"),
]


_STEP = "New Style Sphere"


class _Offered:
    """Blender does not hold on to the texts of a list that is shown, which has to stay the same meanwhile."""

    materials: ClassVar[list[tuple[str, str, str]]] = []
    matcaps: ClassVar[list[tuple[str, str, str, int, int]]] = []
    icons: ClassVar[dict[str, int]] = {}


def _material_items(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    found = [one.name for one in bpy.data.materials if not one.is_grease_pencil]
    if found != [item[0] for item in _Offered.materials]:
        _Offered.materials = [(name, name, "") for name in found]
    return _Offered.materials


def _matcap_items(_operator: Any, _context: Any) -> list[tuple[str, str, str, int, int]]:
    found = [(one.name, _Offered.icons.get(one.name, 0)) for one in matcaps()]
    if found != [(item[0], item[3]) for item in _Offered.matcaps]:
        _Offered.matcaps = [
            (name, Path(name).stem.replace("_", " ").title(), "", icon, number)
            for number, (name, icon) in enumerate(found)
        ]
    return _Offered.matcaps


class NST_OT_sphere_new(bpy.types.Operator):
    """Render a plain sphere in the light of this scene, to be painted"""

    bl_idname = "nst.sphere_new"
    bl_label = _STEP

    start: bpy.props.EnumProperty(
        name="Start From", description="What the picture begins with", items=_STARTS, default="light"
    )
    material: bpy.props.StringProperty(
        name="Material",
        description="The material of the sphere; empty for plain clay",
        default="",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is light, and nothing is rendered."""
        try:
            check_light(context.scene)
        except JobError as error:
            cls.poll_message_set(error.message)
            return False
        if get_session().awaited or bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Blender renders already. Wait until that has ended")
            return False
        return True

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: let Blender render as its own keys do."""
        try:
            begin_ball(context.scene, self._options(), self._material())
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        return {"FINISHED"}

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until it is there."""
        scene, folder = context.scene, None
        try:
            material, folder = self._material(), new_job_folder()
            files = ball_files(folder)
            render_ball(scene, files, int(scene.nst_sphere.ball_size), material)
            _, notes = add_ball(scene, self._options(), files)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        finally:
            if folder is not None:
                discard(folder)
        for note in notes:
            self.report({"WARNING"}, note)
        push_undo(_STEP)
        return {"FINISHED"}

    def _options(self) -> BallOptions:
        return BallOptions(self.material or "Sphere", self.start)

    def _material(self) -> Any:
        """Raises JobError ("material_missing")."""
        material = bpy.data.materials.get(self.material)
        if material is None and self.material:
            raise JobError("material_missing", f"There is no material '{self.material}'. Choose another.")
        return material


class NST_OT_sphere_of_material(bpy.types.Operator):
    """Take a material's ball, in the light of this scene, as a sphere"""

    bl_idname = "nst.sphere_of_material"
    bl_label = "Sphere of a Material"
    bl_property = "material"

    material: bpy.props.EnumProperty(name="Material", items=_material_items)
    in_window: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        """As ``nst.sphere_new``, and only where there are materials."""
        if not bpy.data.materials:
            cls.poll_message_set("There is no material")
            return False
        return bool(NST_OT_sphere_new.poll(context))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """A list to choose from."""
        self.in_window = True
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        """Render it, as the button or a script does."""
        how = "INVOKE_DEFAULT" if self.in_window else "EXEC_DEFAULT"
        done: set[str] = bpy.ops.nst.sphere_new(how, material=self.material)
        return done


class NST_OT_sphere_open(bpy.types.Operator):
    """Take a painted, scanned or photographed sphere from a file"""

    bl_idname = "nst.sphere_open"
    bl_label = "Open Sphere"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """A file browser."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """A new sphere at the end of the list."""
        return _added(self, lambda: add_file(context.scene, Path(bpy.path.abspath(self.filepath))))


class NST_OT_sphere_matcap(bpy.types.Operator):
    """Take one of Blender's matcaps as a sphere"""

    bl_idname = "nst.sphere_matcap"
    bl_label = "Sphere of a Matcap"
    bl_options = {"REGISTER", "UNDO"}

    matcap: bpy.props.EnumProperty(name="Matcap", items=_matcap_items)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """The matcaps, to choose from."""
        _Offered.icons = matcap_icons()
        done: set[str] = context.window_manager.invoke_props_dialog(self, width=280)
        return done

    def draw(self, _context: Any) -> None:
        """Their pictures."""
        self.layout.template_icon_view(self, "matcap", show_labels=True, scale=8.0, scale_popup=5.0)

    def execute(self, context: Any) -> set[str]:
        """A new sphere at the end of the list."""
        paths = {one.name: one.path for one in matcaps()}
        return _added(self, lambda: add_matcap(context.scene, paths[self.matcap]))


class NST_OT_sphere_remove(bpy.types.Operator):
    """Remove this sphere from the list; what you have painted stays in the file as an image"""

    bl_idname = "nst.sphere_remove"
    bl_label = "Remove Sphere"
    bl_options = {"UNDO", "INTERNAL"}

    index: bpy.props.IntProperty(min=0)

    def execute(self, context: Any) -> set[str]:
        """Those after it move up."""
        if self.index >= len(context.scene.nst_sphere.spheres):
            return {"CANCELLED"}
        remove_sphere(context.scene, self.index)
        return {"FINISHED"}


def begin_ball(scene: Any, options: BallOptions, material: Any = None) -> None:
    """Begin to render a ball while Blender goes on; the session's timer makes a sphere of it.

    Raises JobError as ``WindowBall``, and "no_permission".
    """
    uid, folder = session_uid(scene), new_job_folder()
    files = ball_files(folder)

    def then() -> Notice:
        rendered = next((each for each in bpy.data.scenes if session_uid(each) == uid), None)
        if rendered is None:
            raise JobError("scene_gone", "The scene of the sphere is gone, and the sphere with it.")
        sphere, notes = add_ball(rendered, options, files)
        push_undo(_STEP)
        text = " ".join((f"'{sphere.name}' can be painted.", *notes))
        return Notice(text, notable=bool(notes), job=SphereJob.kind)

    try:
        ball = WindowBall(scene, files, int(scene.nst_sphere.ball_size), material)
    except JobError:
        discard(folder)
        raise
    get_session().wait_for(Awaited("The sphere", ball, then, SphereJob.kind, lambda: discard(folder)))


def _added(operator: Any, add: Any) -> set[str]:
    try:
        add()
    except JobError as error:
        operator.report({"ERROR"}, error.message)
        return {"CANCELLED"}
    return {"FINISHED"}


CLASSES = (
    NST_OT_sphere_new,
    NST_OT_sphere_of_material,
    NST_OT_sphere_open,
    NST_OT_sphere_matcap,
    NST_OT_sphere_remove,
)
