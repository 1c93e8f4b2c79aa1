"""Results as files in a folder: which ones, under which names, and what becomes of them on a bad disk."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.images import load_result
from nst.blender_nst.host.png import write_png
from nst.blender_nst.saving import check_saving, save_images
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import data_blocks, give_material, picture_of, style_images
from nst.tests.blender.driving import choose, press_stylize, reason, tick_until
from nst.tests.blender.test_files import room_for
from nst.tests.blender.test_tile import EXEMPLAR
from nst.tests.blender.test_tile import choose as choose_tile
from nst.tests.blender.test_tile import press as press_tile

RESULT = "Suzanne van_gogh_auvers NST"
FILE = "Suzanne_van_gogh_auvers_NST.png"
FOLDER = "//textures/"


@pytest.fixture
def saved(scene: Any, tmp_path: Path) -> Path:
    """The folder of the scene's file, which is saved. The engine's files lie elsewhere."""
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"))
    return folder


def grey16(path: Path, levels: Sequence[int]) -> None:
    """Write a PNG of one row, 16 bits of grey each."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(levels), 1, 16, 0, 0, 0, 0)
    row = zlib.compress(b"\0" + struct.pack(f">{len(levels)}H", *levels))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def tiled(folder: Path, name: str = "Tiled") -> tuple[Any, list[Path]]:
    """A result of two tiles, and the engine's files of it."""
    files = [folder / f"texture.{number}.png" for number in (1001, 1002)]
    write_png(files[0], [[(255, 0, 0)] * 8] * 8)
    write_png(files[1], [[(column, row, 9) for column in range(64)] for row in range(64)])
    return load_result(files[0], name, files), files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_engines_bytes_are_what_is_saved(saved: Path, tmp_path: Path) -> None:
    grey16(tmp_path / "height.png", (0, 1, 40000, 65535))
    height = load_result(tmp_path / "height.png", "One/Two Height", is_color=False)
    tiles, files = tiled(tmp_path)
    assert save_images([height, tiles], FOLDER) == ()
    folder = saved / "textures"
    assert names(folder) == ["One_Two_Height.png", "Tiled.1001.png", "Tiled.1002.png"]
    assert (folder / "One_Two_Height.png").read_bytes() == (tmp_path / "height.png").read_bytes()
    assert [(folder / f"Tiled.{k}.png").read_bytes() for k in (1001, 1002)] == [
        file.read_bytes() for file in files
    ]
    for path in (*files, tmp_path / "height.png"):
        path.unlink()
    height.use_fake_user = tiles.use_fake_user = True
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(saved / "scene.blend"))
    height, tiles = bpy.data.images["One/Two Height"], bpy.data.images["Tiled"]
    assert (height.filepath, tiles.filepath) == (
        "//textures/One_Two_Height.png",
        "//textures/Tiled.<UDIM>.png",
    )
    assert not [file for image in (height, tiles) for file in image.packed_files]
    values = np.empty(16, dtype=np.float32)
    height.pixels.foreach_get(values)
    assert values[::4] == pytest.approx(np.array([0, 1, 40000, 65535]) / 65535, abs=1e-6)
    assert height.colorspace_settings.is_data
    assert [(tile.number, *tile.size) for tile in tiles.tiles] == [(1001, 8, 8), (1002, 64, 64)]


def test_nothing_that_is_there_is_overwritten(saved: Path, tmp_path: Path) -> None:
    folder = saved / "textures"
    folder.mkdir()
    (folder / "Tiled.1002.png").write_bytes(b"mine")
    (folder / "One.png").symlink_to(saved / "nowhere.png")
    (folder / "One.001.png").write_bytes(b"mine, too")
    tiles, files = tiled(tmp_path)
    one = load_result(files[0], "One")
    assert save_images([tiles, one], FOLDER) == ()
    assert (folder / "Tiled.1002.png").read_bytes() == b"mine"
    assert (folder / "One.001.png").read_bytes() == b"mine, too"
    assert not (saved / "nowhere.png").exists()
    assert (tiles.filepath, one.filepath) == ("//textures/Tiled.001.<UDIM>.png", "//textures/One.002.png")
    assert (folder / "Tiled.001.1002.png").read_bytes() == files[1].read_bytes()
    assert (folder / "One.002.png").read_bytes() == files[0].read_bytes()


def test_what_the_disk_has_no_room_for_stays_packed(saved: Path, tmp_path: Path) -> None:
    """Of an image's tiles all or none are files."""
    tiles, files = tiled(tmp_path)
    one = load_result(files[0], "One")
    assert len(files[0].read_bytes()) < 200 < len(files[1].read_bytes())
    with room_for(200):
        (note,) = save_images([one, tiles], FOLDER)
    assert names(saved / "textures") == ["One.png"]
    assert str(saved / "textures") in note
    assert "large" in note  # what the system says
    assert "'Tiled'" in note
    assert "'One'" not in note
    assert len(tiles.packed_files) == 2
    assert tiles.filepath == "//Tiled.<UDIM>.png"
    assert not one.packed_files


def test_a_complete_path_needs_no_blend_file(scene: Any, tmp_path: Path) -> None:
    image, _ = tiled(tmp_path)
    folder = str(tmp_path / "new" / "textures")
    check_saving(folder)
    assert not (tmp_path / "new").exists()
    assert save_images([image], folder) == ()
    assert image.filepath == f"{folder}/Tiled.<UDIM>.png"
    assert names(tmp_path / "new" / "textures") == ["Tiled.1001.png", "Tiled.1002.png"]


