"""Every example of docs/python.md, as it stands there."""

import re
import shutil
from pathlib import Path

import pytest
import torch

from nst.core.api import stylize

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example(number, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "tests").mkdir()
    shutil.copytree(ROOT / "tests" / "assets", tmp_path / "tests" / "assets")
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[number], f"example {number}", "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quality": "superb"}, "must be one of draft"),
        ({"strength": 1.5}, "from 0 to 1"),
        ({"masks": [(torch.ones(1, 1, 8, 8), torch.rand(1, 3, 32, 32), -1.0)]}, "from 0 to 1"),
        ({"content": torch.rand(3, 32, 32)}, "must be"),
    ],
)
def test_stylize_says_what_cannot_be(wrong, says):
    settings = {"content": torch.rand(1, 3, 32, 32), "style": torch.rand(1, 3, 32, 32), **wrong}
    with pytest.raises(ValueError, match=says):
        stylize(settings.pop("content"), settings.pop("style"), **settings)
