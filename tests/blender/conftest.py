"""Tests inside Blender, as the bpy module. Each starts in an empty scene with the extension installed.

Blender's own folders are temporary ones, so that no test sees or changes a user's settings.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "tests" / "assets"
FAKE_WORKER = Path(__file__).parent / "fakes" / "worker.py"
EXTENSION_ID = "neural_style_transfer"
EXTENSION = f"bl_ext.user_default.{EXTENSION_ID}"

HAS_BPY = importlib.util.find_spec("bpy") is not None
collect_ignore_glob = [] if HAS_BPY else ["test_*.py"]

if HAS_BPY:  # before the first import of bpy, which reads it
    _resources = tempfile.mkdtemp(prefix="nst-blender-")
    atexit.register(shutil.rmtree, _resources, ignore_errors=True)
    os.environ["BLENDER_USER_RESOURCES"] = _resources


class Addon:
    """The installed extension."""

    def module(self, name: str) -> Any:
        """A module of the add-on, as Blender has loaded it."""
        return importlib.import_module(f"{EXTENSION}.blender_nst.{name}")

    @property
    def session(self) -> Any:
        return self.module("session").get_session()

    def use_worker(self, mode: str) -> None:
        """Put the fake worker in the engine's place until the test ends."""
        self.session.queue.close()
        self.session.queue = self.module("jobs").JobQueue(ROOT, command=fake_command(mode))


def fake_command(mode: str) -> Callable[[Path], tuple[str, ...]]:
    """The command line of a fake worker, whatever the engine's Python."""
    return lambda _python: (sys.executable, str(FAKE_WORKER), mode)


@pytest.fixture(scope="session")
def engine_python() -> Path:
    """A Python that has torch, for jobs in the real engine."""
    python = Path(os.environ.get("NST_ENGINE_PYTHON") or ROOT / ".venv" / "bin" / "python")
    assert python.is_file(), (
        "these tests need the engine: set NST_ENGINE_PYTHON to a Python with its packages"
    )
    return python


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension, built and validated by Blender's own tool."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "addon_build", "--bpy-python", sys.executable, "--output", str(folder)],
        cwd=ROOT,
        check=True,
    )
    archive: Path = next(folder.glob("*.zip"))
    return archive


@pytest.fixture(scope="session")
def installed(extension_zip: Path) -> Iterator[Addon]:
    """The extension installed and enabled for the whole run."""
    import bpy

    done = bpy.ops.extensions.package_install_files(
        filepath=str(extension_zip), repo="user_default", enable_on_install=True
    )
    assert done == {"FINISHED"}
    assert EXTENSION in bpy.context.preferences.addons
    yield Addon()
    bpy.ops.preferences.addon_disable(module=EXTENSION)


@pytest.fixture
def addon(
    installed: Addon, scene: Any, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Addon]:
    """The extension, its engine's Python set, its session without a memory of earlier tests."""
    monkeypatch.setenv("NST_ENGINE_PYTHON", str(engine_python))
    import bpy

    yield installed
    session = installed.session
    session.queue.close()
    session.queue = installed.module("jobs").JobQueue(installed.module("identity").ROOT)
    session.notice = session.engine_notice = None
    bpy.context.preferences.addons[EXTENSION].preferences.set_engine("NONE")


@pytest.fixture
def scene() -> Any:
    """An empty scene; preferences stay."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture
def monkey(scene: Any) -> Any:
    """An unwrapped Suzanne without a material, selected and active."""
    import bpy

    bpy.ops.mesh.primitive_monkey_add()
    obj = bpy.context.active_object
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.01)
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


@pytest.fixture
def style(scene: Any) -> Any:
    """A painting as an image of the scene."""
    import bpy

    return bpy.data.images.load(str(ASSETS / "van_gogh_auvers.jpg"))
