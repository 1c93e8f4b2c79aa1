"""The job type for Flamenco, compiled as its manager does; the command itself reads its tasks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nst.blender_nst.command.arguments import make_parser

SCRIPT = Path(__file__).resolve().parents[2] / "blender_nst" / "farm" / "nst_animation.js"
SETTINGS = {
    "frames": "1-20",
    "chunk_size": 8,
    "style": "/pictures/a painting.jpg",
    "output": "//painted/shot_####.png",
    "movie": "//shot.mp4",
    "quality": "draft",
    "strength": 0.5,
    "every": 8,
    "boil": 0.25,
    "options": "--part paint  --outlines 1",
    "blendfile": "/scene.blend",
}
# What the manager offers to scripts, as far as this one needs it.
MANAGER = """
const tasks = [];
const author = {
    Task: (name, type) => ({name, type, commands: [], after: [],
        addCommand(command) { this.commands.push(command); },
        addDependency(other) { this.after.push(other.name); }}),
    Command: (name, parameters) => ({name, parameters}),
};
function frameChunker(frames, size) {
    const [first, last] = frames.split("-").map(Number), found = [];
    for (let at = first; at <= last; at += size) {
        const end = Math.min(last, at + size - 1);
        found.push(end > at ? `${at}-${end}` : `${at}`);
    }
    return found;
}
"""


def compiled(**settings: Any) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node to run JavaScript")
    job = json.dumps({"settings": SETTINGS | settings})
    call = f"compileJob(Object.assign({job}, {{addTask: (t) => tasks.push(t)}}));"
    code = "\n".join(
        [MANAGER, SCRIPT.read_text(encoding="utf-8"), call, "console.log(JSON.stringify(tasks));"]
    )
    done = subprocess.run([node, "-"], input=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def words(task: dict[str, Any]) -> Any:
    """What the command understands of a task."""
    (command,) = task["commands"]
    args = command["parameters"]["args"]
    assert (command["name"], command["parameters"]["exe"]) == ("exec", "{blender}")
    assert args[:4] == ["-b", "/scene.blend", "--command", "nst"]
    return make_parser("nst", False).parse_args(args[4:])


def test_frames_are_rendered_then_keys_painted_then_all_the_others() -> None:
    tasks = {task["name"]: task for task in compiled()}
    renders = ["render-1-8", "render-9-16", "render-17-20"]
    paints = ["paint-1-8", "paint-9-16", "paint-17-20"]
    assert list(tasks) == [*renders, "keys", *paints, "finish"]
    assert tasks["keys"]["after"] == renders
    assert all(tasks[name]["after"] == ["keys"] for name in paints)
    assert tasks["finish"]["after"] == paints
    second = words(tasks["render-9-16"])
    assert (second.first, second.last, second.render_only) == (9, 16, True)
    whole = words(tasks["paint-17-20"])
    assert (whole.first, whole.last, whole.only, whole.render_only) == (1, 20, "17-20", False)
    assert words(tasks["keys"]).only == "keys"
    end = words(tasks["finish"])
    assert (end.only, end.movie, end.style, end.output) == (
        "",
        "//shot.mp4",
        [SETTINGS["style"]],
        SETTINGS["output"],
    )
    assert (end.part, end.outlines, end.every, end.boil, end.strength, end.quality) == (
        "paint", 1.0, 8, 0.25, 0.5, "draft"
    )  # fmt: skip


def test_one_frame_and_no_movie() -> None:
    tasks = compiled(frames="7", movie="", options="")
    assert [task["name"] for task in tasks] == ["render-7-7", "keys", "paint-7-7", "finish"]
    assert words(tasks[-1]).movie == ""


def test_frames_that_are_no_range() -> None:
    with pytest.raises(AssertionError, match="frames must be one range"):
        compiled(frames="1-5,9")
