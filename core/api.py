"""The engine for people who write Python: pictures as tensors in, pictures as tensors out.

``stylize`` does what ``nst image`` does, ``synthesize`` what ``nst tile`` does, without files. What they are
made of can be put together otherwise:

- an ``Encoder`` (``load_encoder``) sees pictures;
- a ``Style`` is what is measured of a painting: ``Painting``, ``StyleFile``, ``Mixture``, ``CoarseAndFine``;
- a ``StyledRegion`` says where a style goes, and how strongly;
- a ``Canvas`` is what is painted: ``ImageCanvas``, ``SurfaceCanvas``;
- ``paint`` runs a ``schedule`` of ``Stage``s over it.

docs/python.md has examples of each. Jobs with files, as Blender and the shell do them, are in
``core.protocol`` and ``core.runner``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import arguments, devices
from .canvas import Stage
from .canvas.chart import Flat
from .canvas.image import ImageCanvas
from .canvas.surface import SurfaceCanvas
from .encoder import Encoder, load_encoder
from .grey import save_height
from .images import load_picture, save_picture
from .masks import Guide, guides
from .metrics.likeness import content_likeness, style_distance
from .metrics.tiling import tile_ratio
from .protocol import COLORS, QUALITIES, STARTS
from .protocol.controls import LENGTHS, SEED_RANGE, SIZE_RANGE, SYNTHESIS_LOSSES, bad_job, need_name
from .protocol.jobs import SCALE_RANGE
from .regions import MOST_APART, Place, colors_within, in_last_colors, recolored_content, stages_of
from .resize import resized
from .solve.losses import Losses
from .solve.progress import Report, SilentWatcher, Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import Painted, paint
from .solve.stage import Settings, StyledRegion
from .style.file import StyleFile, load_style_file, pack, save_style
from .style.painting import Painting
from .style.source import CoarseAndFine, Mixture, Style
from .styling import Colors, other_network, painting_of
from .synthesis import AS_THEY_ARE, blank, quilt_of
from .work import planned

__all__ = [
    "EFFORTS",
    "CoarseAndFine",
    "Encoder",
    "ImageCanvas",
    "Losses",
    "MaskedStyle",
    "Mixture",
    "Painted",
    "Painting",
    "Report",
    "Settings",
    "SilentWatcher",
    "Stage",
    "Style",
    "StyleFile",
    "StyledRegion",
    "SurfaceCanvas",
    "Watcher",
    "content_likeness",
    "load_encoder",
    "load_picture",
    "load_style_file",
    "pack",
    "paint",
    "resized",
    "save_height",
    "save_picture",
    "save_style",
    "schedule",
    "style_distance",
    "stylize",
    "synthesize",
    "tile_ratio",
]


@dataclass(frozen=True)
class MaskedStyle:
    """A style of its own where a mask (1, 1, any, any) in [0, 1] is white.

    style, strength, color: as of ``stylize``; None and empty for the picture's own. stroke: the size of its
    strokes over that of the picture's, 1/4 to 4. soften: pixels of the result over which edges fade.
    """

    mask: Tensor
    style: Style | Tensor
    strength: float | None = None
    stroke: float = 1.0
    color: str = ""
    soften: float = 0.0


@torch.inference_mode(False)
@torch.enable_grad()
def stylize(
    content: Tensor,
    style: Style | Tensor,
    *,
    encoder: Encoder | None = None,
    strength: float = 0.7,
    span: float = 1.0,
    quality: str = "standard",
    masks: Sequence[MaskedStyle] = (),
    color: str = "style",
    tile: tuple[bool, bool] = (False, False),
    losses: Losses | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    show: Callable[[Tensor], None] | None = None,
) -> Tensor:
    """Repaint a picture (1, 3, H, W), display-referred sRGB in [0, 1]; the result has its shape, on the CPU.

    style: a painting (1, 3, h, w), or what was measured of one by the same encoder.
    encoder: the network; None for the one that is built in, on the best device.
    strength: 0 keeps the content as far as possible, 1 is style alone.
    span: how long the painting's longer side is in the picture, over the picture's longer side: half of it
    makes strokes half as large. quality: "draft", "standard" or "best".
    masks: regions with styles of their own.
    color: whose colours: "style", "keep" for the content's, or "match-oklab", "match-linear",
    "match-histogram" to recolour the paintings to the content first; all but the first need paintings.
    tile: whether the picture repeats, down and across; then so does the result.
    losses: what is minimised; None for Wasserstein-2 and the content's features.
    watcher: is told of progress, may cancel, and may find the work good enough, which ends it early.
    show: is given the work at each step.

    Raises TypeError and ValueError for a picture that is none, JobError ("bad_job" for a setting that cannot
    be, "mask_empty", "style_other_network", "out_of_memory" where the plan does not fit into memory), and
    JobCancelled.
    """
    need_name("quality", quality, QUALITIES)
    need_name("color", color, COLORS)
    span = arguments.number("span", span, 1e-3, 1e3)
    seed = arguments.whole("seed", seed, *SEED_RANGE)
    strength = arguments.number("strength", strength, 0.0, 1.0)
    losses = arguments.losses(losses, Losses())
    tile = arguments.axes(tile)
    content = arguments.picture("content", content)
    arguments.style("a style", style)
    arguments.listed("masks", masks, MaskedStyle)
    masks = [_checked(masked, strength) for masked in masks]
    encoder = _opened_encoder(encoder)
    long_side = max(content.shape[-2:])
    canvas = ImageCanvas(content, span * long_side, encoder.device, Flat(tile))
    own = colors_within(canvas, content)
    softened = [canvas.softened(masked.mask, masked.soften) for masked in masks]
    rest, *shares = guides(softened, canvas.fit)
    places = [_place(style, Colors(color, own(rest if masks else None)), encoder, rest if masks else None)]
    for masked, share in zip(masks, shares, strict=True):
        places.append(_place(masked.style, Colors(masked.color or color, own(share)), encoder, share))
    regions = [StyledRegion(places[0].style, strength, places[0].guide)]
    for masked, place in zip(masks, places[1:], strict=True):
        regions.append(StyledRegion(place.style, masked.strength or 0.0, place.guide, masked.stroke))
    canvas.whole = recolored_content(content.to(encoder.device), places)
    stages = stages_of(regions, span, canvas.span, EFFORTS[quality])
    work = planned(canvas, regions, encoder, stages, losses, seed)
    painted = work.paint(watcher or SilentWatcher(), _shown(show))
    return in_last_colors(canvas.finished(painted.picture).cpu(), content, places)


@torch.inference_mode(False)
@torch.enable_grad()
def synthesize(
    exemplar: Style | Tensor,
    size: int | tuple[int, int],
    *,
    tile: tuple[bool, bool] = (True, True),
    scale: float = 0.0,
    start: str = "quilt",
    encoder: Encoder | None = None,
    quality: str = "standard",
    losses: Losses | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    show: Callable[[Tensor], None] | None = None,
) -> Tensor:
    """A texture (1, 3, H, W) that looks like a piece of an exemplar, in [0, 1] and on the CPU.

    exemplar: a picture (1, 3, h, w), or what was measured of one by the same encoder. size: H and W, or one
    number for both. tile: whether it repeats, down and across. scale: pixels of the texture for each of
    the exemplar; 0 is 1, or less where all of an exemplar would not fit. start: "quilt" of its pieces
    or "noise", see ``SynthesisJob``. losses: what is minimised; None for
    what suits textures. The rest is as in ``stylize``, errors as well; how it is done says
    ``core.synthesis.synthesize_texture``.
    """
    need_name("quality", quality, QUALITIES)
    need_name("start", start, STARTS)
    seed = arguments.whole("seed", seed, *SEED_RANGE)
    scale = arguments.number("scale", scale, *SCALE_RANGE)
    losses = arguments.losses(losses, Losses(SYNTHESIS_LOSSES))
    tile = arguments.axes(tile)
    height, width = arguments.lengths(size, *SIZE_RANGE)
    arguments.style("the exemplar", exemplar)
    encoder = _opened_encoder(encoder)
    style = _opened(exemplar, encoder, AS_THEY_ARE)
    sketch = quilt_of(style, tile, seed) if start == "quilt" else None
    canvas = blank(style, (height, width), tile, scale, encoder.device, sketch)
    regions = [StyledRegion(style, 1.0)]
    stages = stages_of(regions, canvas.span / max(canvas.shape), canvas.span, EFFORTS[quality])
    work = planned(canvas, regions, encoder, stages, losses, seed)
    painted = work.paint(watcher or SilentWatcher(), _shown(show))
    return canvas.finished(painted.picture).cpu()


def _opened_encoder(encoder: Encoder | None) -> Encoder:
    """The network, or the one that is built in, on the best device."""
    if encoder is not None:
        if not isinstance(encoder, Encoder):
            raise TypeError(f"encoder is {encoder!r}; it must be one, as load_encoder() gives")
        return encoder
    device = devices.resolve("auto")
    return load_encoder(device, devices.fast_dtype(device))


def _checked(masked: MaskedStyle, strength: float) -> MaskedStyle:
    """A masked style in numbers that can be, with the picture's strength where it has none."""
    arguments.style("a mask's style", masked.style)
    if masked.color != "":
        need_name("color", masked.color, COLORS)
    own = strength if masked.strength is None else masked.strength
    return MaskedStyle(
        arguments.mask(masked.mask),
        masked.style,
        arguments.number("strength", own, 0.0, 1.0),
        arguments.number("stroke", masked.stroke, 1 / MOST_APART, MOST_APART),
        masked.color,
        arguments.number("soften", masked.soften, *LENGTHS),
    )


def _place(style: Style | Tensor, colors: Colors, encoder: Encoder, guide: Guide | None) -> Place:
    return Place(_opened(style, encoder, colors), colors, guide)


def _opened(style: Style | Tensor, encoder: Encoder, colors: Colors) -> Style:
    if isinstance(style, Tensor):
        return painting_of(arguments.picture("a style", style), None, encoder, colors)
    if colors.mode != "style":
        raise bad_job(
            f"color is {colors.mode!r}, which recolours paintings: the style must be one, not measured."
        )
    network = getattr(style, "network", encoder.name)
    if network != encoder.name:
        raise other_network("The style", network, encoder.name)
    return style.to(encoder.device) if isinstance(style, StyleFile) else style


def _shown(show: Callable[[Tensor], None] | None) -> Callable[[Callable[[], Tensor]], str]:
    def shown(picture: Callable[[], Tensor]) -> str:
        if show is not None:
            show(picture())
        return ""

    return shown
