"""Blender's own tool for extensions: validate, build, server-generate.

It is a script inside every bpy wheel, and a command of the Blender program.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCRIPT = "bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"


class BuildError(Exception):
    """The build cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class ExtensionTool:
    """How to call Blender's tool: the words in front of its own arguments."""

    command: tuple[str, ...]

    def run(self, *arguments: str | Path) -> str:
        """Run it and return what it printed. Raises BuildError with what it said."""
        words = [*self.command, *(str(argument) for argument in arguments)]
        try:
            done = subprocess.run(words, capture_output=True, text=True)
        except OSError as error:
            raise BuildError(f"{words[0]} cannot be started: {error}.") from error
        if done.returncode != 0:
            said = "\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip())
            raise BuildError(
                f"Blender's extension tool refused ({' '.join(words[len(self.command) :])}):\n{said}"
            )
        return done.stdout


def find_tool(root: Path, blender: str | None = None, bpy_python: str | None = None) -> ExtensionTool:
    """The tool of ``blender``, of the bpy beside ``bpy_python``, or of any bpy environment in ``root``.

    Raises BuildError where there is none.
    """
    if blender:
        return ExtensionTool((blender, "--factory-startup", "--command", "extension"))
    # Not resolved: the Python of an environment is a link to the one it was made from.
    pythons = [Path(bpy_python).absolute()] if bpy_python else list(_environments(root))
    for python in pythons:
        for script in _scripts(python.parent.parent):
            return ExtensionTool((str(python), str(script)))
    where = f"the environment of {bpy_python}" if bpy_python else f"an environment .venv-bpy* in {root}"
    raise BuildError(
        f"There is no bpy in {where}, and so no validator. Run 'python3 dev.py package', which makes one, "
        "or name a Blender program with --blender."
    )


def _environments(root: Path) -> Iterator[Path]:
    """Pythons of the bpy environments, the newest Blender first."""
    for folder in sorted(root.glob(".venv-bpy*"), reverse=True):
        for python in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
            if python.exists():
                yield python


def _scripts(environment: Path) -> Iterator[Path]:
    for packages in ("lib/python3*/site-packages", "Lib/site-packages"):
        yield from environment.glob(f"{packages}/{SCRIPT}")
