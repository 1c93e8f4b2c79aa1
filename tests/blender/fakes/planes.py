"""All passes of a multilayer EXR file as an npz file, by "Pass.Channel": planes.py RENDER.exr OUT.npz

Run by the engine's Python. Passes have the names of Blender 5.0 and later.
"""

from __future__ import annotations

import sys

import numpy as np

from nst.core.render import layers as names
from nst.core.render.layers import read_layers


def main() -> None:
    render, out = sys.argv[1:]
    found = read_layers(render)
    new = {pair[1]: pair[0] for pair in vars(names).values() if isinstance(pair, tuple) and len(pair) == 2}
    new["AO"] = "Ambient Occlusion"
    planes = {
        f"{new.get(name, name)}.{channel}": found.planes[found.view_layer + name][channel]
        for name in found.passes
        for channel in found.planes[found.view_layer + name]
    }
    np.savez(out, **planes)


if __name__ == "__main__":
    main()
