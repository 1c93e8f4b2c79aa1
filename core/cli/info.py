"""``nst info``: what the engine is and what it can run on."""

from __future__ import annotations

import argparse
import dataclasses
import platform
import sys
from typing import Any

from .. import __version__
from ..protocol import PROTOCOL_VERSION
from ..runner import load_engine
from .console import Console
from .options import add_json


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "info", help="versions and devices", description="Prints the engine's versions and devices."
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, console: Console) -> None:
    load_engine()
    import torch

    from ..devices import list_devices, resolve

    devices = list_devices()
    default = str(resolve("auto"))
    data = {
        "engine": __version__,
        "protocol": PROTOCOL_VERSION,
        "python": platform.python_version(),
        "executable": sys.executable,
        "torch": str(torch.__version__),
        "devices": [dataclasses.asdict(device) for device in devices],
        "default_device": default,
    }
    lines = [
        f"Neural Style Transfer {__version__}",
        f"Python   {platform.python_version()} ({sys.executable})",
        f"torch    {torch.__version__}",
    ]
    for device in devices:
        memory = f", {device.memory / 2**30:.1f} GiB" if device.memory else ""
        chosen = " (auto)" if device.id == default else ""
        lines.append(f"device   {device.id}: {device.name}{memory}{chosen}")
    console.result(data, "\n".join(lines))
