"""What a child process has said before it ended, for people."""

from __future__ import annotations

from pathlib import Path

_READ = 8192


def log_of(folder: Path) -> Path:
    """The log of the engine that was started for the job with this folder, beside which it lies."""
    return folder.parent / f"engine-{folder.name}.log"


def size_of(path: Path) -> int:
    """Bytes in a log so far, which is where the next process begins to write; 0 without one."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def last_line(path: Path, limit: int = 300, start: int = 0) -> str:
    """The last line from byte ``start`` on that says something, its last ``limit`` characters; or empty."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, 2)
            file.seek(min(max(start, end - _READ), end))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[-limit:] for line in reversed(lines) if line.strip()), "")


def why_it_ended(path: Path, start: int, returncode: int | None) -> str:
    """Why a process did not start, in words that follow a colon, and where more is to be read.

    returncode: as of ``subprocess``; None for one that still runs and has not answered.
    """
    said = last_line(path, start=start).rstrip(".")
    if said:
        return f"{said}. Its log is {path}."
    if returncode is None:
        how = "it did not answer in time. The computer may be busy: try again"
    elif returncode == -9:
        how = "the system ended it, most likely for lack of memory. Close other programs and try again"
    elif returncode < 0:
        how = f"it crashed (signal {-returncode}). Its Python or a package in it is broken"
    else:
        how = f"it ended at once, without a word (exit status {returncode}). Its Python may be broken"
    return f"{how}, or press Install Engine in the add-on's preferences for one that is sure to fit."
