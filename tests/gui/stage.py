"""The window: one 3D viewport that fills it, its sidebar showing the add-on's tab."""

from __future__ import annotations

import importlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bpy
from mathutils import Euler

from .hand import Hand, Pixel, difference
from .pulse import Pulse

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = "bl_ext.user_default.neural_style_transfer"
STYLE = Path(os.environ.get("NST_GUI_STYLE") or ROOT / "tests" / "assets" / "van_gogh_auvers.jpg")
PATIENCE = float(os.environ.get("NST_GUI_PATIENCE") or 600)

Story = Iterator[float]
"""What happens, as a generator: it yields the seconds that Blender has to itself."""

FIRST, HEADER = 16, 28
"""Pixels from the sidebar's upper end to a panel's header, and from one closed panel's to the next, about."""
HOVER = 20
"""How much lighter a button under the pointer is, in 8-bit steps, at most."""


class Button(NamedTuple):
    """A button on the screen, in pixels."""

    middle: tuple[float, float]
    height: int


def tallest(buttons: list[Button]) -> Button:
    """Stylize, of the panel's buttons."""
    return max(buttons, key=lambda button: button.height)


class Stage:
    """Where the stories happen, and what they have to report.

    python: the engine's Python. out: folder for pictures and report.json. editor: the kind of editor that
    fills the window.
    """

    def __init__(self, python: str, out: Path) -> None:
        self.python = python
        self.out = out
        self.hand = Hand(out)
        self.pulse = Pulse()
        self.editor = "VIEW_3D"
        self.report: dict[str, Any] = {}

    def write_report(self) -> None:
        (self.out / "report.json").write_text(json.dumps(self.report, indent=2), encoding="utf-8")

    # ------------------------------------------------------------------------------- the add-on

    def addon(self, name: str) -> Any:
        """A module of the add-on."""
        return importlib.import_module(f"{EXTENSION}.blender_nst.{name}")

    @property
    def session(self) -> Any:
        return self.addon("session").get_session()

    @property
    def preferences(self) -> Any:
        return bpy.context.preferences.addons[EXTENSION].preferences

    def install(self) -> None:
        """Install and enable the newest zip; keep the user's preferences as they are."""
        bpy.context.preferences.use_preferences_save = False
        archive = os.environ.get("NST_GUI_ZIP") or max((ROOT / "dist").glob("*.zip"), key=os.path.getmtime)
        with self.context():
            bpy.ops.extensions.package_install_files(
                filepath=str(archive), repo="user_default", enable_on_install=True
            )
        self.preferences.set_engine("NONE")

    def choose_style(self) -> None:
        """The painting, as the picker would set it."""
        bpy.context.scene.nst.style = bpy.data.images.load(str(STYLE), check_existing=True)
        bpy.context.scene.nst.quality = "draft"

    def small_job(self, size: int = 64) -> Any:
        """Start a job that is soon done, as the button would; returns its run."""
        with self.context():
            assert bpy.ops.nst.stylize_texture("INVOKE_DEFAULT", size=size) == {"FINISHED"}
        return self.session.run

    # ------------------------------------------------------------------------------- the window

    @property
    def window(self) -> Any:
        return bpy.context.window_manager.windows[0]

    @property
    def area(self) -> Any:
        return next(area for area in self.window.screen.areas if area.type == self.editor)

    @property
    def space(self) -> Any:
        return self.area.spaces.active

    @property
    def object(self) -> Any:
        return self.window.view_layer.objects.active

    def region(self, kind: str) -> Any:
        return next(region for region in self.area.regions if region.type == kind)

    def context(self) -> Any:
        return bpy.context.temp_override(window=self.window, area=self.area, region=self.region("WINDOW"))

    def open_sidebar(self) -> Story:
        """Let the viewport fill the window, and show the add-on's tab."""
        if len(self.window.screen.areas) > 1:
            with self.context():
                bpy.ops.screen.screen_full_area()
            yield 0.5
        self.space.show_region_ui = True
        yield 0.5
        self.region("UI").active_panel_category = "NST"
        self.face_it()
        self.area.tag_redraw()
        yield 1.0

    def turn_into(self, editor: str) -> Story:
        """Let the window show another kind of editor, its sidebar open at the add-on's tab."""
        self.area.type, self.editor = editor, editor
        yield 1.0
        self.space.show_region_ui = True
        yield 1.0
        self.region("UI").active_panel_category = "NST"
        self.area.tag_redraw()
        yield 1.0

    def face_it(self) -> None:
        """Look at the object's face, a little from the side."""
        view = self.space.region_3d
        view.view_location = (0.0, 0.0, 0.0)
        view.view_rotation = Euler((math.radians(78.0), 0.0, math.radians(25.0))).to_quaternion()
        view.view_distance = 5.5

    def add_suzanne(self, unwrapped: bool) -> None:
        """Suzanne alone in the scene, in clay."""
        with self.context():
            for obj in list(bpy.data.objects):
                bpy.data.objects.remove(obj)
            bpy.ops.mesh.primitive_monkey_add()
            bpy.ops.object.shade_smooth()
            monkey = self.object
            monkey.modifiers.new("Subdivision", "SUBSURF").levels = 1
            monkey.data.uv_layers.remove(monkey.data.uv_layers[0])
            if unwrapped:
                bpy.ops.nst.unwrap()
        material = bpy.data.materials.new("Clay")
        if bpy.app.version < (5, 0, 0):
            material.use_nodes = True
        monkey.data.materials.append(material)

    def style_nodes(self) -> list[Any]:
        """The add-on's nodes in the object's first material."""
        slots = self.object.material_slots
        nodes = slots[0].material.node_tree.nodes if slots and slots[0].material else []
        return [node for node in nodes if node.type == "GROUP"]

    # ------------------------------------------------------------------------------- the screen

    def screen_point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the window, which counts from below, as one of the screen."""
        return x, self.window.height - y

    def middle(self) -> tuple[float, float]:
        """The middle of the visible viewport."""
        region, sidebar = self.region("WINDOW"), self.region("UI")
        return self.screen_point(region.x + (region.width - sidebar.width) / 2, region.y + region.height / 2)

    def picture(self) -> list[Pixel]:
        """What the middle of the viewport shows."""
        x, y = self.middle()
        return self.hand.see(x - 150, y - 120, 300, 240)

    def buttons(self) -> list[Button]:
        """The sidebar's buttons that can be pressed, from the top, and fields in their colour."""
        sidebar = self.region("UI")
        x, top = (
            round(part)
            for part in self.screen_point(sidebar.x + sidebar.width - 50, sidebar.y + sidebar.height)
        )
        runs = self._runs(self.hand.see(x, top, 1, sidebar.height), 12)
        return [Button((x, top + (start + end) / 2), end - start) for start, end in runs]

    def button_beside(self, button: Button) -> Button:
        """The button to the left of one, in the same row. Texts on buttons are in another colour."""
        sidebar = self.region("UI")
        left, y = sidebar.x, button.middle[1] - button.height / 2 + 4  # above the text
        runs = self._runs(self.hand.see(left, y, sidebar.width, 1), 12)
        start, end = [run for run in runs if left + run[1] < button.middle[0]][-1]
        return Button((left + (start + end) / 2, button.middle[1]), button.height)

    def _runs(self, line: list[Pixel], least: int) -> list[tuple[int, int]]:
        """Where a line of pixels has a button's colour: starts and ends."""
        color = bpy.context.preferences.themes[0].user_interface.wcol_tool.inner
        wanted = tuple(round(255 * part) for part in color[:3])
        found: list[tuple[int, int]] = []
        start = None
        for place, pixel in enumerate([*line, (0, 0, 0)]):
            hit = all(-3 <= a - b <= HOVER for a, b in zip(pixel, wanted, strict=True))
            if hit and start is None:
                start = place
            elif not hit and start is not None:
                if place - start >= least:
                    found.append((start, place))
                start = None
        return found

    def press_last(self) -> Story:
        """Click the lowest button of the sidebar, once that has come to rest."""
        before: list[Button] = []
        while before != (now := self.buttons()):
            before = now
            yield 1.0
        yield from self.hand.click(*before[-1].middle)

    def toggle_panel(self, number: int) -> Story:
        """Click the header of a panel below closed ones until the sidebar changes: a click may be lost."""
        sidebar = self.region("UI")
        x, top = self.screen_point(sidebar.x + 60, sidebar.y + sidebar.height)
        line = x - 50, top, 1, sidebar.height
        for _attempt in range(4):
            before = self.hand.see(*line)
            yield from self.hand.click(x, top + FIRST + number * HEADER)
            yield 1.0
            self.hand.move(*self.middle())
            yield 2.0  # it opens slowly
            if difference(before, self.hand.see(*line)) > 0.5:
                return
        raise AssertionError(f"panel {number} neither opens nor closes")

    def until(self, happened: Callable[[], bool], what: str, patience: float = 60.0) -> Story:
        """Wait, while Blender goes on, until something has happened."""
        deadline = time.monotonic() + patience
        while not happened():
            assert time.monotonic() < deadline, f"never happened: {what}"
            yield 0.1

    def until_done(self, run: Any) -> Story:
        """Wait for a job and its result."""
        yield from self.until(lambda: self.session.run is None, f"{run.title} ends", PATIENCE)
        assert run.status.state.name == "DONE", run.status
        yield 1.0
