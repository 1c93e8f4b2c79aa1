"""The command line of the build."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .package import build_package, make_repository
from .validator import BuildError, find_tool

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Build, validate and list; returns the exit code."""
    parser = argparse.ArgumentParser(prog="addon_build", description=__doc__)
    parser.add_argument("--blender", help="a Blender program, 4.2 or later")
    parser.add_argument("--bpy-python", help="the Python of an environment with the bpy module")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for what is made")
    options = parser.parse_args()
    try:
        tool = find_tool(ROOT, options.blender, options.bpy_python)
        archive = build_package(tool, ROOT, options.output)
        listing = make_repository(tool, archive, options.output / "repository")
    except BuildError as error:
        sys.stderr.write(f"addon_build: {error}\n")
        return 1
    sys.stdout.write(
        f"{archive} ({archive.stat().st_size / 2**20:.1f} MiB), validated by Blender\n{listing}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
