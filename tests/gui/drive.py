"""An artist's session in a real Blender window, driven with mouse and keys.

    blender --window-geometry 0 0 1600 1000 --python tests/gui/drive.py

It needs Blender 4.2 or later with its window on a display of 1600 x 1000, ``xdotool`` for real mouse and
key events and ImageMagick's ``import`` for screenshots. Environment variables:

    NST_ENGINE_PYTHON   a Python with the engine's packages (required)
    NST_GUI_ZIP         the extension (default: the newest zip in dist/)
    NST_GUI_OUT         folder for screenshots and report.json (default: out/gui)
    NST_GUI_STYLE       the painting (default: tests/assets/van_gogh_auvers.jpg)
    NST_GUI_SIZE        of the finished texture, in pixels (default: 256)
    NST_GUI_PATIENCE    seconds that a job may take (default: 600)
    NST_GUI_ONLY        modules of the stories to play after setting up, "stills worlds" (default: all)
    NST_GUI_GAP         seconds that Blender may stand still while the engine paints (default: 2)

It installs the extension, sets the engine up, unwraps and stylizes Suzanne by clicking, turns the viewport
while the engine works, cancels one job and finishes another, mixes, undoes, redoes, repeats and removes the
result, paints thick paint and a masked region with settings chosen by hand, renders the frame and stylizes
that, does the same with an animation and its movie, paints the world and looks around in it and in a painted
panorama, and then does what nobody should in the middle of a job.
Blender's exit status is 0, and the last line PASSED, if everything held. It saves no file and no preferences,
but the extension stays installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def load_stories() -> None:
    """Make this folder the package "nst_gui": Blender runs a script without its neighbours."""
    spec = importlib.util.spec_from_file_location(
        "nst_gui", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["nst_gui"] = package
    spec.loader.exec_module(package)


load_stories()
importlib.import_module("nst_gui.play").play()
