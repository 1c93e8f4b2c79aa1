"""Reads painted spheres: their pictures, and which way each place of them faces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ..images import Picture, load_picture, picture_width
from ..protocol import JobError, Remedy, Sphere
from ..render.layers import Layers, read_layers
from ..resize import resized_to
from .ball import Ball, ball_normals, find_ball
from .exemplar import Exemplar
from .guides import Guides
from .lookup import Lookup
from .normals import read_normals

SIDE = 4096  # pixels of the longer side that spheres are read at
OPAQUE = 0.5  # alpha from which paint counts
PLAIN = 0.01  # standard deviation of colours below which a sphere is of one colour
FRAMING = 0.02  # by which proportions may differ
LEAST = 16  # pixels of a sphere that there have to be


@dataclass(frozen=True, eq=False)
class Source:
    """A sphere that is ready to be copied from.

    exemplar: its channels are colour, then as many of ``channels``, one each. guides: that are compared.
    notes: for the artist.
    """

    exemplar: Exemplar
    channels: tuple[str, ...]
    guides: Guides
    lookup: Lookup
    notes: tuple[str, ...] = ()

    def to(self, device: torch.device) -> Source:
        """The same on a device."""
        if device == self.exemplar.guides.device:
            return self
        exemplar = self.exemplar.to(device)
        return replace(self, exemplar=exemplar, lookup=Lookup(exemplar, self.guides.normals_alone))

    def channel(self, painted: Tensor, name: str) -> Tensor | None:
        """A channel (1, h, w) of what was painted (C, h, w); None if the sphere has none."""
        return painted[3 + self.channels.index(name)][None] if name in self.channels else None


def read_source(sphere: Sphere, weights: tuple[tuple[str, float], ...], scale: float = 1.0) -> Source:
    """Read a sphere. weights: of guides. scale: pixels for each of its picture's.

    Raises JobError as ``load_picture``, ``read_normals``, ``find_ball`` and ``Guides``; "sizes_differ" for a
    channel in other proportions, "no_sphere" where nothing of the sphere is painted.
    """
    picture = load_picture(sphere.picture, "sphere", SIDE)
    high, wide = picture.rgb.shape[-2:]
    size = (max(1, round(high * scale)), max(1, round(wide * scale)))
    planes, channels = [picture.rgb], []
    if picture.alpha is not None:
        planes.append(picture.alpha)
        channels.append("alpha")
    for name in ("height", "roughness"):
        path = getattr(sphere, name)
        if path:
            planes.append(_channel(path, name, picture, sphere.picture))
            channels.append(name)
    normals, inside = _normals(sphere, picture, size)
    painted = torch.cat([resized_to(plane, size) for plane in planes], 1)[0]
    if picture.alpha is not None:
        inside = inside & (painted[3] >= OPAQUE)
    if int(inside.sum()) < LEAST:
        raise JobError(
            "no_sphere",
            f"Nothing of the ball in {Path(sphere.picture).name} is painted. Choose another picture, or "
            "another circle.",
            Remedy.CHOOSE_IMAGE,
        )
    layers = _passes(sphere, picture) if sphere.guides else None
    guides = Guides(dict(weights), layers, sphere.picture)
    exemplar = Exemplar(painted, guides.of(normals, layers, inside), inside)
    notes = []
    if float(painted[:3, inside].std(1).max()) < PLAIN:
        notes.append(f"{Path(sphere.picture).name} is of one colour, and so is what takes on its look.")
    return Source(exemplar, tuple(channels), guides, Lookup(exemplar, guides.normals_alone), tuple(notes))


def _normals(sphere: Sphere, picture: Picture, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Normals (3, H, W) at a size, and where there are any (H, W)."""
    if sphere.normals:
        normals = read_normals(sphere.normals, *size)
        return normals, normals[2] > -0.5
    if sphere.circle:  # in pixels of the file, of which large ones are shrunk
        ball, wide = Ball(*sphere.circle), picture_width(sphere.picture)
    else:
        ball, wide = find_ball(picture, Path(sphere.picture).name), picture.rgb.shape[-1]
    factor = size[1] / wide
    ball = Ball(ball.x * factor, ball.y * factor, ball.radius * factor, ball.ratio, ball.angle)
    return ball_normals(ball, *size)


def _passes(sphere: Sphere, picture: Picture) -> Layers:
    """The render of the plain sphere."""
    layers = read_layers(sphere.guides)
    _check_framing(layers.size, picture, "render", sphere.guides, sphere.picture)
    return layers


def _channel(path: str, name: str, picture: Picture, of: str) -> Tensor:
    """A further channel (1, 1, H, W) at the picture's size."""
    found = load_picture(path, name, SIDE).rgb.mean(1, keepdim=True)
    size = (int(found.shape[-2]), int(found.shape[-1]))
    _check_framing(size, picture, name, path, of)
    return resized_to(found, picture.rgb.shape[-2:])


def _check_framing(size: tuple[int, int], picture: Picture, what: str, path: str, of: str) -> None:
    """Raise JobError ("sizes_differ") unless a height and width have the picture's proportions."""
    high, wide = picture.rgb.shape[-2:]
    if abs(size[1] / size[0] / (wide / high) - 1) > FRAMING:
        raise JobError(
            "sizes_differ",
            f"The {what} {Path(path).name} has {size[1]} x {size[0]} pixels, {Path(of).name} has {wide} x "
            f"{high}. Frame it as the sphere's picture is framed.",
            Remedy.CHOOSE_IMAGE,
        )
