"""A sphere painted by code, in strokes as of gouache: ``python paint.py FILE``. An exemplar of our own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE, RADIUS = 512, 246.0
SUPER = 2  # pixels that are drawn for each
LIGHT = np.array([-0.45, 0.6, 0.66])
RAMP = [
    (0.0, (38, 24, 66)),
    (0.25, (92, 32, 92)),
    (0.5, (190, 62, 64)),
    (0.75, (240, 152, 62)),
    (1.0, (255, 238, 196)),
]
LAYERS = ((700, 62, 20), (2600, 34, 10), (5200, 20, 5))  # strokes, their length and width in pixels


def main() -> None:
    rng = np.random.default_rng(7)
    side = SIDE * SUPER
    canvas = Image.new("RGB", (side, side), RAMP[1][1])
    for count, length, width in LAYERS:
        layer = Image.new("RGBA", (side, side))
        draw = ImageDraw.Draw(layer)
        for _ in range(count):
            stroke(draw, rng, length * SUPER, width * SUPER)
        canvas.paste(layer.filter(ImageFilter.GaussianBlur(0.6 * SUPER)), (0, 0), layer)
    grain = rng.normal(0, 5, (side, side, 1))
    painted = Image.fromarray((np.asarray(canvas) + grain).clip(0, 255).astype(np.uint8))
    cover = Image.new("L", (side, side))
    edge = RADIUS * SUPER
    ImageDraw.Draw(cover).ellipse(
        [side / 2 - edge, side / 2 - edge, side / 2 + edge, side / 2 + edge], fill=255
    )
    painted.putalpha(cover)
    painted.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(Path(sys.argv[1]))


def stroke(draw: ImageDraw.ImageDraw, rng: np.random.Generator, length: float, width: float) -> None:
    """One stroke around the light, in the colour of how much of that falls there, and a little off."""
    x, y = rng.uniform(-1, 1, 2)
    if x * x + y * y > 1:
        return
    normal = np.array([x, y, np.sqrt(1 - x * x - y * y)])
    lit = float(np.clip(normal @ LIGHT / np.linalg.norm(LIGHT) * 0.62 + 0.36 + rng.normal(0, 0.06), 0, 1))
    around = np.cross(LIGHT, normal)
    turn = np.arctan2(-around[1], around[0]) + rng.normal(0, 0.25)
    color = [int(np.interp(lit, [at for at, _ in RAMP], [rgb[c] for _, rgb in RAMP])) for c in range(3)]
    color = [int(np.clip(value + rng.normal(0, 9), 0, 255)) for value in color]
    middle = np.array([x, -y]) * RADIUS * SUPER + SIDE * SUPER / 2
    t = np.linspace(-0.5, 0.5, 9)
    bend = rng.normal(0, 0.15)
    along = np.stack([np.cos(turn + bend * t), np.sin(turn + bend * t)], 1) * (t * length)[:, None] + middle
    half = width / 2 * np.sqrt(np.clip(1 - (2 * t) ** 2, 0.04, 1)) * rng.uniform(0.7, 1.2)
    across = np.array([-np.sin(turn), np.cos(turn)])
    outline = np.concatenate([along + half[:, None] * across, (along - half[:, None] * across)[::-1]])
    draw.polygon([tuple(point) for point in outline], fill=(*color, int(rng.uniform(170, 255))))


if __name__ == "__main__":
    main()
