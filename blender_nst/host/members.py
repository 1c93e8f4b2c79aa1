"""What a mask means by a name, by the names that Cryptomatte gives things."""

from __future__ import annotations

from typing import Any

from .collections import members_of
from .materials import with_copies


def members(kind: str, name: str, layer: Any) -> tuple[str, ...]:
    """As ``Mask.members``, of a mask of a kind; empty where its name says it all.

    Raises as ``members_of``.
    """
    if kind == "collection":
        return members_of(layer, name)
    return with_copies(name) if kind == "material" else ()
