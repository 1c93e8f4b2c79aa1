"""The shell command, as a farm runs it: exit codes, one-line errors, JSON, and nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import feed_image, give_material

FAKE_WORKER = Path(__file__).parent / "fakes" / "worker.py"
PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    """Makes a program that stands in for the engine's Python and is a fake worker."""

    def make(mode: str) -> Path:
        path = tmp_path / f"python_{mode}"
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_WORKER}" {mode}\n')
        path.chmod(0o755)
        return path

    return make


@pytest.fixture(autouse=True)
def jobs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command's job folders and logs are to be."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder / "neural_style_transfer" / "jobs"


@pytest.fixture
def blend(monkey: Any, tmp_path: Path) -> Path:
    """A scene file with Suzanne in it."""
    give_material(monkey)
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path


MAIN = """
import sys
from nst.blender_nst.cli import main
sys.exit(main(sys.argv[1:]))
"""


def start(*words: object, before: str = "") -> subprocess.Popen[str]:
    """``nst-blender`` in a process of its own. before: a program that goes before it."""
    program = ("-c", before + MAIN) if before else ("-m", "nst.blender_nst.cli")
    environment = {key: value for key, value in os.environ.items() if key != "NST_ENGINE_PYTHON"}
    return subprocess.Popen(
        [sys.executable, "-P", *program, *(str(word) for word in words)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(*words: object, before: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``nst-blender``."""
    process = start(*words, before=before)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize("words", [(), ("--object", "Suzanne")])
def test_a_tile_is_made_and_saved(blend: Path, engine: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    out = tmp_path / "out.blend"
    code, said, errors = command(
        blend, "tile", "--style", PAINTING, "--size", 64, *words, "--save", out, "--json",
        "--engine-python", engine("paint"),
    )  # fmt: skip
    assert code == 0, errors
    result = json.loads(said)
    assert result["materials"] == ["van_gogh_auvers"]
    assert result["objects"] == list(words[1:])
    bpy.ops.wm.open_mainfile(filepath=str(out))
    material = bpy.data.materials["van_gogh_auvers"]
    assert bpy.data.images[result["images"][0]].packed_file is not None
    assert (bpy.data.objects["Suzanne"].material_slots[0].material == material) == bool(words)
    assert material.use_fake_user != bool(words)


def test_a_world_is_painted_and_saved(scene: Any, engine: Any, tmp_path: Path) -> None:
    scene.world = bpy.data.worlds.new("World")
    path, out = tmp_path / "scene.blend", tmp_path / "out.blend"
    words = (path, "world", "--style", PAINTING, "--stroke", 5, "--save", out, "--json")
    words += ("--engine-python", engine("paint"))
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    code, said, _ = command(*words)
    assert (code, json.loads(said)["error"]["code"]) == (1, "no_environment")
    assert not out.exists()
    if bpy.app.version < (5, 0, 0):
        scene.world.use_nodes = True
    tree = scene.world.node_tree
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = bpy.data.images.load(str(PAINTING))
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    tree.links.new(texture.outputs["Color"], background.inputs["Color"])
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    code, said, errors = command(*words)
    assert code == 0, errors
    bpy.ops.wm.open_mainfile(filepath=str(out))
    image = bpy.data.images[json.loads(said)["images"][0]]
    job = json.loads(image["nst_job"])
    assert (job["world"], job["projection"], job["stroke"]) == ("World", "equirect", 5.0)
    groups = [node for node in bpy.context.scene.world.node_tree.nodes if node.type == "GROUP"]
    assert [node.node_tree.name for node in groups] == ["NST World"]
    assert image.users == 1


def test_a_scene_is_painted_and_saved(blend: Path, engine: Any, tmp_path: Path, jobs: Path) -> None:
    out = tmp_path / "out.blend"
    words = ("texture", "--object", "Suzanne", "--style", PAINTING, "--size", 64, "--quality", "draft")
    code, said, errors = command(
        blend, *words, "--save", out, "--seed", 3, "--json", "--engine-python", engine("paint")
    )
    assert code == 0, errors
    result = json.loads(said)  # and nothing of what Blender prints
    assert result["objects"] == ["Suzanne"]
    assert result["output"] == str(out)
    assert result["materials"] == ["Paint"]
    assert result["info"]["style_sha256"] == "0123abcd"
    assert not {"sheets", "heights"} & set(result["info"])  # files that are gone
    assert result["files"] == []
    assert list(jobs.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.blend", "python_paint", "scene.blend"]
    bpy.ops.wm.open_mainfile(filepath=str(out))
    image = bpy.data.images[result["images"][0]]
    assert image["nst_seed"] == 3
    assert image.packed_file is not None
    material = bpy.data.objects["Suzanne"].material_slots[0].material
    assert [node.node_tree.name for node in material.node_tree.nodes if node.type == "GROUP"] == [
        "NST Texture"
    ]


@pytest.mark.parametrize(
    ("kind", "save_to", "begins"),
    [("texture", "//a", "//../a/"), ("tile", "//a", "//../a/"), ("tile", "b", "")],
)
def test_images_are_saved_where_the_shell_or_the_scene_means(
    blend: Path,
    engine: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    save_to: str,
    begins: str,
) -> None:
    """A path of the shell's begins where it is, one with // where the scene is, wherever that is saved."""
    out = tmp_path / "elsewhere" / "out.blend"
    out.parent.mkdir()
    monkeypatch.chdir(out.parent)
    words = (kind, "--style", PAINTING, "--size", 64, "--save", out, "--save-to", save_to, "--json")
    code, said, errors = command(blend, *words, "--engine-python", engine("paint"))
    assert code == 0, errors
    folder = tmp_path / "a" if begins else out.parent / "b"
    (file,) = folder.iterdir()
    assert json.loads(said)["files"] == [str(file)]
    bpy.ops.wm.open_mainfile(filepath=str(out))
    image = bpy.data.images[json.loads(said)["images"][0]]
    assert image.packed_file is None
    assert image.filepath == (begins or f"{folder}/") + file.name
    assert image.size[:] == (64, 64)


def test_controls_are_options_too(blend: Path, engine: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.blend"
    words = (
        "texture",
        "--object",
        "Suzanne",
        "--style",
        f"{PAINTING}:2",
        "--style",
        f"{PAINTING}:0.5",
        "--size",
        64,
    )
    more = ("--color", "keep", "--loss", "w2,nn:0.5", "--mask", f"{PAINTING}={PAINTING},strength=0.3")
    more += ("--direction", "curvature", "--angle", 30, "--occlusion", 0.5, "--relief")
    more += ("--mask", f"material:Paint={PAINTING},stroke=0.2,color=keep,soften=0.1")
    code, said, errors = command(
        blend, *words, *more, "--save", out, "--json", "--engine-python", engine("paint")
    )
    assert code == 0, errors
    bpy.ops.wm.open_mainfile(filepath=str(out))
    job = json.loads(bpy.data.images[json.loads(said)["images"][0]]["nst_job"])
    assert (job["direction"], job["angle"], job["occlusion"]) == ("curvature", 30, 0.5)
    assert job["relief"] is True
    stored = job["controls"]
    assert (stored["color"], stored["losses"]) == ("keep", [["w2", 1.0], ["nn", 0.5]])
    assert stored["blend"] == [[str(PAINTING), 0.25]]
    assert stored["masks"][0]["strength"] == 0.3
    of_material = {"mask": "material:Paint", "stroke": 0.2, "color": "keep", "soften": 0.1, "strength": -1.0}
    assert stored["masks"][1] == {**of_material, "style": str(PAINTING), "members": []}
    code, _, errors = command(blend, *words, "--color", "kept", "--save", out)
    assert code == 2
    assert "kept" in errors


@pytest.mark.parametrize(
    ("change", "code", "kind", "words"),
    [
        ({"--object": "Nobody"}, 1, "no_object", "It has: Suzanne"),
        ({"--style": "/no/painting.png"}, 1, "image_missing", "/no/painting.png"),
        ({"--mask": f"group:Face={PAINTING}"}, 1, "mask_missing", "There is none"),
        ({"--mask": f"material:Pain={PAINTING}"}, 1, "mask_missing", "Did you mean Paint?"),
        ({"--mask": f"material:Paint={PAINTING},strokes=2"}, 2, "bad_job", "Did you mean stroke?"),
        ({"--mask": f"faceset:one={PAINTING}"}, 2, "bad_job", "faceset:3"),
        ({"--style": f"{PAINTING}:0"}, 2, "bad_job", "weight"),
        ({"--size": "3"}, 2, "bad_job", "size is 3"),
        ({"--size": "big"}, 2, "usage", "--size"),
        ({"--save": "/no/folder/out.blend"}, 1, "folder_missing", "/no/folder"),
        ({"--save": str(PAINTING)}, 2, "usage", "ends in .blend"),
        ({"--save-to": "/proc/textures"}, 1, "no_permission", "/proc"),
        ({"--engine-python": "/no/python"}, 3, "engine_missing", "/no/python"),
        ({"--engine-python": "mute"}, 3, "engine_start", "torch"),
        ({"--engine-python": "dies"}, 1, "engine_died", "log"),
        ({"--engine-python": "fails"}, 1, "mesh_nan", "Not numbers"),
        ({"scene": "/no/scene.blend"}, 1, "scene_missing", "/no/scene.blend"),
        ({"scene": str(PAINTING)}, 1, "scene_unreadable", "no .blend file"),
    ],
)
def test_errors(
    blend: Path,
    engine: Any,
    tmp_path: Path,
    jobs: Path,
    change: dict[str, str],
    code: int,
    kind: str,
    words: str,
) -> None:
    out = tmp_path / "out.blend"
    options = {"--object": "Suzanne", "--style": str(PAINTING), "--save": str(out), "--size": "64"}
    options["--engine-python"] = "paint"
    scene = change.get("scene", str(blend))
    options.update({key: value for key, value in change.items() if key != "scene"})
    if "/" not in options["--engine-python"]:
        options["--engine-python"] = str(engine(options["--engine-python"]))
    before = blend.read_bytes()
    status, said, errors = command(
        scene, "texture", *(word for pair in options.items() for word in pair), "--json"
    )
    assert status == code
    error = json.loads(said)["error"]
    assert error["code"] == kind
    assert words in error["message"]
    last = errors.splitlines()[-1]
    assert last.startswith("nst-blender: ")
    assert "Traceback" not in errors
    assert not out.exists()
    assert blend.read_bytes() == before
    left = list(jobs.iterdir()) if jobs.exists() else []
    assert [str(path) in error["message"] for path in left] == [True] * (
        kind in ("engine_start", "engine_died")
    )


def test_what_a_linked_scene_lacks_is_said(blend: Path, engine: Any, tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(blend), link=True) as (_there, here):
        here.objects = ["Suzanne"]
    bpy.context.scene.collection.objects.link(here.objects[0])
    scene, out = tmp_path / "linked.blend", tmp_path / "out.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(scene), copy=True)
    words = ("tile", "--style", PAINTING, "--object", "Suzanne", "--engine-python", engine("paint"), "--json")
    before = blend.read_bytes()
    for target, kind in ((out, "object_linked"), (blend, "usage")):
        code, said, _ = command(scene, *words, "--save", target)
        error = json.loads(said)["error"]
        assert (code != 0, error["code"]) == (True, kind)
        assert "linked from another file" in error["message"] or "takes linked data from" in error["message"]
    assert not out.exists()
    assert blend.read_bytes() == before


def test_notes_are_said(blend: Path, engine: Any, tmp_path: Path) -> None:
    words = ("texture", "--style", PAINTING, "--size", 64, "--save", tmp_path / "out.blend")
    code, said, errors = command(blend, *words, "--engine-python", engine("notes"), "--json")
    assert code == 0
    assert "nst-blender: Note: 3 faces cannot be painted." in errors
    assert json.loads(said)["notes"][0] == "3 faces cannot be painted."


def test_a_scene_that_cannot_be_saved_says_where_the_texture_is(
    blend: Path, engine: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    process = start(
        *(blend, "texture", "--style", PAINTING, "--size", 64, "--save", folder / "out.blend", "--json"),
        *("--engine-python", engine("paint")),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Step" in line:
            folder.rmdir()
            break
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    error = json.loads(said)["error"]
    assert error["code"] == "save_failed"
    kept = Path(error["message"].split("The finished texture is kept: ")[1])
    assert kept.read_bytes().startswith(b"\x89PNG")


WHILE_IT_STARTS = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "bpy":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
"""
WHILE_IT_BAKES = """
import os, signal, bpy
import cycles.engine
bake = cycles.engine.bake
def interrupted(*words):
    os.kill(os.getpid(), signal.{signal})
    bake(*words)
cycles.engine.bake = interrupted
"""


@pytest.mark.parametrize(
    "before",
    [WHILE_IT_STARTS, WHILE_IT_BAKES.format(signal="SIGINT"), WHILE_IT_BAKES.format(signal="SIGTERM")],
    ids=["start", "bake", "bake-killed"],
)
def test_interrupted_before_the_engine_begins(
    monkey: Any, engine: Any, tmp_path: Path, jobs: Path, before: str
) -> None:
    feed_image(give_material(monkey), None)  # has to be baked
    scene, out = tmp_path / "scene.blend", tmp_path / "out.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(scene), copy=True)
    words = (scene, "texture", "--style", PAINTING, "--save", out, "--size", 64, "--json")
    code, said, errors = command(*words, "--engine-python", engine("paint"), before=before)
    assert code == 130, errors
    assert json.loads(said)["error"] == {
        "code": "cancelled",
        "message": "Cancelled. Nothing was written.",
        "remedy": "",
    }
    assert "Traceback" not in errors
    assert not out.exists()
    assert not jobs.exists() or list(jobs.iterdir()) == []


def test_interrupted(blend: Path, engine: Any, tmp_path: Path, jobs: Path) -> None:
    out = tmp_path / "out.blend"
    process = start(
        *(blend, "texture", "--style", PAINTING, "--save", out, "--size", 64),
        *("--engine-python", engine("slow")),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Step 2" in line:
            break
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Nothing was written" in errors
    assert not out.exists()
    assert list(jobs.iterdir()) == []


def test_interrupted_where_the_work_is_to_be_kept(blend: Path, engine: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.blend"
    process = start(
        *(blend, "texture", "--style", PAINTING, "--save", out, "--size", 64, "--json"),
        *("--keep-on-interrupt", "--engine-python", engine("slow")),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Step 2" in line:
            break
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert json.loads(said)["info"]["stopped_early"] is True
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert [tree.name for tree in bpy.data.node_groups] == ["NST Texture"]
    assert not [image for image in bpy.data.images if "nst_live" in image]


def test_the_engine_ends_with_a_killed_blender(blend: Path, engine: Any, tmp_path: Path) -> None:
    """Nothing of this program is left to end the worker: it has to notice by itself."""
    process = start(
        *(blend, "texture", "--style", PAINTING, "--save", tmp_path / "out.blend", "--size", 64),
        *("--engine-python", engine("slow")),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Step 2" in line:
            break
    worker = next(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _parent(entry) == process.pid
    )
    process.kill()
    process.communicate(timeout=60)
    for _ in range(500):
        if not Path(f"/proc/{worker}").exists() or _state(Path(f"/proc/{worker}")) == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the worker goes on")


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _state(entry: Path) -> str:
    try:
        return (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
