"""The command line as a whole: its parser, its errors and its exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NoReturn

from .. import __version__
from ..protocol import JobCancelled, JobError, Remedy
from ..protocol.controls import did_you_mean
from . import animation, ball, info, metric_commands, panorama, portrait, render, sphere, style, stylize, tile
from .console import Console, interruptible


class Exit(IntEnum):
    """Exit codes of ``nst``."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BROKEN = 3
    CANCELLED = 130


# What the shell adds to remedies; the messages themselves say what is wrong and what helps.
HINTS = {
    Remedy.SMALLER_SIZE: "Try a smaller --size.",
    Remedy.CHANGE_SETTING: "See nst COMMAND --help.",
    Remedy.CHOOSE_DEVICE: "Try --device auto, or see nst info.",
    Remedy.SETUP_ENGINE: "See nst info.",
}
_CODES = {"bad_job": Exit.USAGE, "usage": Exit.USAGE, "engine_broken": Exit.BROKEN}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are JobErrors, so that they come out like all others."""

    def error(self, message: str) -> NoReturn:
        raise JobError("usage", message, Remedy.CHANGE_SETTING)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = [str(name) for name in action.choices]
            hint = did_you_mean(str(value), names)
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r} (choose from {', '.join(names)}).{hint}"
            )


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands. Each sets ``run``, which takes the arguments and a Console."""
    parser = Parser(
        prog="nst",
        description="Neural Style Transfer: repaints meshes and pictures in the style of a painting.",
        epilog="Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 the engine is broken, 130 cancelled.",
    )
    parser.add_argument("--version", action="version", version=f"nst {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in (
        stylize,
        render,
        panorama,
        animation,
        tile,
        sphere,
        ball,
        style,
        portrait,
        metric_commands,
        info,
    ):
        group.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; ``arguments`` defaults to the process's own."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        # A stream that the shell has closed is None.
        console = Console(sys.stdout or nowhere, sys.stderr or nowhere, as_json="--json" in words)
        try:
            if sys.stdout is None:
                raise JobError("write_failed", "The result cannot be printed: the standard output is closed.")
            return _run(words, console)
        except JobError as error:
            console.fail(error.code, error.message, error.remedy.value, HINTS.get(error.remedy, ""))
            return _CODES.get(error.code, Exit.FAILED)
        except BrokenPipeError:  # the reader of our output, such as head, has gone
            console.close()
    return Exit.OK


def _run(words: Sequence[str], console: Console) -> Exit:
    """Do what the words ask for. Raises JobError, BrokenPipeError."""
    try:
        options = make_parser().parse_args(words)
        with interruptible(console):
            options.run(options, console)
    except (JobCancelled, KeyboardInterrupt):
        console.fail("cancelled", "Cancelled. No result was written.")
        return Exit.CANCELLED
    return Exit.OK
