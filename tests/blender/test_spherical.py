"""Movies that say that they are panoramas: their boxes are read again by other means, and they still play."""

from __future__ import annotations

import errno
import json
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.animation import AnimationTarget
from nst.blender_nst.host.movie import Movie, movie_of, unsaid, write_movie
from nst.blender_nst.host.spherical import say_what_is_seen
from nst.blender_nst.runs import Run
from nst.core.protocol import AnimationJob

FRAMES = 5
WITHIN = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1", b"sv3d", b"proj"}
SKIPPED = {b"stsd": 8, b"avc1": 78}
"""Bytes of content before the boxes that a box holds."""
DECODE = """
import json, sys
import cv2
for path in sys.argv[1:]:
    movie, frames = cv2.VideoCapture(path), []
    while (read := movie.read())[0]:
        frames.append([round(float(value)) for value in read[1].mean((0, 1))])
    print(json.dumps(frames))
"""


@pytest.fixture
def movie(scene: Any, tmp_path: Path) -> Movie:
    """Five grey pictures, brighter and brighter, of which a movie can be made."""
    paths = []
    for number in range(FRAMES):
        image = bpy.data.images.new("frame", 64, 32)
        image.generated_color = (*[(number + 1) / FRAMES] * 3, 1)
        image.filepath_raw, image.file_format = str(tmp_path / f"f_{number}.png"), "PNG"
        image.save()
        paths.append(Path(image.filepath_raw))
    return movie_of(scene, paths, tmp_path / "film.mp4")


def boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """All boxes and what is in them, which has to fill its parents to the last byte."""
    end = len(data) if end is None else end
    while at < end:
        length, kind = struct.unpack_from(">I4s", data, at)
        assert at + 8 <= at + length <= end
        yield kind, data[at + 8 : at + length]
        if kind in WITHIN:
            yield from boxes(data, at + 8 + SKIPPED.get(kind, 0), at + length)
        at += length
    assert at == end


def written(movie: Movie, suffix: str = ".mp4", layout: str = "", projection: str = "flat") -> Path:
    path = Path(movie.path).with_suffix(suffix)
    write_movie(Movie(movie.pictures, str(path), movie.fps, movie.view, (), layout, projection))
    return path


