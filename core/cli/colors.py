"""Colours as they are written in the shell: R,G,B from 0 to 1, or #RRGGBB."""

from __future__ import annotations

import re

from ..protocol import JobError, Remedy


def color(text: str) -> tuple[float, float, float]:
    """A colour in [0, 1]. Raises JobError ("bad_job")."""
    if match := re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text):
        red, green, blue = (int(part, 16) / 255 for part in match.groups())
        return red, green, blue
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise JobError(
            "bad_job",
            f"base_color is {text!r}; it must be R,G,B from 0 to 1, or #RRGGBB.",
            Remedy.CHANGE_SETTING,
        ) from None
    return red, green, blue
