"""What Python code gives the engine, checked and brought to one form.

Wrong types raise TypeError and pictures that are none ValueError; settings that cannot be raise JobError
("bad_job"), as in a job. Each has a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from .masks import LEAST
from .protocol import STYLE_LOSSES, JobError, Remedy
from .protocol.controls import WEIGHTS, bad_job, check_number, need_name
from .solve.losses import Losses


def picture(name: str, value: object, channels: int = 3) -> Tensor:
    """A picture (1, channels, H, W) in [0, 1], as float32 on the CPU, and of no computation's graph."""
    if not isinstance(value, Tensor):
        how = ", as load_picture(path).rgb gives" if channels == 3 else ""
        raise TypeError(f"{name} is {_said(value)}; it must be a tensor (1, {channels}, H, W){how}")
    if value.ndim != 4 or value.shape[:2] != (1, channels) or 0 in value.shape:
        raise ValueError(f"{name} is {tuple(value.shape)}; it must be (1, {channels}, H, W)")
    found = value.detach()
    if not value.is_floating_point() or not 0 <= float(found.min()) <= float(found.max()) <= 1:
        raise ValueError(f"{name} must be of floating point numbers from 0 to 1")
    found = found.to("cpu", torch.float32)
    return found.clone() if found.is_inference() else found  # these may not take part in gradients


def mask(value: object) -> Tensor:
    """A mask (1, 1, H, W) in [0, 1]. Raises JobError ("mask_empty"), too."""
    found = picture("a mask", value, 1)
    if float(found.max()) < LEAST:
        raise JobError(
            "mask_empty",
            "A mask is black everywhere, so nothing would be painted with its style. "
            "Make it 1 where the style belongs.",
            Remedy.CHANGE_SETTING,
        )
    return found


def style(name: str, value: object) -> None:
    """Check that it is a picture or a measured style."""
    if isinstance(value, Tensor):
        picture(name, value)
    elif not all(callable(getattr(value, method, None)) for method in ("colors", "statistics", "samples")):
        raise TypeError(
            f"{name} is {_said(value)}; it must be a tensor (1, 3, H, W), as load_picture(path).rgb gives, "
            "or a style, as load_style_file(path) gives"
        )


def number(name: str, value: Any, low: float, high: float) -> float:
    """A number in a range, numpy's included."""
    if type(value) not in (int, float, bool) and isinstance(value, Real):
        value = float(value)
    check_number(name, value, low, high)
    return float(value)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number in a range, numpy's included."""
    if type(value) is bool or not isinstance(value, Integral):
        raise bad_job(f"{name} is {value!r}; it must be a whole number from {low} to {high}.")
    number(name, int(value), low, high)
    return int(value)


def lengths(value: object, low: int, high: int) -> tuple[int, int]:
    """Height and width, of a pair or of one number for both."""
    pair = value if isinstance(value, (list, tuple)) else (value, value)
    if len(pair) != 2:
        raise TypeError(f"size is {value!r}; it must be a whole number, or a height and a width")
    return whole("height", pair[0], low, high), whole("width", pair[1], low, high)


def axes(value: object) -> tuple[bool, bool]:
    """Whether something repeats, down and across."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or any(isinstance(x, str) for x in value):
        raise TypeError(f"tile is {value!r}; it must be a pair: whether it repeats down, and across")
    return bool(value[0]), bool(value[1])


def listed(name: str, value: object, kind: type) -> Sequence[object]:
    """A list or tuple of things of a kind."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{name} is {_said(value)}; it must be a list")
    for entry in value:
        if not isinstance(entry, kind):
            raise TypeError(f"{name} holds {_said(entry)}; it must hold {kind.__name__}")
    return value


def losses(value: object, usual: Losses) -> Losses:
    """Losses in numbers that can be; the usual ones for None."""
    if value is None:
        return usual
    if not isinstance(value, Losses):
        raise TypeError(f"losses is {_said(value)}; it must be Losses, as Losses(style=(('w2', 1.0),))")
    pairs = value.style
    if not isinstance(pairs, (list, tuple)) or any(
        not isinstance(pair, (list, tuple)) or len(pair) != 2 for pair in pairs
    ):
        raise TypeError(f"the style of losses is {pairs!r}; it must hold pairs of a name and a weight")
    for name, _ in pairs:
        need_name("loss", name, STYLE_LOSSES)
    weights = tuple((name, number(f"the weight of {name}", weight, *WEIGHTS)) for name, weight in pairs)
    if sum(weight for _, weight in weights) <= 0:
        raise bad_job("The weights of the style losses sum to 0; give at least one of them a weight.")
    return Losses(
        weights,
        number("content", value.content, *WEIGHTS),
        number("similarity", value.similarity, *WEIGHTS),
        number("edges", value.edges, *WEIGHTS),
        number("variation", value.variation, *WEIGHTS),
    )


def _said(value: object) -> str:
    """What it is, not all that it holds."""
    short = value is None or isinstance(value, (str, bool, int, float))
    return repr(value) if short else f"a {type(value).__name__}"
