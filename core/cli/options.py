"""Options that several commands have."""

from __future__ import annotations

import argparse


def add_mesh(parser: argparse.ArgumentParser) -> None:
    """The mesh that a command is about, its first word."""
    parser.add_argument("mesh", metavar="MESH", help="a mesh with UVs (OBJ, GLB, PLY)")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Whether the result is for a program: see ``Console.result``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
