"""What the engine reads from two renders of a moving scene, as JSON: passes.py FRAME NEXT_FRAME [PROJECTION]

Run by the engine's Python.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import torch

from nst.core.exr import srgb_to_linear
from nst.core.motion.clip import link, read_frame
from nst.core.motion.surrounding import surrounding
from nst.core.motion.warp import carried
from nst.core.projection import around_of
from nst.core.render.cryptomatte import cryptomatte
from nst.core.render.layers import OBJECT_INDEX, read_layers


def main() -> None:
    first, second, *projection = sys.argv[1:]
    around = around_of(projection[0]) if projection else None
    earlier, frame = (surrounding(read_frame(path), around) for path in (first, second))
    seen = link(frame, earlier)
    layers = read_layers(second)
    index = layers.find(OBJECT_INDEX)[0]
    whole = seen.sight.whole
    before, now = srgb_to_linear(earlier.colors), srgb_to_linear(frame.colors)
    error = (carried(before, seen.offsets, around=around) - now).abs().amax(1, keepdim=True)[whole]
    unmoved = (before - now).abs().amax(1, keepdim=True)[whole]
    cube = torch.from_numpy(index == 1)[None, None]
    motion = frame.motion
    mattes = {name: cryptomatte(layers, "object").matte([name]) for name in ("Cube", "Wall")}
    found = {
        "seen": float(whole.float().mean()),
        "seen at the ends": float(torch.cat([whole[..., :8], whole[..., -8:]], 3).float().mean()),
        "error": float(error.mean()),
        "unmoved": float(unmoved.mean()),
        "before": [float(motion.before[:, i][cube[:, 0]].mean()) for i in range(2)],
        "after": [float(motion.after[:, i][cube[:, 0]].mean()) for i in range(2)],
        "wrong": int(sum((matte != (index == i)).sum() for i, matte in enumerate(mattes.values(), 1))),
        "covered": [float(np.sum(matte)) for matte in mattes.values()],
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
