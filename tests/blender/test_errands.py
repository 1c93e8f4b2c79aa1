"""A movie that another Blender writes, while the artist's goes on."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import bpy

from nst.blender_nst import movie_script
from nst.tests.blender.builders import checker
from nst.tests.blender.driving import tick_until

SCRIPT = str(Path(movie_script.__file__))


def pictures(folder: Path) -> list[Path]:
    image = checker()
    image.file_format = "PNG"
    paths = [folder / f"p_{number}.png" for number in (1, 2, 3)]
    for path in paths:
        image.save(filepath=str(path))
    return paths


def send(addon: Any, movie: Any) -> Any:
    errand = addon.module("errands").Errand(
        "The movie", [sys.executable, SCRIPT, "--"], asdict(movie), "animation"
    )
    addon.session.send(errand)
    tick_until(addon, lambda: not addon.session._errands)
    return addon.session.notice


def test_a_movie_is_written_apart(addon: Any, scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    notice = send(addon, addon.module("host.movie").movie_of(scene, pictures(tmp_path), path))
    assert (notice.text, notice.is_error, notice.job) == ("The movie is written.", False, "animation")
    clip = bpy.data.movieclips.load(str(path))
    assert clip.frame_duration == 3


def test_what_it_does_not_say_is_told_when_it_is_there(addon: Any, scene: Any, tmp_path: Path) -> None:
    movie = addon.module("host.movie").movie_of(scene, pictures(tmp_path), tmp_path / "film.mkv")
    notice = send(addon, replace(movie, projection="equirect"))
    assert notice.text.startswith("The movie is written. film.mkv does not say that it shows a panorama")
    assert not notice.is_error


def test_why_there_is_none(addon: Any, scene: Any, tmp_path: Path) -> None:
    (tmp_path / "none").write_bytes(b"a file, no folder")
    path = tmp_path / "none" / "film.mp4"
    notice = send(addon, addon.module("host.movie").movie_of(scene, pictures(tmp_path), path))
    assert notice.is_error
    assert "The frames are there, but not the movie film.mp4" in notice.text


def test_a_blender_that_falls_over_is_told(addon: Any, scene: Any, tmp_path: Path) -> None:
    errand = addon.module("errands").Errand(
        "The movie", [sys.executable, "-c", "raise SystemExit(3)"], {}, "animation"
    )
    addon.session.send(errand)
    tick_until(addon, lambda: not addon.session._errands)
    assert "has failed" in addon.session.notice.text
    assert addon.session.notice.is_error


def test_none_is_left_behind(addon: Any, scene: Any) -> None:
    errand = addon.module("errands").Errand(
        "The movie", [sys.executable, "-c", "import time; time.sleep(60)"], {}, "animation"
    )
    addon.session.send(errand)
    addon.session.end_processes()
    assert errand.ended()
