"""A layout that draws nothing, and takes from a panel only what Blender's own would take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy


class Button:
    """Stands for an operator's properties, and takes no others."""

    def __init__(self, known: set[str]) -> None:
        vars(self)["known"] = known

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.known, f"the operator has no property {name}"
        vars(self)[name] = value


class Layout:
    """Stands for a ``UILayout`` and all that are made of it. drawn: what it was asked for, in order."""

    def __init__(self, opened: bool, drawn: list[str] | None = None) -> None:
        self.opened = opened
        self.drawn = [] if drawn is None else drawn

    def prop(self, data: Any, name: str, **_settings: Any) -> None:
        assert name in data.bl_rna.properties, f"{data} has no {name}"
        self.drawn.append(name)

    def prop_search(self, data: Any, name: str, where: Any, which: str, **_settings: Any) -> None:
        self.prop(data, name)
        assert which in where.bl_rna.properties

    def template_ID(self, data: Any, name: str, **_settings: Any) -> None:  # noqa: N802
        self.prop(data, name)

    def template_list(
        self, kind: str, _id: str, data: Any, name: str, own: Any, active: str, **_: Any
    ) -> None:
        assert hasattr(bpy.types, kind)
        self.prop(data, name)
        self.prop(own, active)

    def operator(self, name: str, **_settings: Any) -> Any:
        self.drawn.append(name)
        group, _, of_it = name.partition(".")
        if not hasattr(bpy.types, f"{group.upper()}_OT_{of_it}"):
            return SimpleNamespace()
        known = getattr(getattr(bpy.ops, group), of_it).get_rna_type().properties
        return Button(set(known.keys()) - {"rna_type"})

    def menu(self, name: str, **_settings: Any) -> None:
        assert hasattr(bpy.types, name)

    def label(self, text: str = "", **_settings: Any) -> None:
        self.drawn.append(text)

    def panel(self, _name: str, **_settings: Any) -> tuple[Layout, Layout | None]:
        return self._part(), self._part() if self.opened else None

    def icon(self, _data: Any) -> int:
        return 0

    def separator(self, **_settings: Any) -> None:
        pass

    def progress(self, **_settings: Any) -> None:
        pass

    def template_icon(self, **_settings: Any) -> None:
        pass

    def _part(self, *_names: Any, **_settings: Any) -> Layout:
        return Layout(self.opened, self.drawn)

    row = column = box = grid_flow = split = _part


def draw(panel: Any, opened: bool = True) -> list[str]:
    """What a panel draws now. opened: whether its folds are."""
    context = bpy.context
    shown = SimpleNamespace(
        scene=context.scene,
        active_object=context.active_object,
        selected_objects=context.selected_objects,
        view_layer=context.view_layer,
        preferences=context.preferences,
        region=SimpleNamespace(width=300),
        space_data=None,
    )
    layout = Layout(opened)
    panel.draw(SimpleNamespace(layout=layout), shown)
    return layout.drawn