def test_a_folder_that_takes_no_file_is_said_before_the_work(
    addon: Any, monkey: Any, style: Any, saved: Path
) -> None:
    (saved / "textures").write_bytes(b"a file")
    for folder in (FOLDER, "//textures/more", "/proc/textures"):
        with pytest.raises(JobError, match="cannot be written to") as caught:
            check_saving(folder)
        assert (caught.value.code, caught.value.remedy) == ("no_permission", Remedy.CHOOSE_FOLDER)
    choose(style, images="save")
    choose_tile(style)
    jobs = addon.module("storage").user_folder("jobs")
    before = names(jobs)
    for operator in (bpy.ops.nst.stylize_texture, bpy.ops.nst.make_tile):
        with pytest.raises(RuntimeError, match="cannot be written to"):
            operator(size=64)
    assert names(jobs) == before
    assert (saved / "textures").read_bytes() == b"a file"


def test_a_folder_beside_a_file_that_is_not_saved_yet(addon: Any, monkey: Any, style: Any) -> None:
    choose(style)
    assert reason(bpy.context, addon) is None
    for folder in (FOLDER, "textures", ""):
        choose(style, images="save", image_folder=folder)
        for problem in (reason(bpy.context, addon), addon.module("readiness").tile_problem(bpy.context)):
            assert (problem.code, problem.remedy) == ("blend_unsaved", Remedy.CHOOSE_FOLDER)
            assert "Save the .blend file first" in problem.message
    assert not bpy.ops.nst.stylize_texture.poll()
    assert not bpy.ops.nst.make_tile.poll()
    with pytest.raises(addon.module("session").JobError, match=r"Save the \.blend file first"):
        press_stylize(addon, save_to=FOLDER)
    choose(style, image_folder="/tmp")
    assert reason(bpy.context, addon) is None


def test_a_texture_is_saved_and_undone_and_done_again(
    addon: Any, monkey: Any, style: Any, saved: Path
) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style, images="save", image_folder="textures", relief=True)
    bpy.ops.ed.undo_push(message="Before")
    blocks = data_blocks()
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Stylize")  # as the window would
    height = FILE.replace(".png", "_Height.png")
    assert names(saved / "textures") == [FILE, height]
    image = bpy.data.images[RESULT]
    assert (image.filepath, image.packed_file) == (f"//textures/{FILE}", None)
    assert picture_of(image)[0, 0, :3].tolist() == [240, 120, 20]
    bpy.ops.ed.undo()
    assert data_blocks() == blocks
    bpy.ops.ed.redo()
    image = bpy.data.images[RESULT]
    assert picture_of(image)[0, 0, :3].tolist() == [240, 120, 20]
    assert style_images(bpy.data.objects["Suzanne"])[0] == image
    bpy.ops.ed.undo()
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    assert bpy.data.images[RESULT].filepath == f"//textures/{FILE.replace('.png', '.001.png')}"


def test_a_folder_that_goes_bad_meanwhile_loses_nothing(
    addon: Any, monkey: Any, style: Any, saved: Path
) -> None:
    addon.use_worker("slow")
    choose(style)
    run = press_stylize(addon, save_to=FOLDER)
    tick_until(addon, lambda: run.status.begun)
    (saved / "textures").write_bytes(b"a file")
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    (image,) = style_images(monkey)
    assert image.packed_file is not None
    notice = addon.session.notice
    assert not notice.is_error
    assert f"so the .blend file holds '{RESULT}'" in notice.text
    assert not run.folder.exists()


def test_a_file_that_is_saved_elsewhere_meanwhile_takes_its_folder_along(
    addon: Any, monkey: Any, style: Any, saved: Path, tmp_path: Path
) -> None:
    addon.use_worker("slow")
    choose(style)
    run = press_stylize(addon, save_to=FOLDER)
    tick_until(addon, lambda: run.status.begun)
    (tmp_path / "other").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other" / "scene.blend"))
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    assert names(tmp_path / "other" / "textures") == [FILE]
    assert names(saved) == ["scene.blend"]


def test_cancelling_leaves_no_file(addon: Any, monkey: Any, style: Any, saved: Path) -> None:
    addon.use_worker("slow")
    choose(style, images="save")
    choose_tile(style, size="256")
    for press in (lambda: press_stylize(addon, save_to=FOLDER), lambda: press_tile(addon)):
        run = press()
        tick_until(addon, lambda run=run: run.status.begun)  # type: ignore[misc]
        bpy.ops.nst.cancel_job(job=run.id)
        tick_until(addon, lambda: addon.session.run is None)
        assert run.status.state.name == "CANCELLED"
    assert names(saved) == ["scene.blend"]


def test_a_tile_is_saved(addon: Any, monkey: Any, style: Any, saved: Path) -> None:
    addon.use_worker("notes")
    choose(style, images="save", image_folder="//")
    choose_tile(style)
    assert bpy.ops.nst.make_tile(size=64) == {"FINISHED"}
    image = bpy.data.images[f"{EXEMPLAR} Tile NST"]
    assert (image.filepath, image.packed_file) == (f"//{EXEMPLAR}_Tile_NST.png", None)
    assert (saved / f"{EXEMPLAR}_Tile_NST.png").is_file()
    shutil.rmtree(saved)
    assert bpy.ops.nst.make_tile(size=64) == {"FINISHED"}  # it makes the folder
