"""Packages that only some jobs need."""

from __future__ import annotations

import importlib
from typing import Any

from .protocol import JobError, Remedy


def library(name: str, package: str, otherwise: str) -> Any:
    """A module that only some jobs need. package: it is in. otherwise: what an artist does without it.

    Raises JobError ("library_missing"), also where it was made for another PyTorch than there is.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        why = " ".join(str(error).split())
        raise JobError(
            "library_missing",
            f"The package {package}, which this needs, cannot be loaded: {why}. {otherwise}",
            Remedy.SETUP_ENGINE,
        ) from error
