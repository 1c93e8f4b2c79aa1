#!/usr/bin/env python3
"""Everything one does with this repository: ``python3 dev.py demo``, ``python3 dev.py test`` and more.

Needs Python 3.11 and nothing else: it makes the environments beside itself, and uses them again while
the files that say what belongs in them stay the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
NEEDS = ("pyproject.toml", "setup.py", "core/requirements.txt")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")  # for which torch and the others have wheels
# What the bpy wheels load from the system, as Debian and Ubuntu name the packages.
LIBRARIES = (
    "libx11-6",
    "libxext6",
    "libxrender1",
    "libxfixes3",
    "libxi6",
    "libxkbcommon0",
    "libsm6",
    "libice6",
    "libgl1",
    "libegl1",
)

QUICK_BENCHES = ("gradient", "size")  # "peers" and "meshes" take an hour

Command = list[object]
Fill = Callable[[Path], None]


class Blender(NamedTuple):
    """A Blender that the tests run in: its bpy wheel, the Python it needs, its environment."""

    name: str
    wheel: str
    python: str

    @property
    def folder(self) -> Path:
        return ROOT / f".venv-bpy{self.name.replace('.', '')}"


BLENDERS = (
    Blender("4.5", "bpy==4.5.15", "3.11"),
    Blender("5.0", "bpy==5.0.1", "3.11"),
    Blender("5.2", "bpy==5.2.3", "3.13"),
)


MOST_WORKERS = 4  # of pytest, which hold up to 4 GB each


class Trouble(Exception):
    """Something that the person at the keyboard has to know or do, in a sentence."""


# ------------------------------------------------------------------------------------------ commands


def demo(options: argparse.Namespace) -> int:
    """Stylize a mesh's texture and measure its seams."""
    python = engine_python()
    assets = ROOT / "tests" / "assets"
    folder = Path(options.out).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    mesh, style, base = assets / "suzanne.glb", assets / "van_gogh_auvers.jpg", assets / "suzanne_base.png"
    texture = folder / "suzanne_stylized.png"
    nst: Command = [python, "-m", "nst.core.cli"]
    started = time.monotonic()
    settings = ["--size", str(options.size), "--quality", options.quality, "--texture", base]
    run([*nst, "texture", mesh, style, "-o", texture, *settings])
    took = time.monotonic() - started
    run([*nst, "metrics", "seams", mesh, texture])
    run([*nst, "portrait", mesh, base, texture, "-o", folder / "before_and_after.png"])
    say(f"Painted in {took:.0f} s. Pictures to look at are in {folder}:")
    for path in sorted(folder.glob("*.png")):
        say(f"  {path}")
    return 0


