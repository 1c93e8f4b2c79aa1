"""From a job's settings to what the solver paints with: styles, regions and colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from .canvas import Stage
from .colour import MATCHES, Recolor, light_match, light_of, linear_match, recolored
from .encoder import Encoder
from .images import load_picture
from .job import load_style
from .oklab import to_oklab, within_gamut
from .protocol import Controls, JobError, Remedy
from .resize import resized_to
from .solve.losses import Losses
from .solve.stage import StyledRegion
from .strips import by_strips
from .style.file import SUFFIX, load_style_file
from .style.painting import Painting
from .style.source import CoarseAndFine, Mixture, Style

Fit = Callable[[Tensor, Stage], Tensor]  # a mask (1, 1, H, W) to the shape of the canvas's picture at a stage


@dataclass(frozen=True)
class Colors:
    """What happens to colours before and after painting, see ``Controls.color``.

    mode: as there. own: colours (P, 3) of what is painted over.
    """

    mode: str
    own: Tensor

    def of_style(self, palette: Tensor) -> Recolor | None:
        """How a painting with a palette (P, 3) is recoloured before it is used; None for not at all."""
        if self.mode == "keep":
            return light_match(palette, self.own)
        if self.mode.startswith("match-"):
            return MATCHES[self.mode.removeprefix("match-")](palette, self.own)
        return None

    def of_content(self, style: Style) -> Recolor:
        """How the content is recoloured before it is painted over."""
        if self.mode == "keep":
            return light_match(self.own, self.own)
        if self.mode == "style":
            return linear_match(self.own, style.colors().to(self.own))
        return lambda colors: colors

    def finished(self, painted: Tensor, original: Tensor) -> Tensor:
        """The painted picture in its last colours; both (1, 3, H, W)."""
        if self.mode != "keep":
            return painted

        def relit(strip: Tensor, own: Tensor) -> Tensor:
            flat, colors = (one[0].flatten(1).T for one in (strip, own))
            return light_of(flat, colors).T.reshape(strip.shape)

        return by_strips(relit, painted, original.to(painted))


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


def regions(
    style: Style, strength: float, controls: Controls, encoder: Encoder, colors: Colors | None, fit: Fit
) -> list[StyledRegion]:
    """The style, and those that masks put in its place; guides sum to 1 everywhere.

    Raises JobError "mask_empty" for a mask that is black everywhere, and as ``open_style``.
    """
    if not controls.masks:
        return [StyledRegion(style, strength)]
    rest, *shares = guides([_load_mask(mask.mask).to(encoder.device) for mask in controls.masks], fit)
    found = [StyledRegion(style, strength, rest)]
    for mask, share in zip(controls.masks, shares, strict=True):
        own = open_style(mask.style, encoder, colors)[0]
        found.append(StyledRegion(own, strength if mask.strength < 0 else mask.strength, share))
    return found


def guides(masks: Sequence[Tensor], fit: Fit) -> list[Callable[[Stage], Tensor]]:
    """The part of a canvas that masks (1, 1, H, W) in [0, 1] leave over, and that of each; they sum to 1."""

    def share(index: int | None) -> Callable[[Stage], Tensor]:
        def guide(stage: Stage) -> Tensor:
            fitted = [fit(mask, stage) for mask in masks]
            total = torch.stack(fitted).sum(0)
            rest = (1 - total).clamp_min(0)
            wanted = rest if index is None else fitted[index]
            return wanted / (total + rest)

        return guide

    return [share(None), *(share(index) for index in range(len(masks)))]


def losses_of(controls: Controls) -> Losses:
    """The solver's losses."""
    return Losses(controls.losses, controls.content, controls.similarity, controls.edges, controls.smooth)


def _load_mask(path: str) -> Tensor:
    """A mask (1, 1, H, W) in [0, 1]: how light a picture is, where it is not transparent."""
    picture = load_picture(path, "mask")
    mask = picture.rgb.mean(1, keepdim=True)
    if picture.alpha is not None:
        mask = mask * picture.alpha
    if float(mask.max()) < 1 / 255:
        raise JobError(
            "mask_empty",
            f"The mask {path} is black everywhere, so nothing would be painted with its style. "
            "Paint white where the style belongs.",
            Remedy.CHOOSE_IMAGE,
        )
    return mask
