"""``nst-blender``: the shell command for machines that have the bpy module but no Blender program."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .command.stopping import Stopping


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``nst-blender SCENE.blend texture ...`` and return its exit code.

    Its process's stdout is left pointing at stderr, because Blender prints there too.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with Stopping() as stopping:  # while Blender starts, it would swallow an interruption
        try:
            import bpy  # noqa: F401
        except ImportError:
            sys.stderr.write(
                "nst-blender: this Python has no bpy module. Install it (pip install bpy), "
                "or use Blender itself: blender -b SCENE.blend --command nst texture ...\n"
            )
            return 3
        from .command.run import run_script

        return run_script(words, stopping)


if __name__ == "__main__":
    sys.exit(main())