def test(options: argparse.Namespace) -> int:
    """Lint, type check, and all tests: the engine's own, and those inside each Blender."""
    wanted = options.only or ["check", "core", *(blender.name for blender in BLENDERS)]
    python = engine_python()
    blenders = {}
    for blender in BLENDERS:
        if blender.name in wanted:
            found = blender_python(blender)
            if found is not None:
                blenders[blender.name] = found
            elif options.only:
                raise Trouble(
                    f"Blender {blender.name} needs Python {blender.python}, which is not installed."
                )
            else:
                say(f"Without Python {blender.python} there are no tests in Blender {blender.name}.")
    environment = {
        "NST_ENGINE_PYTHON": str(python),
        "NST_BLENDER_PYTHONS": os.pathsep.join(str(path) for path in blenders.values()),
    }
    failed = []
    if "check" in wanted and check(options) != 0:
        failed.append("check")
    if "core" in wanted:
        say("Tests of the engine")
        tests: Command = ["tests", "--ignore=tests/blender"]
        if not pytest(python, tests, options.arguments, environment):
            failed.append("core")
    for name, blender_venv in blenders.items():
        say(f"Tests in Blender {name}")
        if not pytest(blender_venv, ["tests/blender"], options.arguments, environment):
            failed.append(name)
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def check(options: argparse.Namespace) -> int:
    """Ruff, and mypy on both packages."""
    python = engine_python()
    say("Lint and types")
    status = run([python, "-m", "ruff", "check", "."], must=False)
    # Imports inside the packages go above them, to the extension's root: mypy has to see that root as
    # the package "nst", whatever the folder of this clone is called.
    view = python.parent.parent / "mypy-view"
    view.mkdir(exist_ok=True)
    link = view / "nst"
    if link.resolve() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
    packages = ["nst.core", "nst.blender_nst", "nst.addon_build"]
    status |= run(
        [python, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache"]
        + [word for package in packages for word in ("-p", package)]
        + ["-m", "nst.dev"],
        must=False,
        cwd=view,
    )
    return int(status != 0)


def package(options: argparse.Namespace) -> int:
    """The extension's zip and its repository listing, checked by Blender's own validator."""
    words: Command = ["--blender", options.blender] if options.blender else []
    if not options.blender:
        words = ["--bpy-python", any_blender_python()]
    return run([engine_python(), "-m", "addon_build", *words, "--output", options.output], must=False)


def bench(options: argparse.Namespace) -> int:
    """Run benchmarks by name; those of some minutes if none is named."""
    python = engine_python()
    status = 0
    for name in options.names or QUICK_BENCHES:
        script = ROOT / "tests" / "benchmarks" / f"bench_{name}.py"
        if not script.exists():
            raise Trouble(f"There is no benchmark {name!r}.")
        say(f"{script.relative_to(ROOT)}")
        # Waiting threads that sleep, as in the engine's own processes; and the Blender that makes meshes.
        environment = {"OMP_WAIT_POLICY": "PASSIVE"}
        if name in ("flat", "gallery", "meshes", "sphere"):
            environment["NST_BLENDER_PYTHONS"] = str(any_blender_python())
        status |= run([python, script, *options.arguments], must=False, environment=environment)
    return int(status != 0)


def gui(options: argparse.Namespace) -> int:
    """Drive the extension with mouse and keys in a real Blender window."""
    blender = options.blender or shutil.which("blender")
    if blender is None:
        raise Trouble("This needs a Blender with its window: name it with --blender.")
    python = engine_python()
    run([python, "-m", "addon_build", "--blender", blender, "--output", ROOT / "dist"])
    script = ROOT / "tests" / "gui" / "drive.py"
    return run([blender, "--python", script], must=False, environment={"NST_ENGINE_PYTHON": str(python)})


# -------------------------------------------------------------------------------------- environments


def engine_python() -> Path:
    """The Python of ``.venv``, with the engine and the tools in it."""
    folder = ROOT / ".venv"

    def fill(python: Path) -> None:
        say("Installing the engine into .venv (torch is large: up to 5 GB on Linux)")
        pip(python, "-e", f"{ROOT}[dev]")

    own = ".".join(str(part) for part in sys.version_info[:2])
    version = own if own in PYTHONS else next((each for each in PYTHONS if find_python(each)), None)
    if version is None:
        raise Trouble(f"The engine needs Python {PYTHONS[0]} to {PYTHONS[-1]}; none of them is installed.")
    return make_environment(folder, version, [], fill)


def blender_python(blender: Blender) -> Path | None:
    """The Python of a Blender's environment; None where its version of Python is not installed."""
    if find_python(blender.python) is None:
        return None

    def fill(python: Path) -> None:
        say(f"Installing Blender {blender.name} into {blender.folder.name} (about 1 GB)")
        pip(python, blender.wheel, "pytest>=8.2,<10", "pytest-xdist>=3.6,<4")
        pip(python, "--no-deps", "-e", str(ROOT))

    python = make_environment(blender.folder, blender.python, [blender.wheel], fill)
    need_libraries(python, blender)
    return python


def any_blender_python() -> Path:
    """A Blender's Python, preferably one that is there already."""
    for blender in sorted(BLENDERS, key=lambda each: not stamp_path(each.folder).exists()):
        python = blender_python(blender)
        if python is not None:
            return python
    raise Trouble(f"Blender's validator comes with bpy, which needs Python {BLENDERS[0].python}.")


def make_environment(folder: Path, version: str, extra: Sequence[str], fill: Fill) -> Path:
    """A virtual environment filled by ``fill``, once for every change of what it needs."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = stamp_path(folder)
    digest = fingerprint([str(ROOT), *extra])
    works = python.exists() and python_version(python) is not None
    if works and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return python
    stamp.unlink(missing_ok=True)
    if not works:
        base = find_python(version)
        if base is None:
            raise Trouble(f"{folder.name} needs Python {version}, which is not installed.")
        say(f"Making {folder.name}")
        made = subprocess.run(
            [str(base), "-m", "venv", "--clear", str(folder)], capture_output=True, text=True
        )
        if made.returncode != 0:
            raise Trouble(
                f"{base} cannot make a virtual environment: {(made.stdout + made.stderr).strip()}\n"
                f"On Debian and Ubuntu: apt-get install python{version}-venv"
            )
    fill(python)
    stamp.write_text(digest, encoding="utf-8")
    return python


def stamp_path(folder: Path) -> Path:
    """The file that says what an environment was made for."""
    return folder / "nst-stamp"


def fingerprint(extra: Iterable[str]) -> str:
    """What an environment depends on, as a hash."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for name in NEEDS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def need_libraries(python: Path, blender: Blender) -> None:
    """Make sure that bpy can be imported: it loads libraries which a bare system may not have."""
    missing = missing_library(python)
    if missing is None:
        return
    install: Command = ["apt-get", "install", "-y", "--no-install-recommends", *LIBRARIES]
    if (
        re.search(r"\.so\b", missing)
        and shutil.which("apt-get")
        and hasattr(os, "geteuid")
        and os.geteuid() == 0
    ):
        say(f"Blender {blender.name} needs system libraries ({missing}); installing them")
        run(["apt-get", "update", "-qq"], must=False)
        run(install, must=False)
        missing = missing_library(python)
    if missing is not None:
        words = " ".join(str(word) for word in install)
        raise Trouble(
            f"Blender {blender.name} cannot be loaded: {missing}\nOn Debian and Ubuntu, as root: {words}"
        )


def missing_library(python: Path) -> str | None:
    """Why bpy cannot be imported; None if it can."""
    done = subprocess.run([str(python), "-P", "-c", "import bpy"], capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ended at once"])[-1]


def find_python(version: str) -> Path | None:
    """A Python of that version that runs: this one, on the PATH, or of pyenv."""
    candidates = [Path(sys.executable)]
    for folder in os.get_exec_path():
        candidates += [Path(folder) / f"python{version}", Path(folder) / f"python{version}.exe"]
    candidates += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"), reverse=True)
    return next((path for path in candidates if path.is_file() and python_version(path) == version), None)


def python_version(python: Path) -> str | None:
    """ "3.11", or None when it does not run (a shim without its Python, a broken link)."""
    program = "import json, sys, venv, ensurepip; print(json.dumps(sys.version_info[:2]))"
    try:
        done = subprocess.run([str(python), "-c", program], capture_output=True, text=True)
        return ".".join(str(part) for part in json.loads(done.stdout))
    except (OSError, ValueError):
        return None


# --------------------------------------------------------------------------------------------- tools


def pytest(python: Path, tests: Sequence[object], more: Sequence[str], environment: dict[str, str]) -> bool:
    """Run pytest without the repository's root on sys.path (-P): there, "core" would be importable.

    Several files at a time, each on one processor: most tests are too small to use more.
    """
    count = min(os.cpu_count() or 1, MOST_WORKERS)
    words: Command = [python, "-P", "-m", "pytest", "-n", count, "--dist", "loadfile", *tests, *more]
    alone = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    return run(words, must=False, environment={**alone, **environment}) == 0


def pip(python: Path, *packages: str) -> None:
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])


