"""A disc in the scene that shows a painted sphere's picture, to be painted on in the 3D viewport."""

from __future__ import annotations

import math
from typing import Any

import bpy
from mathutils import Matrix, Vector

from ..compat import set_material_uses_nodes
from .nodes import add_node, socket_of
from .style_sphere import Place

DISC_MARK = "nst_sphere_disc"
"""Custom property of the disc, by which it is known, whatever it is renamed to."""
_SEGMENTS = 96
_APART = 1.25  # radii between the disc's rim and what it stands beside
_PAPER = (0.8, 0.8, 0.8, 1.0)
_UNDERLAY = "Underlay"


def make_disc(scene: Any, layer: Any, place: Place, name: str, picture: Any, light: Any = None) -> Any:
    """A disc that faces the viewer of ``place``, to the left of it, and shows a picture over the plain ball.

    light: the picture of the plain ball; None for paper. It is in no render. An earlier disc of the scene
    goes; if that is active, the new one takes its place. Returns the object, which is active and alone
    selected.
    """
    left = place.view @ Vector((-2.0 * _APART * place.radius, 0.0, 0.0))
    matrix = Matrix.LocRotScale(place.centre + left, place.view, Vector([place.radius] * 3))
    for old in [obj for obj in scene.objects if DISC_MARK in obj]:
        if old == layer.objects.active:
            matrix = old.matrix_world.copy()
        _remove(old)
    mesh = bpy.data.meshes.new(name)
    around = [2 * math.pi * number / _SEGMENTS for number in range(_SEGMENTS)]
    rim = [(math.cos(angle), math.sin(angle), 0.0) for angle in around]
    mesh.from_pydata(rim, [], [range(_SEGMENTS)])
    layer_of_uvs = mesh.uv_layers.new(name="UVMap")
    for loop, uv in zip(mesh.loops, layer_of_uvs.data, strict=True):
        x, y, _ = mesh.vertices[loop.vertex_index].co
        uv.uv = (0.5 + x / 2, 0.5 + y / 2)
    mesh.materials.append(_material(name, picture, light))
    disc = bpy.data.objects.new(name, mesh)
    disc[DISC_MARK] = True
    disc.hide_render = True
    disc.matrix_world = matrix
    scene.collection.objects.link(disc)
    for obj in layer.objects:
        obj.select_set(obj is disc, view_layer=layer)
    layer.objects.active = disc
    return disc


def disc_of(scene: Any) -> Any:
    """The scene's disc; None if there is none."""
    return next((obj for obj in scene.objects if DISC_MARK in obj), None)


def underlay_socket(scene: Any) -> Any:
    """The socket of the disc's slider: 0 shows the paint on paper, 1 on the plain ball; None without one."""
    disc = disc_of(scene)
    material = disc.active_material if disc is not None else None
    node = material.node_tree.nodes.get(_UNDERLAY) if material is not None else None
    return socket_of(node.inputs, "Factor_Float") if node is not None else None


def _remove(disc: Any) -> None:
    """Remove a disc, and what nothing else uses of it."""
    mesh = disc.data
    materials = [each for each in mesh.materials if each is not None and _is_own(each)]
    bpy.data.objects.remove(disc)
    if mesh.users == 0:
        bpy.data.meshes.remove(mesh)
    for material in materials:
        if material.users == 0:
            bpy.data.materials.remove(material)


def _is_own(material: Any) -> bool:
    return material.node_tree is not None and _UNDERLAY in material.node_tree.nodes


def _material(name: str, picture: Any, light: Any) -> Any:
    """Emits the picture by its alpha over the plain ball by the slider over paper."""
    material = bpy.data.materials.new(name)
    set_material_uses_nodes(material, True)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    ball = add_node(nodes, "ShaderNodeTexImage", -700, 200)
    paint = add_node(nodes, "ShaderNodeTexImage", -700, -140)
    under, over = _mix(nodes, -380, 200, light is not None), _mix(nodes, -160, 100, True)
    under.name = under.label = _UNDERLAY
    shader = add_node(nodes, "ShaderNodeEmission", 60, 100)
    output = add_node(nodes, "ShaderNodeOutputMaterial", 260, 100)
    ball.image, paint.image = light, picture
    socket_of(under.inputs, "A_Color").default_value = _PAPER
    if light is not None:
        links.new(ball.outputs["Color"], socket_of(under.inputs, "B_Color"))
    links.new(socket_of(under.outputs, "Result_Color"), socket_of(over.inputs, "A_Color"))
    links.new(paint.outputs["Color"], socket_of(over.inputs, "B_Color"))
    links.new(paint.outputs["Alpha"], socket_of(over.inputs, "Factor_Float"))
    links.new(socket_of(over.outputs, "Result_Color"), shader.inputs["Color"])
    links.new(shader.outputs["Emission"], output.inputs["Surface"])
    nodes.active = paint  # what Texture Paint paints on
    return material


def _mix(nodes: Any, x: float, y: float, full: bool) -> Any:
    node = add_node(nodes, "ShaderNodeMix", x, y)
    node.data_type, node.clamp_factor = "RGBA", True
    socket_of(node.inputs, "Factor_Float").default_value = 1.0 if full else 0.0
    return node
