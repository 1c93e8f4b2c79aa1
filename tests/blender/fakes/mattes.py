"""The masks, and the maps of guidance (H, W), that the engine reads for a render job: mattes.py JOB.json

Run by the engine's Python. Writes JSON.
"""

from __future__ import annotations

import json
import sys

from nst.core.protocol import RenderJob, load_job
from nst.core.render.guidance import guidance_of
from nst.core.render.job import render_mask
from nst.core.render.layers import read_layers


def main() -> None:
    job = load_job(sys.argv[1])
    assert isinstance(job, RenderJob)
    layers = read_layers(job.content, job.view_layer)
    maps = {mask.mask: render_mask(mask, layers) for mask in job.controls.masks}
    guidance = guidance_of(job, layers)
    maps |= {"edges": guidance.edges, "near": guidance.near}
    found = {name: plane[0, 0].tolist() for name, plane in maps.items() if plane is not None}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
