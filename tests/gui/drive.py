"""An artist's session in a real Blender window, driven with mouse and keys.

    blender --window-geometry 0 0 1600 1000 --python tests/gui/drive.py

It needs Blender 4.2 or later with its window on a display of 1600 x 1000, ``xdotool`` for real mouse and
key events and ImageMagick's ``import`` for screenshots. Environment variables:

    NST_ENGINE_PYTHON   a Python with the engine's packages (required)
    NST_GUI_ZIP         the extension (default: the newest zip in dist/)
    NST_GUI_OUT         folder for screenshots and report.json (default: out/gui)
    NST_GUI_STYLE       the painting (default: tests/assets/van_gogh_auvers.jpg)

It installs the extension, unwraps and stylizes Suzanne by clicking, turns the viewport while the engine
works, cancels one job and finishes another, undoes, redoes and removes the result, and quits; its exit
status is 0 if everything held. Change and delete nothing with it: it runs in a new scene and saves nothing
but Blender's preferences, so give it a BLENDER_USER_RESOURCES of its own if those matter.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = "bl_ext.user_default.neural_style_transfer"
OUT = Path(os.environ.get("NST_GUI_OUT") or ROOT / "out" / "gui")
STYLE = Path(os.environ.get("NST_GUI_STYLE") or ROOT / "tests" / "assets" / "van_gogh_auvers.jpg")
PATIENCE = float(os.environ.get("NST_GUI_PATIENCE") or 600)

Story = Iterator[float]


class Hand:
    """The artist's hand: pointer, keys, and a look at the screen."""

    def move(self, x: float, y: float) -> None:
        _xdotool("mousemove", str(round(x)), str(round(y)))

    def click(self, x: float, y: float) -> None:
        self.move(x, y)
        _xdotool("click", "1")

    def press(self, button: int) -> None:
        _xdotool("mousedown", str(button))

    def release(self, button: int) -> None:
        _xdotool("mouseup", str(button))

    def key(self, name: str) -> None:
        _xdotool("key", name)

    def look(self, name: str) -> None:
        subprocess.run(["import", "-window", "root", str(OUT / f"{name}.png")], check=True)


def _xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)


class Stage:
    """The window: one 3D viewport that fills it, its sidebar showing the add-on's tab."""

    def __init__(self) -> None:
        self.window = bpy.context.window_manager.windows[0]
        self.orbits = 0
        self.draws = 0

    @property
    def area(self) -> Any:
        return next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    @property
    def space(self) -> Any:
        return self.area.spaces.active

    def region(self, kind: str) -> Any:
        return next(region for region in self.area.regions if region.type == kind)

    def context(self) -> Any:
        return bpy.context.temp_override(window=self.window, area=self.area, region=self.region("WINDOW"))

    def screen_point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the window, which counts from below, as one of the screen."""
        return x, self.window.height - y

    def middle(self) -> tuple[float, float]:
        """The middle of the visible viewport."""
        region, sidebar = self.region("WINDOW"), self.region("UI")
        return self.screen_point(region.x + (region.width - sidebar.width) / 2, region.y + region.height / 2)

    def in_sidebar(self, down: float, across: float = 0.5) -> tuple[float, float]:
        """A point of the sidebar: pixels below its top, share of its width."""
        sidebar = self.region("UI")
        return self.screen_point(
            sidebar.x + (sidebar.width - 22) * across, sidebar.y + sidebar.height - down
        )


hand, report = Hand(), {}  # type: ignore[var-annotated]


def addon_module(name: str) -> Any:
    return importlib.import_module(f"{EXTENSION}.blender_nst.{name}")


def session() -> Any:
    return addon_module("session").get_session()


def until(happened: Callable[[], bool], what: str, patience: float = 60.0) -> Story:
    """Wait, while Blender goes on, until something has happened."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, f"never happened: {what}"
        yield 0.1


def settle(seconds: float = 0.8) -> Story:
    """Let Blender draw what has changed."""
    yield seconds


def prepare(stage: Stage) -> Story:
    """Install the extension; Suzanne without UVs in an otherwise empty scene."""
    hand.key("Escape")  # the splash screen
    yield 0.5
    archive = os.environ.get("NST_GUI_ZIP") or max((ROOT / "dist").glob("*.zip"), key=os.path.getmtime)
    with stage.context():
        bpy.ops.extensions.package_install_files(
            filepath=str(archive), repo="user_default", enable_on_install=True
        )
        bpy.ops.screen.screen_full_area()
    yield 0.5
    with stage.context():
        for obj in list(bpy.data.objects):
            bpy.data.objects.remove(obj)
        bpy.ops.mesh.primitive_monkey_add()
        monkey = bpy.context.active_object
        monkey.modifiers.new("Subdivision", "SUBSURF").levels = 1
        bpy.ops.object.shade_smooth()
        monkey.data.uv_layers.remove(monkey.data.uv_layers[0])
        material = bpy.data.materials.new("Clay")
        if bpy.app.version < (5, 0, 0):
            material.use_nodes = True
        monkey.data.materials.append(material)
        stage.space.show_region_ui = True
        bpy.ops.view3d.view_selected()
    yield 0.5
    stage.region("UI").active_panel_category = "NST"
    stage.area.tag_redraw()
    yield from settle()


def story() -> Story:
    stage = Stage()
    yield from prepare(stage)
    hand.look("01_no_uv_map")
    raise SystemExit


def play() -> None:
    """Run the story as Blender's timers allow, and quit at its end."""
    OUT.mkdir(parents=True, exist_ok=True)
    running = story()

    def step() -> float | None:
        try:
            return next(running)
        except (StopIteration, SystemExit):
            report["ok"] = True
        except Exception:
            report["error"] = traceback.format_exc()
            sys.stderr.write(report["error"])
            hand.look("99_error")
        (OUT / "report.json").write_text(json.dumps(report, indent=2))
        if report.get("ok"):
            bpy.ops.wm.quit_blender()
        else:
            os._exit(1)
        return None

    bpy.app.timers.register(step, first_interval=2.0, persistent=True)


play()
