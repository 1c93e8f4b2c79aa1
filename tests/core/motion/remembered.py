"""Keys that are kept in memory, for tests that need no files."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from nst.core.motion.keys import Key


@dataclass
class Remembered:
    """Keys that are kept in memory."""

    _keys: dict[int, Key] = field(default_factory=dict)
    _drawings: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    def load(self, number: int) -> Key | None:
        return self._keys.get(number)

    def save(self, key: Key) -> None:
        self._keys[key.number] = key

    def drawing(self, number: int, which: int) -> Tensor | None:
        return self._drawings.get((number, which))

    def keep_drawing(self, number: int, which: int, picture: Tensor) -> None:
        self._drawings[number, which] = picture
