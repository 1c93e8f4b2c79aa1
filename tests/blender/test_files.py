"""Job files on disks that are full, folders of other jobs, and pictures that cannot be read."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.host.files import check_png, need_picture, unwritable
from nst.blender_nst.host.images import image_file
from nst.blender_nst.storage import KEPT_FOLDERS, prune
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import checker

DAY = 24 * 3600.0


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files end at this many bytes, as on a disk that fills up."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_picture_that_the_disk_took_only_half_of_is_an_error(scene: Any, tmp_path: Path) -> None:
    image = checker(64)
    with room_for(100), pytest.raises(JobError) as caught:
        image_file(image, tmp_path, "style", "style")
    assert caught.value.code == "disk_full"
    assert str(tmp_path / "style.png") in caught.value.message
    assert len(bpy.data.images) == 1
    check_png(image_file(image, tmp_path, "style", "style"))


def test_a_copy_for_which_there_is_no_room_is_a_full_disk(tmp_path: Path) -> None:
    with room_for(100), pytest.raises(OSError, match="large") as caught:
        (tmp_path / "style.jpg").write_bytes(bytes(4096))
    assert unwritable(tmp_path, caught.value).code == "disk_full"
    assert unwritable(tmp_path, PermissionError(13, "Permission denied")).code == "no_permission"


def test_a_picture_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "nothing.png", "image_missing"),
        (tmp_path, "image_unreadable"),
        (tmp_path / ("long" * 100), "image_unreadable"),
    ):
        with pytest.raises(JobError) as caught:
            need_picture(path, "style")
        assert caught.value.code == code
        assert str(path) in caught.value.message
        assert "style image" in caught.value.message
        assert caught.value.remedy is Remedy.CHOOSE_IMAGE


def entries(jobs: Path, count: int, age: float) -> None:
    for number in range(count):
        (jobs / f"job-{number:03}").mkdir()
        (jobs / f"engine-job-{number:03}.log").touch()
        for name in (f"job-{number:03}", f"engine-job-{number:03}.log"):
            os.utime(jobs / name, (1e9 - age - number, 1e9 - age - number))


def test_the_oldest_folders_and_logs_go(tmp_path: Path) -> None:
    entries(tmp_path, KEPT_FOLDERS + 5, 2 * DAY)
    prune(tmp_path, now=1e9)
    left = sorted(entry.name for entry in tmp_path.iterdir())
    assert len(left) == 2 * KEPT_FOLDERS
    assert f"job-{KEPT_FOLDERS - 1:03}" in left
    assert f"job-{KEPT_FOLDERS:03}" not in left


def test_what_may_belong_to_a_running_job_stays(tmp_path: Path) -> None:
    entries(tmp_path, KEPT_FOLDERS + 5, 0.5 * DAY)
    prune(tmp_path, now=1e9)
    assert len(list(tmp_path.iterdir())) == 2 * (KEPT_FOLDERS + 5)


class Vanishing(type(Path())):  # type: ignore[misc]
    """A folder in which every second entry is deleted by somebody else as soon as it has been listed."""

    def iterdir(self) -> Iterator[Any]:
        found = sorted(Path(self).iterdir())
        for entry in found[::2]:
            entry.rmdir() if entry.is_dir() else entry.unlink()
        return iter(found)


def test_entries_that_another_blender_deletes_meanwhile(tmp_path: Path) -> None:
    entries(tmp_path, KEPT_FOLDERS + 5, 2 * DAY)
    prune(Vanishing(tmp_path), now=1e9)
    assert list(tmp_path.iterdir())
    prune(tmp_path / "gone", now=1e9)
