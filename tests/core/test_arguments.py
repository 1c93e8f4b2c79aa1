"""What Python code may give the engine, and what is said of the rest. Hardly anything is painted here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nst.core.api import (
    Losses,
    MaskedStyle,
    Painting,
    SilentWatcher,
    load_encoder,
    save_picture,
    stylize,
    synthesize,
)
from nst.core.protocol import JobError

PICTURE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
PAINTING = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))


class Impatient(SilentWatcher):
    def enough(self) -> bool:
        return True


def painted(content: Any = PICTURE, style: Any = PAINTING, **settings: Any) -> torch.Tensor:
    return stylize(content, style, quality="draft", watcher=Impatient(), **settings)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"content": PICTURE.numpy()}, TypeError, "content is a ndarray; .* load_picture"),
        ({"content": Image.new("RGB", (8, 8))}, TypeError, "content is a Image"),
        ({"content": "c.png"}, TypeError, "content is 'c.png'"),
        ({"content": None}, TypeError, "content is None"),
        ({"style": PICTURE.numpy()}, TypeError, "a style is a ndarray"),
        ({"style": "a.png"}, TypeError, "load_style_file"),
        ({"style": None}, TypeError, "a style is None"),
        ({"encoder": "vgg19"}, TypeError, "encoder is 'vgg19'"),
        ({"tile": True}, TypeError, "tile is True"),
        ({"tile": "xy"}, TypeError, "tile is 'xy'"),
        ({"masks": MaskedStyle(PICTURE[:, :1], PAINTING)}, TypeError, "masks is a MaskedStyle"),
        ({"masks": [PICTURE]}, TypeError, "masks holds a Tensor; it must hold MaskedStyle"),
        ({"masks": [MaskedStyle(PICTURE[:, :1], "a.png")]}, TypeError, "a mask's style is 'a.png'"),
        ({"masks": [MaskedStyle(PICTURE[:, :1] * 0, PAINTING)]}, JobError, "black everywhere"),
        ({"losses": {"w2": 1.0}}, TypeError, "losses is a dict; it must be Losses"),
        ({"losses": Losses({"w2": 1.0})}, TypeError, "pairs of a name and a weight"),
        ({"losses": Losses(())}, JobError, "sum to 0"),
        ({"losses": Losses((("w2", 0.0),))}, JobError, "sum to 0"),
        ({"losses": Losses(content=float("nan"))}, JobError, "content is nan"),
        ({"losses": Losses(similarity=-5.0)}, JobError, "similarity is -5"),
        ({"losses": Losses(variation=float("inf"))}, JobError, "variation is inf"),
        ({"seed": 1.5}, JobError, "seed is 1.5; it must be a whole number"),
        ({"seed": True}, JobError, "seed is True"),
        ({"strength": "0.5"}, JobError, "strength is '0.5'"),
        ({"strength": 10**400}, JobError, "more than 20 digits"),
    ],
)
def test_what_cannot_be_is_named(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        painted(**wrong)


@pytest.mark.parametrize("size", [64.5, "64", [64, 80.5], True, 16])
def test_sizes_that_cannot_be(size: Any) -> None:
    with pytest.raises(JobError, match=r"height is|width is"):
        synthesize(PAINTING, size)
    with pytest.raises(TypeError, match="a height and a width"):
        synthesize(PAINTING, (64, 64, 64))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def usual() -> torch.Tensor:
    return painted(strength=0.5, seed=3)


def test_numpys_numbers_and_any_floats_are_as_good(usual: torch.Tensor) -> None:
    content, style = PICTURE.double().requires_grad_(), PAINTING.double()
    found = painted(content, style, strength=np.float32(0.5), seed=np.int64(3))
    assert torch.equal(found, usual)
    assert not found.requires_grad


def test_gradients_are_there_whatever_the_callers_mode(usual: torch.Tensor) -> None:
    with torch.no_grad():
        assert torch.equal(painted(strength=0.5, seed=3), usual)
    with torch.inference_mode():
        encoder = load_encoder()
        measured = Painting(PAINTING * 1, encoder)
        assert torch.equal(painted(PICTURE * 1, measured, encoder=encoder, strength=0.5, seed=3), usual)


def test_only_floats_are_saved(tmp_path: Any) -> None:
    for wrong in ((PICTURE * 255).byte(), PICTURE.numpy()):
        with pytest.raises(ValueError, match="floating point"):
            save_picture(tmp_path / "z.png", wrong)
    assert list(tmp_path.iterdir()) == []
