"""Values as JSON knows them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def plain(value: Any) -> Any:
    """The value with nothing in it that JSON cannot say.

    Arrays and tensors become lists, their scalars numbers; NaN and infinities, which JSON does
    not have, become None; mappings get text keys; anything else becomes its text.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # numpy and torch, neither imported here
        return plain(value.tolist())
    return str(value)
