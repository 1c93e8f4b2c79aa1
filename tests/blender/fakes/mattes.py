"""The masks (H, W) that the engine reads for a job, as JSON: mattes.py JOB.json

Run by the engine's Python.
"""

from __future__ import annotations

import json
import sys

from nst.core.protocol import load_job
from nst.core.render.job import render_mask
from nst.core.render.layers import read_layers


def main() -> None:
    job = load_job(sys.argv[1])
    layers = read_layers(job.content, job.view_layer)  # type: ignore[union-attr]
    found = {mask.mask: render_mask(mask, layers)[0, 0].tolist() for mask in job.controls.masks}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
