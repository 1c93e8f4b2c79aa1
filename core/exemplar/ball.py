"""The ball in a picture of a painted, scanned or photographed sphere: where it is, and its normals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import Picture
from ..protocol import JobError, Remedy
from ..resize import resized_to
from .outline import STRETCH, Shape
from .search import find_round

SIDE = 512  # pixels of the longer side at which balls are looked for
SMALLEST = 16  # pixels of a side that can show one
OVERFLOW = 0.15  # radii beyond the outline that paint is kept for


@dataclass(frozen=True)
class Ball:
    """A ball's outline in a picture, in pixels from the upper left corner, pixel centres at .5.

    x, y: its middle. Seen from the side, it is an ellipse: radius is half its longer axis, ratio the shorter
    axis over that, angle where the longer one points, in radians from x towards y (down).
    """

    x: float
    y: float
    radius: float
    ratio: float = 1.0
    angle: float = 0.0

    @property
    def shape(self) -> Shape:
        """The outline."""
        turn = np.array([[math.cos(self.angle), -math.sin(self.angle)],
                         [math.sin(self.angle), math.cos(self.angle)]])  # fmt: skip
        axes = turn @ np.diag([self.radius, self.radius * self.ratio]) @ turn.T
        return Shape(np.array([self.x, self.y]), axes)


def find_ball(picture: Picture, name: str = "the picture") -> Ball:
    """The ball of a picture, in the picture's pixels. name: the picture's in messages.

    Where alpha has a round outline, that is it; paint may overflow it. Else colours have: a circle or, by up
    to FLATTEST, an ellipse, which the frame may cut, or the circle that a square picture just holds.
    Raises JobError ("no_sphere").
    """
    alpha, rgb = picture.alpha, picture.rgb
    found = None
    if alpha is not None and float(alpha.min()) < 0.5:
        found = _find(alpha)
        rgb = rgb * alpha + 0.5 * (1 - alpha)
    found = _find(rgb) if found is None else found
    if found is None:
        raise JobError(
            "no_sphere",
            f"No ball was found in {name}. Crop the picture so that the ball fills most of it, or say where "
            "it is: its middle and its radius in pixels.",
            Remedy.CHOOSE_IMAGE,
        )
    return found


def _find(planes: Tensor) -> Ball | None:
    """The ball of planes (1, C, H, W) in [0, 1], if there is one."""
    height, width = planes.shape[-2:]
    scale = min(1.0, SIDE / max(height, width))
    size = round(height * scale), round(width * scale)
    if min(size) < SMALLEST:
        return None
    small = resized_to(planes, size)[0].permute(1, 2, 0).contiguous().cpu().numpy()
    found = find_round(small)
    if found is None:
        return None
    x, y = found.middle * [width / size[1], height / size[0]]
    lengths, turn = np.linalg.eigh(found.axes / scale)
    ratio = float(lengths[0] / lengths[1])
    if ratio > 1 - STRETCH / 2:
        return Ball(float(x), float(y), float(np.sqrt(lengths.prod())))
    angle = math.atan2(turn[1, 1], turn[0, 1]) % math.pi
    return Ball(float(x), float(y), float(lengths[1]), ratio, angle)


def ball_normals(ball: Ball, height: int, width: int) -> tuple[Tensor, Tensor]:
    """What a ball's surface faces at each pixel of a picture, and where its surface is.

    Unit normals (3, H, W) float32 as the viewer has them, x to the right, y up, z towards the viewer, of a
    ball that is seen without perspective. Outside, where painters' strokes go over, the rim's are carried on
    outwards, with z = 0. The surface: (H, W) bool.
    """
    y, x = np.mgrid[0:height, 0:width] + 0.5
    shape = ball.shape
    right, down = np.moveaxis(np.stack([x, y], -1) - shape.middle, -1, 0)
    turned = np.stack([right, down], -1) @ np.linalg.inv(shape.axes)
    length = np.linalg.norm(turned, axis=-1)
    flat = turned / length.clip(1.0)[..., None]
    depth = np.sqrt((1 - np.square(length)).clip(0))
    normals = np.stack([flat[..., 0], -flat[..., 1], depth]).astype(np.float32)
    return torch.from_numpy(normals), torch.from_numpy(length <= 1)


def squared(picture: Picture, ball: Ball, size: int = 0) -> tuple[Picture, Ball]:
    """A square picture with alpha of the ball alone, as a circle, and where in it the ball is.

    Where alpha says what is painted, paint that overflows the ball is kept, up to OVERFLOW radii from its
    outline; else all outside is transparent. What the frame cut off is transparent, too. size: pixels of its
    sides; 0 keeps those of the picture, and all colours as they are if the ball is a circle already.
    """
    over = OVERFLOW if picture.alpha is not None and float(picture.alpha.min()) < 0.5 else 0.0
    reach = math.ceil(ball.radius * (1 + over))
    left, top = math.floor(ball.x) - reach, math.floor(ball.y) - reach
    side = 2 * reach + 1
    alpha = torch.ones_like(picture.rgb[:, :1]) if picture.alpha is None else picture.alpha
    planes = _window(torch.cat([picture.rgb, alpha], 1), left, top, side)
    there = Ball(ball.x - left, ball.y - top, ball.radius, ball.ratio, ball.angle)
    if ball.ratio != 1:
        planes = _straightened(planes, there)
        there = Ball(there.x, there.y, there.radius)
    if over == 0:
        planes[:, 3:] *= _cover(there, side)
    if size:
        covered = torch.cat([planes[:, :3] * planes[:, 3:], planes[:, 3:]], 1)
        covered = resized_to(covered, (size, size))
        planes = torch.cat([covered[:, :3] / covered[:, 3:].clamp_min(1e-4), covered[:, 3:]], 1).clamp(0, 1)
        scale = size / side
        there = Ball(there.x * scale, there.y * scale, there.radius * scale)
    return Picture(planes[:, :3].contiguous(), planes[:, 3:].contiguous()), there


def _window(planes: Tensor, left: int, top: int, side: int) -> Tensor:
    """A square of planes (1, C, H, W); 0 where it is beyond them."""
    height, width = planes.shape[-2:]
    return F.pad(planes, (-left, left + side - width, -top, top + side - height))


def _straightened(planes: Tensor, ball: Ball) -> Tensor:
    """Planes (1, 4, S, S) stretched about the ball's middle so that its outline is a circle of its radius."""
    side = planes.shape[-1]
    at = torch.arange(side, dtype=torch.float64) + 0.5
    y, x = torch.meshgrid(at, at, indexing="ij")
    shape = ball.shape
    middle = torch.from_numpy(shape.middle)
    places = middle + (torch.stack([x, y], -1) - middle) @ torch.from_numpy(shape.axes / ball.radius)
    covered = torch.cat([planes[:, :3] * planes[:, 3:], planes[:, 3:]], 1)
    grid = (places / side * 2 - 1)[None].to(planes.dtype)
    moved = F.grid_sample(covered, grid, mode="bicubic", padding_mode="zeros", align_corners=False)
    moved = moved.clamp(0, 1)
    return torch.cat([(moved[:, :3] / moved[:, 3:].clamp_min(1e-4)).clamp(0, 1), moved[:, 3:]], 1)


def _cover(ball: Ball, side: int) -> Tensor:
    """How much of each pixel (side, side) a round ball covers."""
    at = torch.arange(side) + 0.5
    distance = ((at[:, None] - ball.y).square() + (at - ball.x).square()).sqrt()
    return (ball.radius - distance + 0.5).clamp(0, 1)
