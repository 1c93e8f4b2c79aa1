"""Every example of docs/python.md, as it stands there."""

import re
import shutil
from pathlib import Path

import pytest
import torch

from nst.core.api import Losses, MaskedStyle, Painting, load_encoder, stylize
from nst.core.protocol import JobError

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example(number, tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    shutil.copytree(ROOT / "tests" / "assets", tmp_path / "tests" / "assets")
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[number], f"example {number}", "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quality": "superb"}, "must be one of draft"),
        ({"color": "kep"}, "Did you mean keep"),
        ({"strength": 1.5}, "from 0 to 1"),
        ({"span": 0.0}, "span is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"losses": Losses((("grm", 1.0),))}, "Did you mean gram"),
        ({"masks": [MaskedStyle(torch.ones(1, 1, 8, 8), torch.rand(1, 3, 32, 32), -1.0)]}, "from 0 to 1"),
        ({"masks": [MaskedStyle(torch.ones(1, 1, 8, 8), torch.rand(1, 3, 32, 32), stroke=9)]}, "stroke is 9"),
        ({"masks": [MaskedStyle(torch.ones(8, 8), torch.rand(1, 3, 32, 32))]}, "a mask is"),
        ({"content": torch.rand(3, 32, 32)}, "must be"),
        ({"content": torch.rand(1, 3, 32, 32) * 255}, "from 0 to 1"),
        ({"content": torch.full((1, 3, 32, 32), torch.nan)}, "from 0 to 1"),
        ({"style": torch.rand(1, 1, 32, 32)}, "a style is"),
        ({"style": torch.zeros(1, 3, 32, 32, dtype=torch.uint8)}, "floating point"),
    ],
)
def test_stylize_says_what_cannot_be(wrong, says):
    settings = {"content": torch.rand(1, 3, 32, 32), "style": torch.rand(1, 3, 32, 32), **wrong}
    with pytest.raises((ValueError, JobError), match=says):
        stylize(settings.pop("content"), settings.pop("style"), **settings)


def test_stylize_refuses_what_another_network_has_measured():
    encoder, other = load_encoder(), load_encoder(pooling="average")
    with pytest.raises(JobError, match="measured with the network vgg19-embedded\\+average"):
        stylize(torch.rand(1, 3, 32, 32), Painting(torch.rand(1, 3, 32, 32), other), encoder=encoder)
