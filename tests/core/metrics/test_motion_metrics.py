"""``nst metrics warp`` on files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst.core.cli.motion_metrics import measure_warp
from nst.core.protocol import JobError

from ..render.files import write_layers

SIZE = (24, 32)


def frames(folder: Path, numbers: range | list[int]) -> tuple[str, str]:
    """Renders of a grey wall that stands still, and frames that brighten by 10 of 255 each."""
    for number in numbers:
        planes = {f"L.Combined.{c}": np.full(SIZE, 0.2) for c in "RGBA"}
        planes |= {f"L.Vector.{c}": np.zeros(SIZE) for c in "XYZW"}
        write_layers(folder / f"r_{number:04d}.exr", planes)
        Image.new("RGB", SIZE[::-1], (10 * number,) * 3).save(folder / f"p_{number:04d}.png")
    return str(folder / "r_####.exr"), str(folder / "p_####.png")


def test_a_flicker_in_files(tmp_path: Path) -> None:
    (report,) = measure_warp(*frames(tmp_path, range(1, 5)))["lags"]
    assert (report["lag"], report["own"], report["seen"]) == (1, 0, 1)
    assert report["error"] == pytest.approx(10 / 255, rel=1e-4)


def test_frames_that_cannot_be_compared(tmp_path: Path) -> None:
    renders, painted = frames(tmp_path, [1, 2, 4])
    with pytest.raises(JobError, match="After frame 2 there is a gap"):
        measure_warp(renders, painted)
    (tmp_path / "p_0004.png").unlink()
    Image.new("RGB", (9, 9)).save(tmp_path / "p_0002.png")
    with pytest.raises(JobError, match="painted frame 2 is not as large"):
        measure_warp(renders, painted)
    (tmp_path / "p_0002.png").unlink()
    with pytest.raises(JobError, match="There are 1 frames"):
        measure_warp(renders, painted)
