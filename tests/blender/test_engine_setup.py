"""Which Python runs the engine, whether it can, and installing one. Nothing here needs a network."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from nst.blender_nst.engine.check import check, required_modules
from nst.blender_nst.engine.install import environment_folder, install, log_file, remove
from nst.blender_nst.engine.locate import find_python, need_python, python_of, venv_python
from nst.blender_nst.engine.steps import finish
from nst.core.protocol import JobError, Remedy

FAKE = Path(__file__).parent / "fakes" / "worker.py"
ROOT = Path(__file__).resolve().parents[2]


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An extension whose engine needs no packages: the fake worker."""
    core = tmp_path / "extension" / "core"
    core.mkdir(parents=True)
    (core / "__init__.py").touch()
    (core / "requirements.txt").write_text("# nothing\n")
    shutil.copy(FAKE, core / "worker.py")
    return core.parent


@pytest.fixture
def base_python(tmp_path: Path) -> Path:
    """This Python, except that the environments it makes borrow its pip: that is many times faster."""
    return script(tmp_path / "base", f'exec "{sys.executable}" "$@" --without-pip --system-site-packages')


def failure(python: Path, root: Path, tmp_path: Path) -> JobError:
    with pytest.raises(JobError) as caught:
        finish(check(python, root, tmp_path / "check.log"))
    assert caught.value.remedy is Remedy.SETUP_ENGINE
    return caught.value


def test_check_reports_version_and_devices(root: Path, tmp_path: Path) -> None:
    report = finish(check(Path(sys.executable), root, tmp_path / "check.log"))
    assert report["torch"] == "2.0-fake"
    assert report["devices"] == [{"id": "cpu", "name": "A processor", "memory": 8 << 30}]


def test_wrong_pythons_are_said_in_a_sentence(root: Path, tmp_path: Path) -> None:
    old = script(tmp_path / "python3.8", """echo '{"version": [3, 8, 1], "missing": []}'""")
    assert "3.8.1" in failure(old, root, tmp_path).message
    assert "3.11 or newer" in failure(old, root, tmp_path).message

    other = script(tmp_path / "not_python", "echo hello")
    assert failure(other, root, tmp_path).code == "python_wrong"

    assert failure(tmp_path / "nothing", root, tmp_path).code == "python_missing"

    text = tmp_path / "text"
    text.write_text("no program")
    assert failure(text, root, tmp_path).code == "python_wrong"


def test_a_program_that_does_not_speak_utf8_is_no_python(root: Path, tmp_path: Path) -> None:
    other = script(tmp_path / "latin", r"printf '\344\377\n'")
    assert failure(other, root, tmp_path).code == "python_wrong"


def test_an_engine_that_ends_without_a_word_is_no_dead_end(root: Path, tmp_path: Path) -> None:
    (root / "core" / "worker.py").write_text("raise SystemExit(3)\n")
    message = failure(Path(sys.executable), root, tmp_path).message
    assert "exit status 3" in message
    assert "press Install Engine" in message


def test_missing_packages_are_named(root: Path, tmp_path: Path) -> None:
    requirements = root / "core" / "requirements.txt"
    requirements.write_text("surely-not-there>=1  # comment\nPillow\npytest<99\n")
    assert required_modules(requirements) == {
        "surely-not-there": "surely-not-there",
        "PIL": "Pillow",
        "pytest": "pytest",
    }
    error = failure(Path(sys.executable), root, tmp_path)
    assert error.code == "packages_missing"
    assert "surely-not-there" in error.message
    assert "pytest" not in error.message.split("Press")[0]


def test_a_worker_that_does_not_start_shows_its_last_words(root: Path, tmp_path: Path) -> None:
    (root / "core" / "worker.py").write_text("raise SystemExit('the library is too old')\n")
    assert "the library is too old" in failure(Path(sys.executable), root, tmp_path).message


