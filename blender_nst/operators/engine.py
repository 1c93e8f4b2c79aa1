"""Operators of the engine page: install, use another Python, check, self-test, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..engine.check import check
from ..engine.install import install, log_file, remove
from ..engine.locate import python_of
from ..engine.steps import EngineReport, finish
from ..engine.task import EngineTask, engine_fault
from ..identity import ROOT
from ..notice import Notice
from ..preferences import get_preferences
from ..readiness import engine_python
from ..runs import State
from ..selftest import self_test_run
from ..session import get_session
from ..storage import engine_folder
from .running import prepared, start

_OFFLINE = "Blender is set to stay offline. Allow Online Access in Preferences > System > Network"


def _start(operator: Any, task: EngineTask) -> set[str]:
    """Hand the task to the session's timer or, where timers never fire, do it now."""
    if not bpy.app.background:
        get_session().start_engine_task(task)
        return {"FINISHED"}
    get_session().queue.stop_engine()
    try:
        report = finish(task.steps)
    except Exception as error:
        fault = engine_fault(task.title, error)
        task.done(None, fault)
        operator.report({"ERROR"}, fault.message)
        return {"CANCELLED"}
    task.done(report, None)
    return {"FINISHED"}


def _remember(source: str, python_path: str, replaces: bool = False) -> Any:
    """What to do when work on the engine has ended: keep it in the preferences.

    replaces: whether a failure leaves the engine that was there before, and in order.
    """

    def done(report: EngineReport | None, fault: JobError | None) -> None:
        preferences = get_preferences(bpy.context)
        if preferences is None:
            return
        same = (preferences.source, preferences.python_path) == (source, python_path)
        if fault is None:
            preferences.set_engine(source, python_path, report=report)
        elif preferences.source == "NONE" or (same and not (replaces and preferences.report)):
            preferences.set_engine(source, python_path, fault=fault.message)
        else:  # keep the engine that works
            get_session().engine_notice = Notice(fault.message, is_error=True)

    return done


class _EngineOperator:
    """Shared poll: nothing else is being done to the engine, and there are preferences to remember it in."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Refuse while other work on the engine goes on."""
        if get_preferences(context) is None:
            cls.poll_message_set("The add-on runs from source; set NST_ENGINE_PYTHON instead")  # type: ignore[attr-defined]
            return False
        if get_session().engine_task is not None or get_session().run is not None:
            cls.poll_message_set("The engine is at work; wait for it or cancel it")  # type: ignore[attr-defined]
            return False
        return True


class NST_OT_install_engine(_EngineOperator, bpy.types.Operator):
    """Download PyTorch into a folder of this add-on's own (about 3 GB; it needs 8 GB of disk space)"""

    bl_idname = "nst.install_engine"
    bl_label = "Install Engine"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when Blender may go online."""
        if not bpy.app.online_access:
            cls.poll_message_set(_OFFLINE)
            return False
        return bool(super().poll(context))

    def execute(self, _context: Any) -> set[str]:
        """Make a virtual environment of Blender's own Python and fill it."""
        try:
            folder = engine_folder()
            steps = install(folder, Path(sys.executable), ROOT)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        return _start(
            self,
            EngineTask("Installing the engine", steps, log_file(folder), _remember("INSTALLED", "", True)),
        )


class NST_OT_use_existing_python(_EngineOperator, bpy.types.Operator):
    """Use a Python that has the engine's packages already; choose its program or its environment's folder"""

    bl_idname = "nst.use_existing_python"
    bl_label = "Use Existing Python"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        """Check the Python in a child process, and use it."""
        if not self.filepath:
            self.report({"ERROR"}, "Choose a Python program")
            return {"CANCELLED"}
        python = python_of(bpy.path.abspath(self.filepath))
        return _check(self, python, "EXISTING", str(python))


class _WithEngine(_EngineOperator):
    """Shared poll: there is an engine."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where a Python is set."""
        try:
            engine_python(context)
        except JobError as error:
            cls.poll_message_set(error.message)  # type: ignore[attr-defined]
            return False
        return bool(super().poll(context))


class NST_OT_check_engine(_WithEngine, bpy.types.Operator):
    """Start the engine once and see what it can use"""

    bl_idname = "nst.check_engine"
    bl_label = "Check"

    def execute(self, context: Any) -> set[str]:
        """Check the Python that is set."""
        try:
            python = engine_python(context)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        preferences = get_preferences(context)
        return _check(self, python, preferences.source, preferences.python_path)


class NST_OT_cancel_engine_task(bpy.types.Operator):
    """Stop; what has been installed so far is removed"""

    bl_idname = "nst.cancel_engine_task"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        """End the child process."""
        get_session().cancel_engine_task()
        return {"FINISHED"}


class NST_OT_self_test(_WithEngine, bpy.types.Operator):
    """Paint a tiny texture with the engine, to see that everything works"""

    bl_idname = "nst.self_test"
    bl_label = "Self-Test"

    def execute(self, context: Any) -> set[str]:
        """Submit the test job; in background wait for it."""
        run = prepared(self, lambda folder: self_test_run(folder, engine_python(context)))
        if run is None:
            return {"CANCELLED"}
        session = get_session()
        if not bpy.app.background:
            session.engine_notice = None
            return start(self, run)
        try:
            session.wait(run)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        return {"FINISHED"} if run.status.state is State.DONE else {"CANCELLED"}


class NST_OT_remove_engine(_EngineOperator, bpy.types.Operator):
    """Remove the engine that this add-on has installed, or forget the Python that was chosen"""

    bl_idname = "nst.remove_engine"
    bl_label = "Remove"

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask first."""
        answer: set[str] = context.window_manager.invoke_confirm(self, event)
        return answer

    def execute(self, context: Any) -> set[str]:
        """End the engine and take its folder away."""
        get_session().queue.stop_engine()
        preferences = get_preferences(context)
        if preferences.source == "INSTALLED":
            remove(engine_folder())
        preferences.set_engine("NONE")
        return {"FINISHED"}


def _check(operator: Any, python: Path, source: str, python_path: str) -> set[str]:
    try:
        log_path = log_file(engine_folder())
    except JobError as error:
        operator.report({"ERROR"}, error.message)
        return {"CANCELLED"}
    task = EngineTask(
        "Checking the engine", check(python, ROOT, log_path), log_path, _remember(source, python_path)
    )
    return _start(operator, task)


CLASSES = (
    NST_OT_install_engine,
    NST_OT_use_existing_python,
    NST_OT_check_engine,
    NST_OT_cancel_engine_task,
    NST_OT_self_test,
    NST_OT_remove_engine,
)
