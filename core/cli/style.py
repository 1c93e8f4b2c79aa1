"""``nst style``: style files made, mixed and looked at."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..protocol import JobError, Remedy
from ..protocol.controls import WEIGHTS, bad_job, check_number
from ..protocol.options import add_network_options, weighted
from ..runner import guarded
from .console import Console
from .options import add_json

THUMBNAIL = 128  # pixels


def add_commands(commands: Any) -> None:
    """Add the command, with pack, mix and show below it."""
    parser = commands.add_parser(
        "style", help="make style files", description="Keeps what is measured of paintings in style files."
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    pack = actions.add_parser("pack", help="measure a painting", description="Measures a painting, once.")
    pack.add_argument("painting", metavar="PAINTING", help="the painting (PNG, JPEG, TIFF, EXR)")
    mix = actions.add_parser(
        "mix", help="mix styles", description="Mixes paintings and style files into one style file."
    )
    mix.add_argument("styles", nargs="+", metavar="STYLE[:WEIGHT]", help="a painting or a style file")
    show = actions.add_parser(
        "show", help="what a style file holds", description="Says what a style file holds."
    )
    show.add_argument("style", metavar="FILE", help="a style file")
    show.add_argument("--thumbnail", default="", metavar="IMAGE", help="write its thumbnail there")
    for action, run in ((pack, _pack), (mix, _mix), (show, _show)):
        if action is not show:
            action.add_argument(
                "-o", "--output", required=True, metavar="OUT.nststyle", help="the style file"
            )
            action.add_argument(
                "--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps"
            )
            add_network_options(action)
        add_json(action)
        action.set_defaults(run=run)


def _pack(options: argparse.Namespace, console: Console) -> None:
    _write([(options.painting, 1.0)], options, console)


def _mix(options: argparse.Namespace, console: Console) -> None:
    styles = [weighted(text) for text in options.styles]
    for path, weight in styles:
        check_number(f"the weight of {path}", weight, *WEIGHTS)
    if sum(weight for _, weight in styles) <= 0:
        raise bad_job("The weights of the styles sum to 0; give at least one of them a weight.")
    _write([(path, weight) for path, weight in styles if weight > 0], options, console)


def _write(styles: Sequence[tuple[str, float]], options: argparse.Namespace, console: Console) -> None:
    about = guarded(
        lambda: pack_styles(styles, options.output, options.device, options.network, options.pooling)
    )
    console.result(about, f"{about['output']} ({_summary(about)})")


def pack_styles(
    styles: Sequence[tuple[str, float]],
    output: str,
    device: str = "auto",
    network: str = "embedded",
    pooling: str = "max",
) -> dict[str, Any]:
    """Write a style file of (path, weight) paintings and style files; what it holds, as JSON values.

    Raises JobError as ``open_style`` and ``save_style``, and "unknown_format" for another suffix.
    """
    from .. import devices
    from ..encoder import load_encoder
    from ..files import check_folder_writable
    from ..job import check_sources
    from ..style.file import SUFFIX, pack, save_style
    from ..style.source import Mixture, Style
    from ..styling import open_style, thumbnail

    if Path(output).suffix.lower() != SUFFIX:
        raise JobError("unknown_format", f"{output} must end in {SUFFIX}.", Remedy.CHOOSE_FOLDER)
    check_sources(output, {f"style {number}": path for number, (path, _) in enumerate(styles, 1)})
    check_folder_writable(output)
    place = devices.resolve(device)
    encoder = load_encoder(place, devices.fast_dtype(place), network, pooling)
    whole = sum(weight for _, weight in styles)
    opened = [(open_style(path, encoder, None)[0], weight / whole) for path, weight in styles]
    style: Style = opened[0][0] if len(opened) == 1 else Mixture(tuple(opened))
    name = " + ".join(Path(path).stem for path, _ in styles)
    packed = pack(style, name, encoder.name, thumbnail([path for path, _ in styles], THUMBNAIL))
    save_style(packed, output)
    return {"output": str(Path(output).absolute()), **packed.about()}


def _show(options: argparse.Namespace, console: Console) -> None:
    about = guarded(lambda: show_style(options.style, options.thumbnail))
    console.result(about, _summary(about))


def show_style(path: str, thumbnail: str = "") -> dict[str, Any]:
    """What a style file holds, as JSON values. thumbnail: where to write its thumbnail; empty for nowhere.

    Raises JobError as ``load_style_file`` and ``save_picture``.
    """
    from ..images import save_picture
    from ..style.file import load_style_file

    style = load_style_file(path)
    if thumbnail:
        save_picture(thumbnail, style.thumbnail)
    return {"style": str(Path(path).absolute()), **style.about()}


def _summary(about: dict[str, Any]) -> str:
    smallest, largest = about["sizes"][0], about["sizes"][-1]
    return (
        f"{about['name']}: {about['long_side']} px, {about['wavelength']:.1f} px from stroke to stroke, "
        f"measured at {len(about['sizes'])} sizes from {smallest:.0f} to {largest:.0f} px"
    )