def run(
    words: Sequence[object],
    must: bool = True,
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> int:
    """Run a program and return its exit status; with ``must``, a failure is the end."""
    command = [str(word) for word in words]
    sys.stdout.flush()
    status = subprocess.run(command, cwd=cwd, env={**os.environ, **(environment or {})}).returncode
    if must and status != 0:
        raise Trouble(f"This failed with exit status {status}: {' '.join(command)}")
    return status


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    if sys.version_info < (3, 11):
        newer = next((found for found in map(find_python, PYTHONS) if found), None)
        if newer is None:
            raise Trouble(f"This needs Python 3.11 or later; this is {sys.version.split()[0]}.")
        return run([newer, __file__, *sys.argv[1:]], must=False, cwd=Path.cwd())
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    parsers = {}
    for command in (demo, test, check, package, bench, gui):
        text = (command.__doc__ or "").strip()
        parsers[command.__name__] = commands.add_parser(command.__name__, help=text, description=text)
        parsers[command.__name__].set_defaults(run=command, arguments=[])
    parsers["demo"].add_argument("--out", default=str(ROOT / "out" / "demo"), help="folder for the pictures")
    parsers["demo"].add_argument("--size", type=int, default=1024)
    parsers["demo"].add_argument("--quality", default="draft", choices=("draft", "standard", "best"))
    only = ["check", "core", *(blender.name for blender in BLENDERS)]
    parsers["test"].add_argument("--only", action="append", choices=only, help="this part; may be repeated")
    benches = sorted(path.stem[6:] for path in (ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    parsers["bench"].add_argument("names", nargs="*", metavar="NAME", help=", ".join(benches))
    for name in ("package", "gui"):
        parsers[name].add_argument("--blender", help="a Blender program, instead of the bpy module")
    parsers["package"].add_argument("--output", default=str(ROOT / "dist"), help="folder for what is made")
    words = sys.argv[1:]
    rest = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:rest])
    options.arguments = words[rest + 1 :]  # after "--": for pytest, or the benchmarks
    return int(options.run(options))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"dev.py: {trouble}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
