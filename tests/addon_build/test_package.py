"""The extension's zip and its repository, made and read by Blender's own tool."""

from __future__ import annotations

import json
import os
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from nst.addon_build import BuildError, ExtensionTool, build_package, find_tool, make_repository, stage
from nst.core import __version__

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
# What may lie around in a clone, and must not be shipped.
STRAY = [
    *(".git/config", ".venv/bin/python", ".venv-bpy45/bin/python", ".ci/run", ".gitignore", ".mypy_cache/a"),
    *("tests/test_a.py", "addon_build/__init__.py", "dev.py", "setup.py", "pyproject.toml", "docs/a.md"),
    *("build/lib/x.py", "dist/old.zip", "out/demo.png", "nst_blender.egg-info/PKG-INFO"),
    "core/__pycache__/a.pyc",
]
ARCHIVE = f"neural_style_transfer-{__version__}.zip"


@pytest.fixture(scope="module")
def tool() -> ExtensionTool:
    """Blender's tool. ``dev.py test`` names the Pythons that have bpy in NST_BLENDER_PYTHONS."""
    pythons = [each for each in os.environ.get("NST_BLENDER_PYTHONS", "").split(os.pathsep) if each]
    try:
        return find_tool(ROOT, bpy_python=pythons[-1] if pythons else None)
    except BuildError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def archive(tool: ExtensionTool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_package(tool, ROOT, tmp_path_factory.mktemp("dist"))


def contents(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {entry.filename for entry in file.infolist() if not entry.is_dir()}


def sources() -> set[str]:
    found = {"blender_manifest.toml", "__init__.py", "LICENSE"}
    found |= {"README.md"} if (ROOT / "README.md").exists() else set()
    for folder in ("core", "blender_nst"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(path.relative_to(ROOT).as_posix())
    return found


def test_the_zip_has_the_whole_extension_and_nothing_else(archive: Path) -> None:
    assert archive.name == ARCHIVE
    inside = contents(archive)
    assert inside == sources()
    assert "core/requirements.txt" in inside
    assert any(name.startswith("core/encoder/weights/") and name.endswith(".safetensors") for name in inside)
    assert not list(archive.parent.glob(".build-*"))


def test_a_build_by_blender_alone_is_the_same(tool: ExtensionTool, archive: Path, tmp_path: Path) -> None:
    """The exclusions in the manifest say the same as our own list, whatever lies around."""
    clone = tmp_path / "any name"
    clone.mkdir()
    stage(ROOT, clone)
    for name in STRAY:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text("stray", encoding="utf-8")
    built = tmp_path / "alone.zip"
    tool.run("build", "--source-dir", clone, "--output-filepath", built)
    assert contents(built) == contents(archive)


def test_a_broken_manifest_is_refused_and_leaves_no_zip(tool: ExtensionTool, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    stage(ROOT, source)
    manifest = source / "blender_manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(MANIFEST["tagline"], "Ends with a stop."), encoding="utf-8")
    output = tmp_path / "dist"
    with pytest.raises(BuildError, match="tagline"):
        build_package(tool, source, output)
    assert list(output.iterdir()) == []


def test_the_repository_lists_the_zip_and_blender_installs_it(
    tool: ExtensionTool, archive: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "neural_style_transfer-0.0.1.zip").write_bytes(b"an older build")
    listing = make_repository(tool, archive, folder)
    entry = json.loads(listing.read_text(encoding="utf-8"))["data"][0]
    assert (entry["id"], entry["version"]) == (MANIFEST["id"], __version__)
    assert entry["archive_size"] == (folder / ARCHIVE).stat().st_size
    local = tmp_path / "installed"
    local.mkdir()
    remote = listing.as_uri()
    tool.run("sync", "--local-dir", local, "--remote-url", remote)
    tool.run("install", "--local-dir", local, "--remote-url", remote, MANIFEST["id"])
    assert (local / MANIFEST["id"] / "core" / "worker" / "__main__.py").is_file()


def test_the_manifest_follows_the_rules() -> None:
    assert MANIFEST["version"] == __version__
    assert MANIFEST["license"] == ["SPDX:GPL-3.0-or-later"]
    assert "blender" not in (MANIFEST["id"] + MANIFEST["name"]).lower()
    assert len(MANIFEST["tagline"]) <= 64
    assert MANIFEST["tagline"][-1].isalnum()
    assert set(MANIFEST["permissions"]) == {"network", "files"}
    for reason in MANIFEST["permissions"].values():
        assert 0 < len(reason) <= 64
        assert reason[-1].isalnum()


def test_without_a_blender_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"dev\.py package"):
        find_tool(tmp_path)
    with pytest.raises(BuildError, match="nowhere"):
        find_tool(tmp_path, bpy_python=str(tmp_path / "nowhere" / "bin" / "python"))
    with pytest.raises(BuildError, match="cannot be started"):
        find_tool(tmp_path, blender=str(tmp_path / "no-blender")).run("validate")


def test_an_incomplete_repository_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="blender_nst"):
        stage(tmp_path, tmp_path)
    with pytest.raises(BuildError, match="blender_manifest"):
        build_package(ExtensionTool((sys.executable,)), tmp_path, tmp_path / "dist")
