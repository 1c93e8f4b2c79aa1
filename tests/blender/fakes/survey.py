"""In the engine's Python: how much of each mesh in a folder views see, and whether colours stay colours.

Prints JSON: for each file NAME.npz "seen", the share of island texels that some view has shown; "spread",
how far a constant colour strays on its way through the levels; "overlap" as of the texel map.
"""

import json
import sys
from pathlib import Path

import torch

from nst.core.canvas import Stage
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.surface.load import load_mesh

SIZE, PAINTING, ROUNDS = 64, 64, 16


def survey(path: Path) -> dict[str, float]:
    canvas = SurfaceCanvas(load_mesh(path), SIZE, (0.0, 0.0, 1.0), 0, torch.device("cpu"))
    stage = Stage(PAINTING, 1, 0.04, 1.0, ("rgb",), ())
    for _ in range(ROUNDS):
        canvas.looks(stage, lambda: None)
    levels = canvas.begin(stage, [])
    levels[0] += 0.25
    own = torch.from_numpy(canvas.texels.inside)
    painted = canvas.decode(levels)[0][:, own]
    overlap = canvas.texels.overlap
    return {"seen": canvas.painted(), "spread": float((painted - 0.25).abs().max()), "overlap": overlap}


if __name__ == "__main__":
    found = {path.stem: survey(path) for path in sorted(Path(sys.argv[1]).glob("*.npz"))}
    sys.stdout.write(json.dumps(found))