def decoded(python: Path, *paths: Path) -> list[list[list[int]]]:
    """The mean colours of all frames, by OpenCV."""
    done = subprocess.run([python, "-P", "-c", DECODE, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def description_first(data: bytes) -> bytes:
    """A movie whose description lies before its pictures, as for the web."""
    top = [(kind, struct.pack(">I", len(body) + 8) + kind + body) for kind, body in boxes_on_top(data)]
    (moov,) = (box for kind, box in top if kind == b"moov")
    at = moov.index(b"stco") + 4
    (count,) = struct.unpack_from(">I", moov, at + 4)
    places = [place + len(moov) for place in struct.unpack_from(f">{count}I", moov, at + 8)]
    moov = moov[: at + 8] + struct.pack(f">{count}I", *places) + moov[at + 8 + 4 * count :]
    others = [box for kind, box in top if kind != b"moov"]
    return b"".join([others[0], moov, *others[1:]])


def boxes_on_top(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + length]
        at += length


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(
    ("layout", "projection", "mode", "beyond"),
    [
        ("", "equirect", 0, 0),
        ("top-bottom", "equirect", 1, 0),
        ("side-by-side", "vr180", 2, 2**30),
        ("side-by-side", "flat", 2, None),
    ],
)
def test_a_movie_says_what_it_shows(
    movie: Movie, suffix: str, layout: str, projection: str, mode: int, beyond: int | None
) -> None:
    found = list(boxes(written(movie, suffix, layout, projection).read_bytes()))
    said = [(kind, body) for kind, body in found if kind in (b"st3d", b"sv3d", b"svhd", b"prhd", b"equi")]
    assert said[0] == (b"st3d", bytes([0, 0, 0, 0, mode]))
    if beyond is None:
        assert len(said) == 1
        return
    assert [kind for kind, _ in said] == [b"st3d", b"sv3d", b"svhd", b"prhd", b"equi"]
    assert said[2][1].startswith(bytes(4))
    assert said[2][1].endswith(b"\0")
    assert said[3][1] == bytes(16)
    assert struct.unpack(">5I", said[4][1]) == (0, 0, 0, beyond, beyond)


def test_the_pictures_are_where_they_were(movie: Movie, engine_python: Path) -> None:
    """Wherever the description lies, and however often it is written."""
    plain = written(movie)
    first, last = plain.with_name("first.mp4"), plain.with_name("last.mp4")
    data = plain.read_bytes()
    assert b"sv3d" not in data
    kinds = [kind for kind, _ in boxes_on_top(data)]
    assert kinds.index(b"moov") > kinds.index(b"mdat")
    last.write_bytes(data)
    first.write_bytes(description_first(data))
    for path in (first, last):
        say_what_is_seen(path, "top-bottom", "equirect")
        once = path.read_bytes()
        say_what_is_seen(path, "top-bottom", "equirect")
        assert path.read_bytes() == once
        assert len(once) > len(data)
        assert dict(boxes_on_top(once))[b"mdat"] == dict(boxes_on_top(data))[b"mdat"]
    seen, *others = decoded(engine_python, plain, first, last)
    assert others == [seen, seen]
    assert len(seen) == FRAMES
    assert seen == sorted(seen)
    assert sorted(path.suffix for path in plain.parent.iterdir()) == [".mp4"] * 3 + [".png"] * FRAMES


@pytest.mark.parametrize("cut", [0, 4, 30, -10])
def test_what_is_no_movie_stays_as_it_is(movie: Movie, cut: int) -> None:
    path = written(movie)
    path.write_bytes(path.read_bytes()[:cut])
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"boxes are broken|describes no movie"):
        say_what_is_seen(path, "", "equirect")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.suffix != ".png"] == ["film.mp4"]


def test_a_flat_movie_and_other_formats_are_left_alone(movie: Movie) -> None:
    assert b"st3d" not in written(movie).read_bytes()
    assert b"sv3d" not in written(movie, ".mkv", "", "equirect").read_bytes()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_note_comes_with_the_movie(movie: Movie, suffix: str) -> None:
    path = Path(movie.path).with_suffix(suffix)
    made = replace(movie, path=str(path), projection="equirect")
    run = Run("Film", AnimationJob("r_####.exr", "s.png", "p_####.png"), path.parent, Path("unused"))
    notes = AnimationTarget("Scene", "p_####.png", range(1, 2), movie=made).write_back(run).notes
    assert path.is_file()
    assert len(notes) == (suffix == ".mkv")


def test_a_movie_into_which_nothing_can_be_written_is_kept(
    movie: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nst.blender_nst.host.spherical.shutil.copyfileobj", full)
    (note,) = write_movie(replace(movie, projection="equirect"))
    assert "film.mp4 does not say that it shows a panorama" in note
    assert "No space left" in note
    assert b"sv3d" not in Path(movie.path).read_bytes()
    assert bpy.data.movieclips.load(movie.path).frame_duration == FRAMES
    assert [each.name for each in Path(movie.path).parent.iterdir() if each.suffix != ".png"] == ["film.mp4"]


@pytest.mark.parametrize("suffix", [".mp4", ".MOV", ".mkv", ".webm"])
def test_a_note_is_left_of_movies_that_cannot_say_it(movie: Movie, suffix: str) -> None:
    path = str(Path(movie.path).with_suffix(suffix))
    said = [
        unsaid(replace(movie, path=path, layout=layout, projection=projection))
        for layout, projection in (("", "flat"), ("", "cube"), ("", "equirect"), ("side-by-side", "flat"))
    ]
    assert said[:2] == [[], []]
    lacks = suffix in (".mkv", ".webm")
    assert [[f"film{suffix}" in note for note in notes] for notes in said[2:]] == [[True] * lacks] * 2
