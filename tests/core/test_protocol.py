"""The contract between the add-on and the engine: round trips, and errors that name what is wrong."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nst.core.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Device,
    Failure,
    Finish,
    Hello,
    ImageJob,
    Job,
    JobError,
    Message,
    Progress,
    Remedy,
    Result,
    Sheet,
    Shutdown,
    Submit,
    SynthesisJob,
    TextureJob,
    decode,
    encode,
    job_from_dict,
    job_to_dict,
    load_job,
    save_job,
)

TEXTURE = TextureJob(
    mesh="/m.glb", style="/s.jpg",
    sheets=(Sheet("/o.png", "/b.png", (0.1, 0.2, 0.3)), Sheet("/<UDIM>.png", height="/h.<UDIM>.exr")),
    size=512,
    quality="best", strength=0.25, stroke=0.125, direction="uv",
    angle=30.0, occlusion=0.5, curvature=0.25, seed=7, device="cuda:1", preview="/p.png",
)  # fmt: skip
IMAGE = ImageJob(content="/c.png", style="/s.jpg", output="/ö ü.png", size=0, quality="draft")
SYNTHESIS = SynthesisJob("/s.jpg", "/o.png", 640, 480, tile="x", scale=0.5, start="noise", seed=3)
MESSAGES: list[Message] = [
    Hello(PROTOCOL_VERSION, "0.1", "3.11", "2.9", (Device("cuda:0", "A", 8), Device("cpu", "B", 0)), "cpu"),
    Submit("job-1", json.loads(json.dumps(job_to_dict(TEXTURE)))),
    Progress("job-1", "Painting, pass 2 of 4", 0.5, 3, 9, 1.25, 12.0, "/tmp/preview.png", "/tmp/live.png"),
    Result("job-1", "/o.png", {"seed": 7, "nested": {"list": [1, 2.5, None, "ä"]}}),
    Failure("job-1", "mesh_no_uv", "No UVs.\nUnwrap it.", "unwrap", "Traceback"),
    Finish("job-1"),
    Cancel("job-1"),
    Shutdown(),
]  # fmt: skip


@pytest.mark.parametrize("job", [TEXTURE, IMAGE, ImageJob("/c", "/s", "/o"), SYNTHESIS])
def test_job_comes_back_from_json(job: Job, tmp_path: Path) -> None:
    assert job_from_dict(json.loads(json.dumps(job_to_dict(job)))) == job
    save_job(job, tmp_path / "job.json")
    assert load_job(tmp_path / "job.json") == job


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
def test_message_comes_back_from_its_line(message: Message) -> None:
    line = encode(message)
    assert "\n" not in line
    assert decode(line) == message


def test_a_newer_peer_may_say_more() -> None:
    assert decode('{"type":"cancel","id":"a","reason":"new"}') == Cancel("a")


BAD_FIELDS = [
    ("mesh", ""), ("mesh", 5), ("mesh", None), ("style", ""), ("style", ["a"]),
    ("sheets", []), ("sheets", None), ("sheets", "a.png"),
    ("size", 63), ("size", 16385), ("size", 512.0), ("size", "512"), ("size", True),
    ("size", None), ("size", math.nan),
    ("quality", "superb"), ("quality", ["draft"]), ("quality", None),
    ("strength", -0.01), ("strength", 1.01), ("strength", math.nan), ("strength", "1"),
    ("stroke", -1), ("stroke", math.inf), ("stroke", None),
    ("seed", -1), ("seed", 2**31), ("seed", 1.5), ("seed", "x"),
    ("device", 0), ("device", None), ("preview", 7),
    ("direction", "curved"), ("direction", None), ("angle", -1), ("angle", 361), ("angle", "x"),
    ("occlusion", 1.1), ("occlusion", None), ("curvature", -0.1), ("curvature", math.nan),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_FIELDS, ids=[f"{name}-{value}" for name, value in BAD_FIELDS])
def test_a_bad_field_is_named(name: str, value: Any) -> None:
    with pytest.raises(JobError) as caught:
        job_from_dict({**job_to_dict(TEXTURE), name: value})
    assert caught.value.code == "bad_job"
    assert caught.value.remedy is not Remedy.NONE
    assert name in caught.value.message
    assert repr(value) in caught.value.message or "nan" in caught.value.message


BAD_SHEETS = [
    ("output", ""), ("output", {}), ("base", None), ("base", 3),
    ("height", 3), ("height", "h.<UDIM>.png"), ("height", "h.<PART>.png"),
    ("base_color", "red"), ("base_color", [0.1, 0.2]), ("base_color", [0, 0, 1.5]),
    ("base_color", [0, math.nan, 0]), ("outputs", "o.png"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_SHEETS, ids=[f"{name}-{value}" for name, value in BAD_SHEETS])
def test_a_bad_field_of_a_sheet_is_named(name: str, value: Any) -> None:
    with pytest.raises(JobError, match=name) as caught:
        job_from_dict({**job_to_dict(TEXTURE), "sheets": [{"output": "/o.png", name: value}]})
    assert caught.value.code == "bad_job"
    with pytest.raises(JobError, match="<PART>"):  # of all its files, one relief
        Sheet("/<PART>.png", height="/h.png")
    for sheets in ([5], [{}], [{"base": "/b.png"}]):
        with pytest.raises(JobError, match="sheet"):
            job_from_dict({**job_to_dict(TEXTURE), "sheets": sheets})


def test_bad_fields_of_an_image_job() -> None:
    for name, value in (("content", ""), ("size", 1), ("size", 20000)):
        with pytest.raises(JobError, match=name):
            job_from_dict({**job_to_dict(IMAGE), name: value})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "object"),
        ("job", "object"),
        ({}, "version"),
        ({"version": 99, "kind": "texture"}, "99"),
        ({"version": 1}, "kind"),
        ({"version": 1, "kind": "sculpture"}, "sculpture"),
        ({"version": 1, "kind": ["texture"]}, "kind"),
        ({"version": 1, "kind": "image", "style": "/s", "output": "/o"}, "content"),
        ({**job_to_dict(IMAGE), "colour": "red"}, "colour"),
        ({**job_to_dict(IMAGE), "mesh": "/m"}, "mesh"),
    ],
)
def test_what_is_no_job_is_refused(data: Any, says: str) -> None:
    with pytest.raises(JobError, match=says) as caught:
        job_from_dict(data)
    assert caught.value.code == "bad_job"


def test_job_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"none\.json") as caught:
        load_job(tmp_path / "none.json")
    assert caught.value.code == "job_unreadable"
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": 1,', encoding="utf-8")
    with pytest.raises(JobError, match="not valid JSON") as caught:
        load_job(broken)
    assert caught.value.code == "bad_job"
    broken.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(JobError, match="not valid JSON"):
        load_job(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(JobError, match="not valid JSON"):
        load_job(broken)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "[1]",
        "5",
        "{}",
        '{"type":"song"}',
        '{"type":["cancel"]}',
        '{"type":"cancel"}',
        '{"type":"submit","id":"a"}',
        '{"type":"hello","protocol":1}',
        '{"type":"hello","devices":[{"id":"cpu"}]}',
        '{"type":"hello","devices":[7]}',
        '{"type":"hello","devices":5}',
    ],
)
def test_what_is_no_message_raises_value_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(line)


def test_the_protocol_is_reached_without_torch_and_numpy() -> None:
    program = (
        "import sys, nst.core.protocol;"
        "print([name for name in ('torch', 'numpy', 'bpy', 'PIL', 'trimesh') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
