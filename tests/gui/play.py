"""Runs the stories as Blender's timers allow, and quits at their end."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import bpy

from . import choices, films, folds, mishaps, painting, setting_up, sphere_panel, spheres, stills, worlds
from .stage import ROOT, Stage, Story

OUT = Path(os.environ.get("NST_GUI_OUT") or ROOT / "out" / "gui")


def everything(stage: Stage) -> Story:
    """All stories, one after another, in one window."""
    stage.hand.key("Escape")  # the splash screen
    yield 0.5
    stage.install()
    stage.add_suzanne(unwrapped=False)
    yield from stage.open_sidebar()
    stories = (
        setting_up.no_uv_map,
        setting_up.no_engine,
        setting_up.choose_painting,
        folds.open_each,
        painting.cancel_one,
        painting.keep_one,
        painting.finish_one,
        painting.undo_and_redo,
        painting.mix,
        painting.paint_again,
        painting.remove,
        choices.thick_paint,
        choices.own_region,
        sphere_panel.pressed,
        spheres.followed_live,
        stills.stopped_with_escape,
        films.rendered_and_painted,
        films.undone,
        stills.finished,
        stills.undone_and_removed,
        worlds.painted,
        worlds.mixed_removed_and_undone,
        worlds.panorama_looked_around_in,
        mishaps.renamed_and_undone,
        mishaps.object_deleted,
        mishaps.engine_killed,
        mishaps.another_file,
        mishaps.blender_ends,
    )
    wanted = os.environ.get("NST_GUI_ONLY", "").split()
    told = [story for story in stories if _chapter(story) in ("setting_up", *wanted)]
    for story in told if wanted else stories:
        began = time.monotonic()
        yield from story(stage)
        stage.report.setdefault("passed", {})[story.__name__] = round(time.monotonic() - began, 1)
        stage.write_report()


def _chapter(story: Callable[[Stage], Story]) -> str:
    """The module that a story is told in."""
    return story.__module__.rpartition(".")[2]


def play() -> None:
    """Start. Blender ends with status 0 if everything held, and 1 with the reason in report.json if not."""
    OUT.mkdir(parents=True, exist_ok=True)
    how = os.environ.get("NST_GUI_STORY", "")
    python = os.environ["NST_ENGINE_PYTHON"]
    if not how:
        del os.environ["NST_ENGINE_PYTHON"]  # the preferences are to be used
    stage = Stage(python, OUT)
    running = mishaps.bystander(stage, how) if how else everything(stage)

    def step() -> float | None:
        began = time.monotonic()
        try:
            pause = next(running)
        except StopIteration:
            _end(stage, not how)
            return None
        except Exception:
            _fail(stage, traceback.format_exc())
            return None
        stage.pulse.busy(time.monotonic() - began)
        return pause

    bpy.app.timers.register(step, first_interval=2.0, persistent=True)


def _end(stage: Stage, is_main: bool) -> None:
    if is_main:
        stage.report["ok"] = True
        stage.write_report()
        sys.stdout.write("PASSED\n")
    bpy.ops.wm.quit_blender()


def _fail(stage: Stage, error: str) -> None:
    stage.report["ok"] = False
    stage.report["error"] = error
    stage.write_report()
    sys.stderr.write(f"{error}\nFAILED\n")
    sys.stderr.flush()
    stage.hand.look("99_error")
    os._exit(1)  # Blender would end with status 0
