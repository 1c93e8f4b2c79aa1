"""The artist's hand and eye: pointer, keys, and a look at the screen."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

Pixel = tuple[int, ...]

HOVER = 0.4
"""Seconds for which the pointer rests on a button before it is pressed."""


class Hand:
    """Moves the real pointer with ``xdotool`` and looks with ImageMagick's ``import``.

    folder: where pictures of the screen go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def move(self, x: float, y: float) -> None:
        _xdotool("mousemove", str(round(x)), str(round(y)))

    def click(self, x: float, y: float, holding: str = "") -> Iterator[float]:
        """Point, wait as a hand does, and click; yields the seconds to wait in between.

        holding: a key that is held down meanwhile. A press that comes together with the pointer, while a
        frame is slowly drawn, is lost in Blender.
        """
        self.move(x, y)
        yield HOVER
        if holding:
            _xdotool("keydown", holding, "click", "1", "keyup", holding)
        else:
            _xdotool("click", "1")

    def drag(self, x: float, y: float, distance: float, button: int) -> Iterator[float]:
        """Hold a button and move sideways; yields the seconds to wait between the moves."""
        self.move(x, y)
        yield 0.05
        _xdotool("mousedown", str(button))
        yield 0.05
        for _step in range(6):  # relative moves: Blender takes the pointer elsewhere while a slider is held
            _xdotool("mousemove_relative", "--", str(round(distance / 6)), "0")
            yield 0.03
        _xdotool("mouseup", str(button))
        yield 0.05

    def press(self, button: int) -> None:
        """Hold a button down."""
        _xdotool("mousedown", str(button))

    def nudge(self, x: float, y: float) -> None:
        """Move from where the pointer is."""
        _xdotool("mousemove_relative", "--", str(round(x)), str(round(y)))

    def let_go(self, button: int) -> None:
        """Hold a button no longer."""
        _xdotool("mouseup", str(button))

    def key(self, name: str) -> None:
        _xdotool("key", name)

    def look(self, name: str) -> None:
        """Keep a picture of the whole screen."""
        subprocess.run(["import", "-window", "root", str(self._folder / f"{name}.png")], check=True)

    def see(self, x: float, y: float, width: float, height: float) -> list[Pixel]:
        """The (red, green, blue) pixels of a part of the screen, row by row from the top, 8 bits each."""
        crop = f"{round(width)}x{round(height)}+{round(x)}+{round(y)}"
        words = ["import", "-window", "root", "-crop", crop, "-depth", "8", "rgb:-"]
        data = subprocess.run(words, check=True, capture_output=True).stdout
        return [tuple(data[start : start + 3]) for start in range(0, len(data) - 2, 3)]


def difference(before: list[Pixel], after: list[Pixel]) -> float:
    """Mean absolute difference of two pictures, in 8-bit steps."""
    pairs = zip(before, after, strict=True)
    return sum(abs(a - b) for one, two in pairs for a, b in zip(one, two, strict=True)) / (3 * len(before))


def colourfulness(picture: list[Pixel]) -> float:
    """Mean distance between a pixel's strongest and weakest channel, in 8-bit steps; 0 for greys."""
    return sum(max(pixel) - min(pixel) for pixel in picture) / len(picture)


def _xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)
