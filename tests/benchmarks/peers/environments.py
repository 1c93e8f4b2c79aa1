"""A throw-away environment for each peer.

torch and torchvision are 5 GB: an environment here shares them, with numpy, Pillow and all else that is
installed beside the interpreter that made it, by a ``.pth`` file. The peer itself is installed
without its dependencies, and of those only what is missing. Peers that pin an old torch
therefore run with a new one, and all run with the same.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def environment(python: Path, cache: Path, name: str, package: str, needs: Sequence[str]) -> Path:
    """The interpreter of an environment with a package, made once.

    python: the interpreter with torch. cache: the folder that holds all environments. Raises
    subprocess.CalledProcessError, with pip's words as ``stderr``, where something does not install.
    """
    key = hashlib.sha256("\0".join([str(python), package, *needs]).encode()).hexdigest()[:8]
    folder = cache / f"{name}-{key}"
    own = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "complete"
    if stamp.exists():
        return own
    _run([str(python), "-m", "venv", "--clear", "--without-pip", str(folder)])
    packages = Path(_run([str(own), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    shared = _run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    (packages / "shared.pth").write_text(shared + "\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "--python", str(own), "install", "-q", "--disable-pip-version-check"]
    if package:
        _run([*pip, "--no-deps", package])
    missing = [need for need in needs if not _importable(own, need)]
    if missing:
        _run([*pip, *missing])
    stamp.touch()
    return own


def python_with_torch(root: Path) -> Path:
    """This interpreter if it has torch, or else the one of the repository's own environment."""
    own = root / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    for python in (Path(sys.executable), own):
        if python.exists() and _importable(python, "torch"):
            return python
    raise SystemExit("This needs torch: 'python3 dev.py check' makes an environment with it.")


def _importable(python: Path, module: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0


def _run(words: Sequence[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
