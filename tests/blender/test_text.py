"""Sentences in panels."""

from __future__ import annotations

import bpy
import pytest

from nst.blender_nst.panels.text import _REMEDY_OPERATORS, duration, wrapped


def test_lines_are_as_long_as_there_is_room_and_no_word_is_broken() -> None:
    text = "Install it in the add-on's preferences."
    assert wrapped(text, 17, len) == ["Install it in the", "add-on's", "preferences."]
    assert wrapped(text, 1000, len) == [text]


def test_a_word_too_long_is_broken_where_the_room_ends() -> None:
    assert wrapped("at /a/very/long/path", 8, len) == ["at", "/a/very/", "long/pat", "h"]
    assert wrapped("/a/very/long/path is it", 10, len) == ["/a/very/lo", "ng/path is", "it"]
    assert wrapped("word", 0, len) == ["w", "o", "r", "d"]
    assert wrapped("", 8, len) == [""]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, ""),
        (float("nan"), ""),
        (0.0, "a few seconds"),
        (42.0, "40 s"),
        (150.0, "2 min"),
        (7200.0, "2.0 h"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_every_remedy_button_has_an_icon_that_blender_knows() -> None:
    known = bpy.types.UILayout.bl_rna.functions["operator"].parameters["icon"].enum_items.keys()
    for operator, icon in _REMEDY_OPERATORS.values():
        assert icon in known, operator
