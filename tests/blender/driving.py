"""What the panel and its timer do, without a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy


def choose(style: Any, **settings: Any) -> Any:
    """Set the panel."""
    group = bpy.context.scene.nst
    group.style, group.quality = style, "draft"
    for name, value in settings.items():
        setattr(group, name, value)
    return group


def press_stylize(addon: Any, size: int = 64, save_to: str = "", relief: bool = False) -> Any:
    """What the button does, less the window: prepare and submit. Returns the run."""
    texture, storage = addon.module("texture"), addon.module("storage")
    folder = storage.new_job_folder()
    options = texture.TextureOptions(
        bpy.context.scene.nst.style.name,
        size=size,
        quality="draft",
        relief=relief,
        live=True,
        save_to=save_to,
    )
    depsgraph = bpy.context.evaluated_depsgraph_get()
    objects = addon.module("readiness").painted_objects(bpy.context)
    addon.session.live.hide()
    job, targets = texture.prepare(objects, options, folder, depsgraph)
    run = addon.module("runs").Run(texture.title_of(objects), job, folder, Path("unused"), targets)
    addon.session.submit(run)
    return run


def tick_until(addon: Any, happened: Callable[[], bool]) -> None:
    """Let the session's timer tick, as a window would."""
    for _ in range(6000):
        addon.session._tick()
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def reason(context: Any, addon: Any) -> Any:
    return addon.module("readiness").texture_problem(context)
