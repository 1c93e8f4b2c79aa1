"""What of a render is painted: how it is looked at, and how it becomes light again."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ..exr import linear_to_srgb, srgb_to_linear
from ..protocol import JobError, Remedy
from .layers import Layers
from .light import DIFFUSE, KINDS, Addend, addend_of, combined
from .noise import denoised, is_noisier
from .tone import tone_curve
from .view import View


class Part(Protocol):
    """What of a render is painted. content: what it shows (1, 3, H, W), display-referred."""

    content: Tensor

    @property
    def notes(self) -> list[str]:
        """What the artist has to know of it."""
        ...

    def lit(self, picture: Tensor) -> Tensor:
        """The render's light (1, 3, H, W), not multiplied by alpha, where this part is painted so.

        Where the picture is the content, that light is what it was.
        """
        ...

    def check(self) -> None:
        """Raise JobError ("part_empty") where painting it would change nothing."""
        ...


class Whole:
    """All that is seen. light: scene-linear (1, 3, H, W), not multiplied by alpha. content: of it."""

    notes: list[str] = []  # noqa: RUF012 - none, ever

    def __init__(self, view: View, light: Tensor, content: Tensor | None = None) -> None:
        self._view, self._light = view, light
        self.content = view.shown(light) if content is None else content

    def lit(self, picture: Tensor) -> Tensor:
        return self._view.lit(picture, self._light)

    def check(self) -> None:
        """There is always something to paint."""


class Paint:
    """The diffuse colour of surfaces, under the light that the render has.

    Of the sum of a render's passes only diffuse light times diffuse colour changes; all else, and what has no
    pass, stays in the difference. Light that other surfaces have from this one keeps its colour.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers, self._noisy = layers, addend_of(layers, DIFFUSE)
        self.content = linear_to_srgb(self._noisy.color.clamp(0, 1))

    @property
    def notes(self) -> list[str]:
        return _noise_of(self._layers, self._noisy)

    def lit(self, picture: Tensor) -> Tensor:
        paint = self._noisy.color
        changed = srgb_to_linear(picture) + (paint - paint.clamp(0, 1))
        change = torch.where(picture == self.content, 0.0, changed - paint)
        seen, alpha = combined(self._layers)
        return over(seen + denoised(self._layers, self._noisy).light * change, alpha)

    def check(self) -> None:
        _need_some(self._layers, self._noisy, "paint")


class Light:
    """Light of a kind, as of ``KINDS``, without the colour of surfaces, which stays the render's.

    What white paper would show of diffuse light is brighter than the surfaces are, for which the view
    transform was chosen; mirrors, lamps and skies are looked at by that.
    """

    def __init__(self, layers: Layers, view: View, part: str) -> None:
        self._layers, self._part = layers, part
        self._view = tone_curve(view) if KINDS[part] is DIFFUSE else view
        self._noisy = addend_of(layers, KINDS[part])
        self._own = denoised(layers, self._noisy)
        self.content = self._view.shown(self._own.light)

    @property
    def notes(self) -> list[str]:
        return _noise_of(self._layers, self._noisy)

    def lit(self, picture: Tensor) -> Tensor:
        change = self._view.lit(picture, self._own.light) - self._own.light
        seen, alpha = combined(self._layers)
        return over(seen + self._own.color * change, alpha)

    def check(self) -> None:
        _need_some(self._layers, self._noisy, self._part)


def part_of(layers: Layers, view: View, part: str) -> Part:
    """A part of a render by its name, of ``core.protocol.PARTS``. Raises JobError ("pass_missing")."""
    if part == "picture":
        return Whole(view, over(*combined(layers)))
    return Paint(layers) if part == "paint" else Light(layers, view, part)


def over(light: Tensor, alpha: Tensor | None) -> Tensor:
    """Light that is no longer multiplied by alpha; where nothing covers the pixel it is its own."""
    return light if alpha is None else torch.where(alpha > 0, light / alpha.clamp_min(1e-6), light)


def _noise_of(layers: Layers, addend: Addend) -> list[str]:
    if not is_noisier(layers, addend):
        return []
    return [
        "The render was denoised, but not its light, whose noise comes back where it is painted. Turn on the "
        "pass Denoising Data in the view layer's properties and render again."
    ]


def _need_some(layers: Layers, addend: Addend, part: str) -> None:
    if not bool((addend.seen > 0).any()):
        raise JobError(
            "part_empty",
            f"{layers.path.name} shows nothing of what is to be painted, {part}. Choose another part.",
            Remedy.CHANGE_SETTING,
        )
