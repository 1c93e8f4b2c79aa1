"""The engine page of the preferences."""

from __future__ import annotations

import os
from typing import Any

import bpy

from ..engine.locate import ENGINE_PYTHON_VARIABLE
from ..engine.logs import last_line
from ..session import get_session
from .text import notice_box, sentence


def draw_engine(layout: Any, context: Any, preferences: Any) -> None:
    """State, devices and what can be done."""
    session = get_session()
    task = session.engine_task
    box = layout.box()
    if task is not None:
        _draw_task(box, context, task, session.engine_stage)
    elif session.run is not None and session.run.target is None:
        _draw_self_test(box, session.run)
    else:
        _draw_state(box, context, preferences)
    if session.engine_notice is not None:
        notice_box(layout, context, session.engine_notice, engine=True)
    _draw_actions(layout, context, preferences)


def _draw_task(box: Any, context: Any, task: Any, stage: str) -> None:
    row = box.split(factor=0.75)
    row.label(text=f"{stage}...", icon="SORTTIME")
    row.operator("nst.cancel_engine_task", icon="CANCEL")
    said = last_line(task.log_path, 120)
    if said:
        sentence(box, context, said)
    box.label(text=f"Log: {task.log_path}")


def _draw_self_test(box: Any, run: Any) -> None:
    row = box.split(factor=0.75)
    row.progress(factor=run.status.fraction, text=run.status.stage)
    row.operator("nst.cancel_job", icon="CANCEL").job = run.id


def _draw_state(box: Any, context: Any, preferences: Any) -> None:
    by_variable = os.environ.get(ENGINE_PYTHON_VARIABLE, "")
    if by_variable:
        said = box.column(align=True)
        said.label(text=f"The engine's Python is set by {ENGINE_PYTHON_VARIABLE}:", icon="INFO")
        said.label(text=by_variable, icon="BLANK1")
    elif preferences.source == "NONE" and not preferences.fault:
        sentence(
            box,
            context,
            "The engine is not set up. It does the painting, in a process beside Blender, and needs PyTorch.",
            "INFO",
        )
        return
    if preferences.fault:
        sentence(box, context, preferences.fault, "ERROR")
        return
    report = preferences.known()
    if report is None:
        if not by_variable:
            box.label(text="The engine has not been checked yet.", icon="QUESTION")
        return
    if not by_variable:
        box.label(text="The engine is ready.", icon="CHECKMARK")
    split = box.column(align=True)
    split.label(text=f"PyTorch {report['torch']}, Python {report['version']}", icon="BLANK1")
    for device in _devices(report):
        split.label(text=device, icon="BLANK1")
    if not by_variable:
        split.label(text=str(report["python"]), icon="BLANK1")


def _devices(report: Any) -> list[str]:
    lines = []
    for device in report["devices"]:
        name = device["name"] if device["id"] == "cpu" else f"{device['name']} ({device['id']})"
        memory = f", {device['memory'] / 2**30:.0f} GB" if device["memory"] else ""
        alone = len(report["devices"]) == 1
        chosen = ": used" if device["id"] == report["default_device"] and not alone else ""
        lines.append(f"{name}{memory}{chosen}")
    return lines


def _draw_actions(layout: Any, context: Any, preferences: Any) -> None:
    row = layout.row()
    row.operator("nst.install_engine", icon="IMPORT")
    row.operator("nst.use_existing_python", icon="FILE_SCRIPT")
    row = layout.row()
    row.operator("nst.check_engine", icon="FILE_REFRESH")
    row.operator("nst.self_test", icon="PLAY")
    if preferences.source != "NONE":
        row.operator("nst.remove_engine", icon="TRASH")
    if not bpy.app.online_access:
        sentence(
            layout,
            context,
            "Install Engine downloads PyTorch, and Blender is set to stay offline. "
            "Allow Online Access under System > Network, or use an existing Python.",
            "INFO",
        )
