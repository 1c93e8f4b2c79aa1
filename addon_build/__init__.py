"""Makes the extension's zip and a repository listing, and checks both with Blender's own tool.

``python -m addon_build``, or better ``python3 dev.py package``, which also finds a Blender.
Standard library only.
"""

from .package import build_package, make_repository, read_manifest, stage
from .validator import BuildError, ExtensionTool, find_tool

__all__ = [
    "BuildError",
    "ExtensionTool",
    "build_package",
    "find_tool",
    "make_repository",
    "read_manifest",
    "stage",
]
