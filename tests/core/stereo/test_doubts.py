"""What is noted of a distance between the eyes that was found in the pictures."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nst.core.motion.warp import carried
from nst.core.panorama.around import Around
from nst.core.protocol import EQUIRECT, RenderJob, Stereo
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.stereo.disparity import Rig, panorama_shift
from nst.core.stereo.doubts import doubts
from nst.core.stereo.eyes import open_eyes
from nst.core.stereo.geometry import with_eyes
from nst.core.stereo.view import right_view

from ..render.files import write_layers

HEIGHT = 48


def test_the_nearest_tenth_is_what_counts() -> None:
    depth = torch.full((1, 1, 10, 10), 8.0)
    depth[..., 5:, :] = math.inf
    depth[..., 0, :6] = 2.0
    gain = 3.0 * 10 / math.pi  # eyes that are 3 apart
    (note,) = doubts(gain, depth, is_panorama=True)
    assert "3 between the eyes, farther than the nearest tenth of what they see is away (2)" in note
    assert doubts(gain, depth, is_panorama=False) == ()  # of which gain is no distance
    assert doubts(gain / 2, depth, is_panorama=True) == ()
    assert doubts(gain, torch.full_like(depth, math.inf), is_panorama=True) == ()


def room(folder: Path, swapped: bool = False, scale: float = 1.0, same: bool = False) -> RenderJob:
    """A panorama with eyes 0.2 apart of things 1.5 to 4.5 away, which is said to be scaled."""
    y, x = torch.meshgrid(torch.arange(1.0 * HEIGHT), torch.arange(2.0 * HEIGHT), indexing="ij")
    turn = x * (math.pi / HEIGHT)
    far = (3 + (2 * turn).sin() + 0.5 * (0.2 * y).cos())[None, None]
    waves = [0.3 * (5 * turn + 0.3 * y + p).sin() + 0.1 * (9 * turn - 0.2 * y).cos() for p in (0, 1, 2)]
    left = 0.5 + torch.stack(waves)[None]
    shift = panorama_shift(far, Rig(0.0 if same else 0.2))
    right = carried(left, torch.cat([shift, 0 * shift], 1), cubic=True, around=Around())
    for eye, color in zip("RL" if swapped else "LR", (left, right), strict=True):
        planes = {f"V.Combined.{c}": plane.numpy() for c, plane in zip("RGB", color[0], strict=True)}
        write_layers(folder / f"s_{eye}.exr", planes | {"V.Depth.Z": scale * far[0, 0].numpy()})
    path = str(folder / "s.exr")
    return RenderJob(path, path, "painted.exr", projection=EQUIRECT, stereo=Stereo("pair"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"swapped": True}, "below 0"), ({"same": True}, "both see the same"), ({}, ""), ({"scale": 10.0}, "")],
)
def test_what_pictures_show_is_doubted_where_it_cannot_be(
    tmp_path: Path, settings: dict[str, bool], said: str
) -> None:
    """Eyes ten times as far apart between things ten times as far away are no less likely."""
    job = room(tmp_path, **settings)  # type: ignore[arg-type]
    stereo, notes = with_eyes(job)
    assert right_view(job, *open_eyes(job)).doubts == notes
    assert [said in note for note in notes] == ([True] if said else [])
    assert (stereo.eyes > 0) == (not said) or "same" in said
    told = RenderJob(job.content, job.style, job.output, projection=EQUIRECT, stereo=Stereo("pair", eyes=0.2))
    assert with_eyes(told)[1] == right_view(told, *open_eyes(told)).doubts == ()


def test_the_result_of_a_job_says_so(tmp_path: Path, painting: Path) -> None:
    output = str(tmp_path / "out.png")
    job = replace(room(tmp_path, swapped=True), style=str(painting), output=output, quality="draft")
    notes = [note for note in run_job(job, SilentWatcher())["notes"] if "swapped" in note]
    assert len(notes) == 1
    assert len(list(tmp_path.glob("out_*.png"))) == 2
