"""Small files that jobs can be done with, and the Python that does them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

QUAD = """
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
vt 0.05 0.05
vt 0.95 0.05
vt 0.95 0.95
vt 0.05 0.95
f 1/1 2/2 3/3
f 1/1 3/3 4/4
"""


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root, which is the extension's."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def quad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square with UVs, as an OBJ."""
    path = tmp_path_factory.mktemp("mesh") / "quad.obj"
    path.write_text(QUAD, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painting: 96 x 80 pixels of coloured strokes."""
    y, x = np.mgrid[0:80, 0:96]
    waves = np.stack([np.sin(x / 3 + y / 7), np.sin(y / 4), np.cos(x / 5 - y / 3)], axis=-1)
    path = tmp_path_factory.mktemp("style") / "painting.png"
    Image.fromarray((127.5 * (waves + 1)).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture to repaint: 64 x 64 pixels of a soft ramp."""
    y, x = np.mgrid[0:64, 0:64]
    path = tmp_path_factory.mktemp("content") / "photo.png"
    Image.fromarray(np.stack([4 * x, 4 * y, 255 - 4 * x], axis=-1).astype(np.uint8)).save(path)
    return path
