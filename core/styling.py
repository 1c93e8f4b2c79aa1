"""From a job's settings to what the solver paints with: styles and their colours, and losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from .colour import MATCHES, Recolor, light_match, light_of, linear_match, picture_colors, recolored
from .encoder import Encoder
from .images import load_picture
from .job import load_style
from .oklab import to_oklab, within_gamut
from .protocol import Controls, JobError, Remedy
from .resize import resized_to
from .solve.losses import Losses
from .style.file import SUFFIX, load_style_file
from .style.painting import Painting
from .style.source import CoarseAndFine, Mixture, Style

Own = Callable[[Tensor], Tensor]
"""Colours (P, 3) of what is painted over, given the palette (Q, 3) of the painting that goes there."""


@dataclass(frozen=True)
class Colors:
    """What happens to colours before and after painting, see ``Controls.color``.

    mode: as there. own: of what is painted over.
    """

    mode: str
    own: Own

    def of_style(self, palette: Tensor) -> Recolor | None:
        """How a painting with a palette (P, 3) is recoloured before it is used; None for not at all."""
        if self.mode == "keep":
            return light_match(palette, self.own(palette))
        if self.mode.startswith("match-"):
            return MATCHES[self.mode.removeprefix("match-")](palette, self.own(palette))
        return None

    def of_content(self, style: Style) -> Recolor:
        """How the content is recoloured before it is painted over."""
        if self.mode.startswith("match-"):
            return lambda colors: colors
        palette = style.colors().cpu()
        own = self.own(palette)
        return light_match(own, own) if self.mode == "keep" else linear_match(own, palette)

    def finished(self, painted: Tensor, original: Tensor) -> Tensor:
        """The painted picture in its last colours; both (1, 3, H, W)."""
        if self.mode != "keep":
            return painted
        flat, colors = map(picture_colors, (painted, original))
        return light_of(flat, colors).T.reshape(painted.shape)


def plain_colors(color: tuple[float, float, float], palette: Tensor) -> Tensor:
    """Colours (P, 3) of one hue and chroma, with a palette's (P, 3) spread of lightness."""
    lab, goal = to_oklab(palette), to_oklab(palette.new_tensor([color]))[0]
    light = lab[:, :1] - lab[:, 0].mean() + goal[0]
    return within_gamut(torch.cat([light, goal[1:].expand(len(lab), 2)], dim=1))


def open_style(path: str, encoder: Encoder, colors: Colors | None) -> tuple[Style, dict[str, str]]:
    """A painting or a style file, and what identifies it. colors: recolours paintings; None leaves them.

    Raises JobError as ``load_style`` and ``load_style_file``; for a style file "needs_painting" where
    its colours are to be changed, and "style_other_network".
    """
    if Path(path).suffix.lower() == SUFFIX:
        if colors is not None and colors.mode != "style":
            raise JobError(
                "needs_painting",
                f"The colours of the style file {path} cannot be changed: it holds statistics only. Choose "
                "the painting itself, or the style's own colours.",
                Remedy.CHANGE_SETTING,
            )
        style = load_style_file(path)
        if style.network != encoder.name:
            raise other_network(f"The style file {path}", style.network, encoder.name)
        return style.to(encoder.device), {"style": Path(path).name}
    picture, record = load_style(path)
    return painting_of(picture.rgb, picture.alpha, encoder, colors), record


def painting_of(rgb: Tensor, alpha: Tensor | None, encoder: Encoder, colors: Colors | None) -> Painting:
    """A painting (1, 3, H, W), recoloured as ``colors`` says; None leaves it as it is."""
    painting = Painting(rgb, encoder, alpha)
    recolor = colors.of_style(painting.colors().cpu()) if colors is not None else None
    return painting if recolor is None else Painting(recolored(rgb, recolor), encoder, alpha)


def other_network(what: str, measured: str, wanted: str) -> JobError:
    """The error of a style that was measured with another network than the one that is to paint."""
    return JobError(
        "style_other_network",
        f"{what} was measured with the network {measured}, and this job uses {wanted}. "
        "Choose that network, or the painting itself.",
        Remedy.CHANGE_SETTING,
    )


def thumbnail(paths: Sequence[str], side: int) -> Tensor:
    """A small picture (1, 3, side, side) of several styles, in stripes side by side."""
    stripes = []
    for index, path in enumerate(paths):
        is_file = Path(path).suffix.lower() == SUFFIX
        picture = load_style_file(path).thumbnail if is_file else load_picture(path, "style", 4 * side).rgb
        left, right = (side * end // len(paths) for end in (index, index + 1))
        stripes.append(resized_to(picture, (side, side))[..., left:right])
    return torch.cat(stripes, dim=3)


def blended(main: Style, controls: Controls, encoder: Encoder, colors: Colors | None) -> Style:
    """The job's style with those that are blended into it, and the forms of another."""
    style = main
    if controls.blend:
        parts = [(main, 1.0)]
        parts += [(open_style(path, encoder, colors)[0], weight) for path, weight in controls.blend]
        whole = sum(weight for _, weight in parts)
        style = Mixture(tuple((part, weight / whole) for part, weight in parts if weight > 0))
    if controls.coarse:
        style = CoarseAndFine(open_style(controls.coarse, encoder, colors)[0], style)
    return style


def losses_of(controls: Controls) -> Losses:
    """The solver's losses."""
    return Losses(controls.losses, controls.content, controls.similarity, controls.edges, controls.smooth)
