"""Text in panels: wrapped sentences, durations, messages with their remedies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import blf  # type: ignore[import-not-found, unused-ignore]

from ...core.protocol import Remedy

MARGIN = 90.0
"""Width beside a text in a panel, at scale 1: borders, icon, a scroll bar, tabs."""
DISMISS = 45.0
"""Width of a box's borders and its button that dismisses it, at scale 1."""

_REMEDY_OPERATORS = {
    Remedy.UNWRAP: ("nst.unwrap", "UV"),
    Remedy.TURN_ON_PASSES: ("nst.turn_on_passes", "RENDERLAYERS"),
    Remedy.SETUP_ENGINE: ("nst.open_preferences", "PREFERENCES"),
    Remedy.SMALLER_SIZE: ("nst.smaller_size", "FULLSCREEN_EXIT"),
    Remedy.CUT_OUT_BALL: ("nst.sphere_cut_out", "MATSPHERE"),
    Remedy.CHOOSE_DEVICE: ("nst.automatic_device", "SYSTEM"),
}


def duration(seconds: float) -> str:
    """Seconds as an artist reads them ("about 2 min"); empty when unknown (negative)."""
    if not 0 <= seconds < 1e6:  # nor NaN
        return ""
    if seconds < 8:
        return "a few seconds"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def sentence(layout: Any, context: Any, text: str, icon: str = "NONE", beside: float = 0.0) -> None:
    """A text over as many lines as the region is narrow; the icon stands before the first.

    beside: width at scale 1 that something beside the text takes.
    """
    column = layout.column(align=True)
    column.scale_y = 0.85
    scale = float(context.preferences.system.ui_scale)
    blf.size(0, context.preferences.ui_styles[0].widget.points * scale)
    room = context.region.width - (MARGIN + beside) * scale
    for number, line in enumerate(wrapped(text, room, lambda line: float(blf.dimensions(0, line)[0]))):
        column.label(text=line, icon=icon if number == 0 else ("BLANK1" if icon != "NONE" else "NONE"))


def remedy_button(layout: Any, remedy: Remedy) -> None:
    """The button for a remedy, where one click can help."""
    if remedy in _REMEDY_OPERATORS:
        operator, icon = _REMEDY_OPERATORS[remedy]
        layout.operator(operator, icon=icon)


def notice_box(layout: Any, context: Any, notice: Any, engine: bool = False) -> None:
    """A message with its remedy, the folder of kept files and a way to dismiss it."""
    box = layout.box()
    row = box.row()
    sentence(row.column(), context, notice.text, notice.icon, DISMISS)
    row.operator("nst.dismiss_notice", text="", icon="X", emboss=False).engine = engine
    if not engine:
        remedy_button(box, notice.remedy)
    if notice.folder:
        box.operator("nst.open_folder", icon="FILE_FOLDER").folder = notice.folder


def wrapped(text: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Break a text into lines at most ``room`` wide: between words, and within a word too long, like a path.

    width: how wide a line is, in the unit of ``room``.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer) <= room:
            lines[-1] = longer
            continue
        if not lines[-1]:
            lines.pop()
        lines += _pieces(word, room, width)
    return lines


def _pieces(word: str, room: float, width: Callable[[str], float]) -> list[str]:
    pieces = []
    while width(word) > room and len(word) > 1:
        fits = next((end for end in range(len(word) - 1, 1, -1) if width(word[:end]) <= room), 1)
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]
