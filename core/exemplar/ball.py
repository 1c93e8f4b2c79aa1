from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Ball:
    x: float
    y: float
    radius: float
    ratio: float = 1.0
    angle: float = 0.0


def find_ball(p, name=""):
    h, w = p.rgb.shape[-2:]
    return Ball(w / 2, h / 2, min(h, w) / 2)


def ball_normals(b, h, w):
    y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
    x = (x - b.x) / b.radius
    y = -(y - b.y) / b.radius
    r = (x * x + y * y).sqrt()
    s = 1 / r.clamp_min(1)
    x, y = x * s, y * s
    return torch.stack([x, y, (1 - x * x - y * y).clamp_min(0).sqrt()]), r < 1
