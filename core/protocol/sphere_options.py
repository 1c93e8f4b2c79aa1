"""Painted spheres as shell options, the same for every program that has them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from .controls import bad_job
from .spheres import GUIDES, METHODS, Sphere, SphereJob


def add_exemplar_options(group: Any) -> None:
    """Add what says how the exemplar is to be read, but for the exemplar itself."""
    group.add_argument(
        "--exemplar-normals",
        default=Sphere.normals,
        metavar="IMAGE",
        help="a normal map of it: red right, green up, blue towards the viewer; default the normals of the "
        "ball that it shows",
    )
    group.add_argument(
        "--exemplar-circle",
        type=circle,
        default=Sphere.circle,
        metavar="X,Y,R",
        help="where that ball is: its middle, from the upper left corner, and its radius in pixels",
    )
    group.add_argument(
        "--exemplar-guides",
        default=Sphere.guides,
        metavar="RENDER",
        help="a multilayer EXR file of a plain sphere in the light that the exemplar was painted for, framed "
        "as that is: what guides other than normals compare with",
    )
    group.add_argument("--exemplar-height", default=Sphere.height, metavar="IMAGE", help="its painted height")
    group.add_argument(
        "--exemplar-roughness", default=Sphere.roughness, metavar="IMAGE", help="its painted roughness"
    )
    group.add_argument(
        "--tolerance",
        type=float,
        default=SphereJob.tolerance,
        metavar="T",
        help="how far off a piece may be taken from, in radii of the sphere: more makes larger pieces, "
        f"0 looks each place up; default {SphereJob.tolerance}",
    )


def add_look_options(group: Any, masks: str) -> None:
    """Add how renders take on the exemplar's look. masks: what may be one."""
    group.add_argument(
        "--mask",
        dest="masks",
        action="append",
        default=[],
        metavar="MASK=IMAGE",
        help=f"another sphere, whose ball is looked for, where MASK is: {masks}; may be given again",
    )
    group.add_argument(
        "--method",
        choices=METHODS,
        default=SphereJob.method,
        help="copy pieces (blit, default), or fit patches",
    )
    group.add_argument(
        "--guide",
        dest="weights",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help=f"what is compared: {', '.join(GUIDES)}; default normal=1; may be given again",
    )
    group.add_argument(
        "--scale",
        type=float,
        default=SphereJob.scale,
        metavar="S",
        help="pixels of the result for each of the exemplar: 2 makes strokes twice as wide; default 1",
    )
    group.add_argument(
        "--boil",
        type=float,
        default=SphereJob.boil,
        metavar="B",
        help="from 0, strokes stick to things (default), to 1, they are drawn anew all the time",
    )
    group.add_argument(
        "--harmony",
        type=float,
        default=SphereJob.harmony,
        metavar="H",
        help="0 to 1, how strongly a network draws the result to the exemplar's statistics; default 0",
    )


def weights_of(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """What ``--guide`` was given; the default where it was not. Raises JobError ("bad_job")."""
    return tuple(_weight(text) for text in texts) or SphereJob.weights


def masked_of(text: str) -> tuple[str, str]:
    """The mask and the picture of one ``--mask``. Raises JobError ("bad_job")."""
    mask, sign, picture = text.rpartition("=")
    if not sign or not mask or not picture:
        raise bad_job(f"--mask is {text!r}; it must be MASK=IMAGE.")
    return mask, picture


def _weight(text: str) -> tuple[str, float]:
    name, sign, weight = text.partition("=")
    try:
        return name, float(weight) if sign else 1.0
    except ValueError:
        raise bad_job(f"--guide is {text!r}; it must be NAME or NAME=WEIGHT.") from None


def circle(text: str) -> tuple[float, ...]:
    """A type of arguments: where a ball is."""
    try:
        x, y, radius = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,R, three numbers") from None
    return x, y, radius
