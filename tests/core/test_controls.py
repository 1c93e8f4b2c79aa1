from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nst.core.cli.app import make_parser
from nst.core.protocol import (
    Controls,
    ImageJob,
    JobError,
    Mask,
    Sheet,
    TextureJob,
    job_from_dict,
    job_to_dict,
)
from nst.core.protocol.options import absolute_controls, controls_of, weighted_main

FULL = Controls(
    color="keep",
    blend=(("/b.png", 0.5),),
    coarse="/c.png",
    masks=(
        Mask("/m.png", "/s.png", 0.3, stroke=12.0, color="match-oklab", soften=4.0),
        Mask("/n.png", "/t.png"),
    ),
    losses=(("w2", 1.0), ("nn", 0.5)),
    similarity=2.0,
)


def test_there_and_back() -> None:
    job = ImageJob(content="/a.png", style="/s.png", output="/o.png", controls=FULL)
    assert job_from_dict(json.loads(json.dumps(job_to_dict(job)))) == job


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"color": "kepp"}, "Did you mean keep"),
        ({"losses": [["gramm", 1]]}, "Did you mean gram"),
        ({"losses": [["w2", 0]]}, "sum to 0"),
        ({"losses": [["w2", -1]]}, "weight of w2 is -1"),
        ({"losses": []}, "sum to 0"),
        ({"losses": [["w2", 10**400]]}, "weight of w2 is a number of more than 20 digits"),
        ({"losses": "w2"}, "must be a list"),
        ({"losses": ["w2"]}, "pairs"),
        ({"blend": [["", 1]]}, "must name a file"),
        ({"blend": [["a.png", float("nan")]]}, "weight of a.png"),
        ({"masks": [{"mask": "a.png"}]}, "lacks its style"),
        ({"masks": [{"mask": "a.png", "style": "b.png", "strength": 7}]}, "strength is 7"),
        ({"masks": [{"mask": "a.png", "stile": "b.png"}]}, "Did you mean style"),
        ({"masks": [3]}, "must be an object"),
        ({"masks": [{"mask": "a.png", "style": "b.png", "stroke": -1}]}, "stroke is -1"),
        ({"masks": [{"mask": "a.png", "style": "b.png", "soften": "wide"}]}, "soften is 'wide'"),
        ({"masks": [{"mask": "a.png", "style": "b.png", "color": "kepp"}]}, "Did you mean keep"),
        ({"masks": [{"mask": "mesh:", "style": "b.png"}]}, "after the colon"),
        ({"masks": [{"mask": "mesh:Face", "style": "b.png"}]}, "a picture has no mesh"),
        ({"masks": [{"mask": "group:Face", "style": "b.png"}]}, "a picture has no mesh"),
        ({"edges": "much"}, "edges is 'much'"),
        ({"colour": "keep"}, "Did you mean color"),
    ],
)
def test_wrong_controls(values: dict[str, Any], says: str) -> None:
    data = {"version": 1, "kind": "image", "content": "/a", "style": "/s", "output": "/o", "controls": values}
    with pytest.raises(JobError) as raised:
        job_from_dict(data)
    assert raised.value.code == "bad_job"
    assert says in raised.value.message


def parsed(*words: str) -> Controls:
    options = make_parser().parse_args(["image", "a.png", "s.png", "-o", "o.png", *words])
    return controls_of(options, options.further)


def test_options() -> None:
    assert parsed() == Controls()
    words = ["--color", "keep", "--style", "/b.png:0.5", "--scale-from", "/c.png", "--loss", "w2,nn:0.5"]
    own = "strength=0.3,stroke=12, color=match-oklab,soften=4"
    words += ["--mask", f"/m.png=/s.png,{own}", "--mask", "/n.png=/t.png", "--similarity-weight", "2"]
    assert parsed(*words) == FULL


def test_blanks_and_the_order_of_axes_do_not_matter() -> None:
    assert parsed("--loss", "w2, nn:0.5").losses == (("w2", 1.0), ("nn", 0.5))
    options = make_parser().parse_args(["image", "a.png", "s.png", "-o", "o.png", "--tile", "yx"])
    assert options.tile == "xy"


def test_the_main_style_may_have_a_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls(blend=(("b.png", 0.3),))
    path, found = weighted_main("a.png:0.6", controls)
    assert (path, found.blend) == ("a.png", (("b.png", pytest.approx(0.5)),))
    assert weighted_main("a.png", controls) == ("a.png", controls)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png:0.6").write_bytes(b"")
    assert weighted_main("a.png:0.6", controls) == ("a.png:0.6", controls)


def test_colons_of_paths_are_theirs() -> None:
    assert parsed("--style", "C:\\art\\b.png").blend == (("C:\\art\\b.png", 1.0),)
    assert parsed("--style", "C:\\art\\b.png:2").blend == (("C:\\art\\b.png", 2.0),)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--mask", "m.png"], "MASK=STYLE"),
        (["--mask", "m.png="], "MASK=STYLE"),
        (["--mask", "m.png=s.png,strenght=1"], "Did you mean strength"),
        (["--mask", "m.png=s.png,stroke=big"], "stroke of --mask is 'big'"),
        (["--mask", "m.png=s.png,color=kep"], "Did you mean keep"),
        (["--mask", "m.png=s.png,soften=1,soften=2"], "soften twice"),
        (["--mask", "grup:Face=s.png"], "Did you mean group:Face"),
        (["--loss", "wasserstein"], "Did you mean w2"),
        (["--loss", "mean-std"], "Did you mean bn"),
        (["--loss", "GRAM"], "Did you mean gram"),
        (["--loss", "beauty"], "it must be one of [^.]*[.]$"),
        (["--loss", "w2:0"], "sum to 0"),
        (["--style", "b.png:-1"], "weight of b.png is -1"),
    ],
)
def test_wrong_options(words: list[str], says: str) -> None:
    with pytest.raises(JobError, match=says):
        parsed(*words)


def test_commas_and_signs_of_paths_are_theirs() -> None:
    (mask,) = parsed("--mask", "C:\\a,b.png=C:\\new,x.png,soften=2").masks
    assert mask == Mask("C:\\a,b.png", "C:\\new,x.png", soften=2.0)


def test_a_region_of_a_mesh_is_no_file() -> None:
    controls = parsed("--mask", "mesh:group:Face=s.png")
    (mask,) = controls.masks
    assert (mask.kind, mask.name) == ("mesh", "group:Face")
    assert list(controls.sources) == ["style of mask 1"]
    there = absolute_controls(controls, Path("/there")).masks[0]
    assert (there.mask, there.style) == ("mesh:group:Face", "/there/s.png")


def test_only_blender_knows_its_regions() -> None:
    masks = (Mask("group:Face", "/s.png"),)
    with pytest.raises(JobError, match="only Blender knows"):
        TextureJob("/a.npz", "/s.png", (Sheet("/o.png"),), controls=Controls(masks=masks))
