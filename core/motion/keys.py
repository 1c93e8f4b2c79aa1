"""Key frames of an animation: the frames that are painted, whose paint all others have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from .origins import Origins


@dataclass(frozen=True, eq=False)
class Key:
    """A painted frame: its picture (1, 3, H, W), and where each pixel's paint was painted."""

    number: int
    picture: Tensor
    origins: Origins


class Keys(Protocol):
    """Where painted keys are kept."""

    def load(self, number: int) -> Key | None:
        """A key by its frame's number, exactly as it was saved; None if it is not there."""
        ...

    def save(self, key: Key) -> None: ...

    def drawing(self, number: int, which: int) -> Tensor | None:
        """A key's picture (1, 3, H, W) as it was drawn again, the first time 1; None if it was not yet."""
        ...

    def keep_drawing(self, number: int, which: int, picture: Tensor) -> None: ...


class Shelf(Mapping[int, Tensor]):
    """Pictures by the numbers of their frames, read when asked for. most: that are held at a time."""

    def __init__(self, read: Callable[[int], Tensor], most: int = 8) -> None:
        self._read, self._most = read, most
        self._held: OrderedDict[int, Tensor] = OrderedDict()

    def __getitem__(self, number: int) -> Tensor:
        if number not in self._held:
            self._held[number] = self._read(number)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        self._held.move_to_end(number)
        return self._held[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def keys_of(numbers: Sequence[int], every: int, given: Container[int] = ()) -> list[int]:
    """The frames that are painted: the first, the last, those given, and each so-many-th after one of them.

    numbers: of all frames, one after the other.
    """
    keys = [numbers[0]]
    for number in numbers[1:]:
        if number in given or number - keys[-1] == every or number == numbers[-1]:
            keys.append(number)
    return keys
