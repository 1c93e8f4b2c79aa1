"""What identifies a job, field by field."""

from dataclasses import fields, replace

import pytest

from nst.core.job import identity
from nst.core.protocol import Controls, ImageJob, Sheet, SynthesisJob, TextureJob
from nst.core.protocol.controls import Mask

# Another value for each field, files apart.
OTHER = {
    "size": 256,
    "quality": "best",
    "strength": 0.3,
    "stroke": 0.5,
    "direction": "x",
    "angle": 30.0,
    "occlusion": 0.5,
    "curvature": 0.5,
    "width": 256,
    "height": 256,
    "scale": 0.5,
    "start": "noise",
    "seed": 3,
    "tile": "y",
    "color": "keep",
    "losses": (("gram", 1.0),),
    "content": 2.0,
    "similarity": 0.5,
    "edges": 0.5,
    "smooth": 0.5,
    "pooling": "average",
}
FILES = ("mesh", "content", "style")
ELSEWHERE = ("output", "preview", "live", "checkpoint", "device")


@pytest.fixture
def files(tmp_path):
    for name in ("one", "two", "copy"):
        (tmp_path / name).write_text("one" if name == "copy" else name)
    return {name: str(tmp_path / name) for name in ("one", "two", "copy")}


def jobs(files):
    one = files["one"]
    texture = TextureJob(one, one, (Sheet("out.png", one),))
    return texture, ImageJob(one, one, "out.png"), SynthesisJob(one, "out.png")


def with_controls(job, **values):
    return replace(job, controls=Controls(**values))


def test_every_field_but_where_it_goes_makes_another_job(files):
    for job in jobs(files):
        before = identity(job, "vgg19-embedded")
        for field in fields(job):
            if field.name in ("controls", "sheets"):
                continue
            if field.name in ELSEWHERE:
                value = "cpu" if field.name == "device" else "elsewhere.png"
                assert identity(replace(job, **{field.name: value}), "vgg19-embedded") == before
                continue
            value = files["two"] if field.name in FILES else OTHER[field.name]
            other = identity(replace(job, **{field.name: value}), "vgg19-embedded")
            assert [name for name in other if other[name] != before.get(name)], field.name


def test_sheets_count_by_what_is_painted_over_and_how_they_are_split(files, tmp_path):
    job, *_ = jobs(files)
    before = identity(job, "n")
    same = [(Sheet("elsewhere.jpg", files["one"]),), (Sheet("out.png", files["copy"]),)]
    assert all(identity(replace(job, sheets=sheets), "n") == before for sheets in same)
    for number in (1001, 1002):
        (tmp_path / f"base.{number}.png").write_text(str(number))
    tiled = (Sheet("out.<UDIM>.png", str(tmp_path / "base.<UDIM>.png")),)
    others = [
        (Sheet("out.png", files["two"]),),
        (Sheet("out.png"),),
        (Sheet("out.png", base_color=(0.1, 0.2, 0.3)),),
        (Sheet("out.<UDIM>.png", files["one"]),),
        (Sheet("out.png", files["one"]), Sheet("more.png")),
        tiled,
    ]
    found = [before, *(identity(replace(job, sheets=sheets), "n") for sheets in others)]
    assert all(a != b for i, a in enumerate(found) for b in found[:i])
    (tmp_path / "base.1002.png").write_text("repainted")
    assert identity(replace(job, sheets=tiled), "n") != found[-1]


def test_every_control_makes_another_job(files):
    one, two = files["one"], files["two"]
    lists = {
        "blend": [((one, 1.0),), ((two, 1.0),), ((one, 0.5),), ((one, 1.0), (one, 1.0))],
        "coarse": [one, two],
        "masks": [
            (Mask(one, one),),
            (Mask(two, one),),
            (Mask(one, two),),
            (Mask(one, one, 0.5),),
            (Mask(one, one, 0.5), Mask(one, one, 0.5)),
            (Mask(one, one, stroke=2.0),),
            (Mask(one, one, color="keep"),),
            (Mask(one, one, soften=2.0),),
        ],
    }
    for job in jobs(files)[:2]:  # a texture that repeats has no colours to choose
        for field in fields(Controls):
            if field.name == "network":
                continue
            values = lists.get(field.name) or [OTHER[field.name]]
            found = [
                identity(job, "n"),
                *(identity(with_controls(job, **{field.name: v}), "n") for v in values),
            ]
            assert all(a != b for i, a in enumerate(found) for b in found[:i]), field.name
        assert identity(job, "vgg19-embedded") != identity(job, "vgg16-torchvision")


def test_files_count_by_what_they_hold(files):
    job = ImageJob(files["one"], files["one"], "out.png")
    moved = ImageJob(files["copy"], files["copy"], "out.png")
    assert identity(job, "n") == identity(moved, "n")


def test_a_network_counts_by_what_it_is(files):
    """Not by the word or the path that asked for it."""
    job = ImageJob(files["one"], files["one"], "out.png")
    assert identity(with_controls(job, network="vgg19"), "n") == identity(job, "n")
