"""The zip that artists install, and the listing that Blender can install it from."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .validator import BuildError, ExtensionTool

MANIFEST = "blender_manifest.toml"
# All that is shipped. The manifest's own exclusions say the same, for a build by Blender alone.
FILES = (MANIFEST, "__init__.py", "LICENSE", "README.md")
FOLDERS = ("blender_nst", "core")
REQUIRED = (MANIFEST, "__init__.py", "LICENSE", "blender_nst/__init__.py", "core/requirements.txt")


def read_manifest(root: Path) -> dict[str, Any]:
    """The manifest. Raises BuildError where it is missing or broken."""
    try:
        return tomllib.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{root / MANIFEST} cannot be read: {error}.") from error


def stage(root: Path, target: Path) -> None:
    """Copy what is shipped, and nothing that merely lies around in the repository."""
    missing = [name for name in REQUIRED if not (root / name).exists()]
    if missing:
        raise BuildError(f"{root} is not complete: {', '.join(missing)} is missing.")
    for name in FILES:
        if (root / name).exists():
            shutil.copyfile(root / name, target / name)
    for name in FOLDERS:
        shutil.copytree(root / name, target / name, ignore=_ignored)


def build_package(tool: ExtensionTool, root: Path, output: Path) -> Path:
    """Build ``<id>-<version>.zip`` in ``output``, validate it and return its path.

    The zip appears only once Blender's tool has found it good. Raises BuildError.
    """
    manifest = read_manifest(root)
    output.mkdir(parents=True, exist_ok=True)
    archive = output / f"{manifest['id']}-{manifest['version']}.zip"
    with tempfile.TemporaryDirectory(dir=output, prefix=".build-") as name:
        source = Path(name) / "source"
        source.mkdir()
        stage(root, source)
        tool.run("validate", source)
        built = Path(name) / archive.name
        tool.run("build", "--source-dir", source, "--output-filepath", built)
        tool.run("validate", built)
        os.replace(built, archive)
    return archive


def make_repository(tool: ExtensionTool, archive: Path, folder: Path) -> Path:
    """A folder to put on any web server or disk: the zip, and the listing ``index.json`` of it.

    Returns the listing's path. Raises BuildError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.zip"):
        old.unlink()
    shutil.copyfile(archive, folder / archive.name)
    tool.run("server-generate", "--repo-dir", folder)
    listing = folder / "index.json"
    listed = json.loads(listing.read_text(encoding="utf-8")).get("data", [])
    if len(listed) != 1 or Path(listed[0].get("archive_url", "")).name != archive.name:
        raise BuildError(f"{listing} does not list {archive.name} alone.")
    return listing


def _ignored(folder: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.startswith(".") or name.endswith(".pyc")}
