"""What ``pip install`` puts onto a machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from nst.core import __version__

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the repository, in a folder whose name no Python package could have."""
    folder = tmp_path_factory.mktemp("wheel")
    clone = folder / "my clone-1.0"
    clone.mkdir()
    for name in ("pyproject.toml", "setup.py", "dev.py", "__init__.py", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, clone)
    for name in ("core", "blender_nst", "addon_build"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-P", "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", clone],
        check=True,
        cwd=folder,
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def test_everything_is_inside_one_import_package(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"nst", f"nst_blender-{__version__}.dist-info"}
    inside = {name.split("/")[1] for name in names if name.startswith("nst/")}
    assert inside == {"__init__.py", "core", "blender_nst"}


def test_all_modules_and_the_data_are_there(names: set[str]) -> None:
    for folder in ("core", "blender_nst"):
        for path in (ROOT / folder).rglob("*.py"):
            assert f"nst/{path.relative_to(ROOT).as_posix()}" in names
    weights = [path for path in (ROOT / "core" / "encoder" / "weights").iterdir() if path.is_file()]
    assert any(path.suffix == ".safetensors" for path in weights)
    assert {f"nst/core/encoder/weights/{path.name}" for path in weights} <= names
    assert "nst/core/requirements.txt" in names


def test_the_metadata(wheel: Path) -> None:
    info = f"nst_blender-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as file:
        metadata = Parser().parsestr(file.read(f"{info}/METADATA").decode("utf-8"))
        scripts = file.read(f"{info}/entry_points.txt").decode("utf-8")
        assert f"{info}/licenses/LICENSE" in file.namelist()
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert "nst = nst.core.cli:main" in scripts
    assert "nst-blender = nst.blender_nst.cli:main" in scripts
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra" not in line]
    assert sorted(map(name_of, needed)) == sorted(map(name_of, requirements()))


def test_every_dependency_is_bounded_on_both_sides() -> None:
    assert {"torch", "torchvision", "numpy", "trimesh", "embreex"} <= set(map(name_of, requirements()))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in requirements() + project["optional-dependencies"]["blender"]:
        assert ">=" in line, line
        assert ",<" in line, line


def test_the_wheel_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    program = "import nst.core.cli as cli, sys; print(cli.__file__); sys.exit(cli.main(['--version']))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
    assert __version__ in done.stdout


def name_of(requirement: str) -> str:
    return re.split("[<>=]", requirement)[0]


def requirements() -> list[str]:
    lines = (ROOT / "core" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