def test_install_check_and_remove(root: Path, tmp_path: Path, base_python: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    report = finish(install(folder, base_python, root, space_needed=1))
    python = venv_python(environment_folder(folder))
    assert report["python"] == str(python)
    assert python.is_file()
    assert "Making a Python" in log_file(folder).read_text()
    remove(folder)
    assert not environment_folder(folder).exists()


def test_a_failed_installation_leaves_nothing_but_its_log(
    root: Path, tmp_path: Path, base_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (root / "core" / "requirements.txt").write_text("surely-not-there>=1\n")
    folder = tmp_path / "engine"
    folder.mkdir()
    with pytest.raises(JobError) as caught:
        finish(install(folder, base_python, root, space_needed=1))
    assert caught.value.code == "install_failed"
    assert "surely-not-there" in caught.value.message
    assert str(log_file(folder)) in caught.value.message
    assert not environment_folder(folder).exists()


@pytest.mark.parametrize("how", ["fails", "cancelled", "raises"])
def test_the_engine_that_works_is_kept_until_another_one_does(
    root: Path, tmp_path: Path, base_python: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tmp_path / "engine"
    folder.mkdir()
    finish(install(folder, base_python, root, space_needed=1))
    (environment_folder(folder) / "first").touch()
    steps = install(folder, base_python, root, space_needed=1)
    if how == "fails":
        (root / "core" / "requirements.txt").write_text("surely-not-there>=1\n")
        with pytest.raises(JobError):
            finish(steps)
        (root / "core" / "requirements.txt").write_text("")
    else:
        next(steps)
        assert not (environment_folder(folder) / "first").exists()
        if how == "cancelled":
            steps.close()
        else:
            with pytest.raises(ZeroDivisionError):
                steps.throw(ZeroDivisionError())
    assert sorted(entry.name for entry in folder.iterdir()) == ["engine.log", "venv"]
    assert (environment_folder(folder) / "first").is_file()
    assert finish(check(venv_python(environment_folder(folder)), root, tmp_path / "log"))["torch"]


def test_a_new_engine_takes_the_place_of_the_old_one(root: Path, tmp_path: Path, base_python: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    finish(install(folder, base_python, root, space_needed=1))
    (environment_folder(folder) / "first").touch()
    finish(install(folder, base_python, root, space_needed=1))
    assert sorted(entry.name for entry in folder.iterdir()) == ["engine.log", "venv"]
    assert not (environment_folder(folder) / "first").exists()


def test_after_a_blender_killed_in_an_installation_the_old_engine_is_the_one_to_keep(
    root: Path, tmp_path: Path, base_python: Path
) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    finish(install(folder, base_python, root, space_needed=1))
    (environment_folder(folder) / "first").touch()
    environment_folder(folder).rename(folder / "venv-before")
    environment_folder(folder).mkdir()
    steps = install(folder, base_python, root, space_needed=1)
    next(steps)
    steps.close()
    assert (environment_folder(folder) / "first").is_file()


def test_a_cancelled_installation_leaves_nothing(root: Path, tmp_path: Path, base_python: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    steps = install(folder, base_python, root, space_needed=1)
    next(steps)
    steps.close()
    assert not environment_folder(folder).exists()


def test_no_room_for_an_installation(root: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        finish(install(tmp_path, Path(sys.executable), root, space_needed=1 << 60))
    assert caught.value.code == "disk_full"


def test_precedence_of_pythons(tmp_path: Path) -> None:
    environment = {"NST_ENGINE_PYTHON": "/env/python"}
    assert find_python("/said", "/preferred", environment=environment) == Path("/said")
    assert find_python("", "/preferred", environment=environment) == Path("/env/python")
    assert find_python("", "/preferred", environment={}) == Path("/preferred")
    assert find_python(environment={}) is None
    assert python_of(tmp_path) == venv_python(tmp_path)


def test_no_python_is_a_sentence(tmp_path: Path) -> None:
    for python in (None, tmp_path / "gone"):
        with pytest.raises(JobError) as caught:
            need_python(python)
        assert caught.value.code == "engine_missing"


def test_the_real_requirements_are_understood() -> None:
    assert {"torch", "PIL", "trimesh"} <= set(required_modules(ROOT / "core" / "requirements.txt"))
