"""Registration, in one place and in order; unregistration is its exact reverse."""

from __future__ import annotations

from typing import Any

import bpy

from . import animation_properties, controls, handlers, render_properties, session, sphere_properties
from .command import registration as command
from .operators import animation as animation_operators
from .operators import engine as engine_operators
from .operators import lists as list_operators
from .operators import look_around as look_around_operators
from .operators import notices as notice_operators
from .operators import picking as picking_operators
from .operators import remedies as remedy_operators
from .operators import render as render_operators
from .operators import sphere as sphere_operators
from .operators import sphere_cutout as sphere_cutout_operators
from .operators import sphere_material as sphere_material_operators
from .operators import sphere_painting
from .operators import sphere_render as sphere_render_operators
from .operators import sphere_texture as sphere_texture_operators
from .operators import spheres_live as spheres_live_operators
from .operators import texture as texture_operators
from .operators import tile as tile_operators
from .operators import world as world_operators
from .panels import render as render_panels
from .panels import sphere as sphere_panels
from .panels import texture as texture_panels
from .panels import tile as tile_panels
from .panels import world as world_panels
from .preferences import NST_AP_Preferences
from .properties import NST_PG_Settings, NST_PG_Tile, NST_PG_World
from .sphere_properties import NST_PG_SphereSettings

CLASSES: tuple[Any, ...] = (
    *controls.CLASSES,
    *render_properties.CLASSES,
    *animation_properties.CLASSES,
    NST_PG_Tile,
    NST_PG_World,
    NST_PG_Settings,
    *sphere_properties.CLASSES,
    NST_AP_Preferences,
    *texture_operators.CLASSES,
    *tile_operators.CLASSES,
    *render_operators.CLASSES,
    *animation_operators.CLASSES,
    *look_around_operators.CLASSES,
    *sphere_operators.CLASSES,
    *sphere_cutout_operators.CLASSES,
    *sphere_painting.CLASSES,
    *sphere_render_operators.CLASSES,
    *sphere_texture_operators.CLASSES,
    *sphere_material_operators.CLASSES,
    *spheres_live_operators.CLASSES,
    *world_operators.CLASSES,
    *engine_operators.CLASSES,
    *list_operators.CLASSES,
    *picking_operators.CLASSES,
    *notice_operators.CLASSES,
    *remedy_operators.CLASSES,
    *texture_panels.CLASSES,
    *tile_panels.CLASSES,
    *render_panels.CLASSES,
    *sphere_panels.CLASSES,
    *world_panels.CLASSES,
)


def register() -> None:
    """Register classes, the scene's settings, the session, handlers and the shell command."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.nst = bpy.props.PointerProperty(type=NST_PG_Settings, name="Neural Style Transfer")
    bpy.types.Scene.nst_sphere = bpy.props.PointerProperty(type=NST_PG_SphereSettings, name="Painted Spheres")
    session.open_session()
    handlers.register()
    command.register()


def unregister() -> None:
    """Undo ``register`` in reverse. The engine's process ends here."""
    command.unregister()
    handlers.unregister()
    session.close_session()
    del bpy.types.Scene.nst_sphere
    del bpy.types.Scene.nst
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
