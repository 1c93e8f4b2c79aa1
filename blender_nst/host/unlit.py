"""Paint that has its light in it: it is shown as it is, over a surface that the scene's lamps light."""

from __future__ import annotations

from typing import Any

import bpy

from .groups import GROUP_MARK, GROUP_NAME, ORIGINAL_SURFACE, STRENGTH, SURFACE
from .impasto import GLOSS, RELIEF, SHINE, Relief
from .node_maths import NodeMaths, Term

_IOR = 1.5  # of varnish
_ROUGH = 0.3  # varnish where no roughness is painted


def unlit_group(image: Any, uv_map: str, relief: Relief | None = None) -> Any:
    """A new group: Original Surface and Strength in, Surface out; the image is read through ``uv_map``.

    relief: of the paint, for which the group has more sockets: the scene's own lamps glint on it.
    """
    tree = bpy.data.node_groups.new(GROUP_NAME, "ShaderNodeTree")
    tree[GROUP_MARK] = True
    original = tree.interface.new_socket(ORIGINAL_SURFACE, in_out="INPUT", socket_type="NodeSocketShader")
    original.description = "The surface that was there before"
    _factor(tree, STRENGTH, "0 shows the original surface, 1 the painting", 1.0)
    if relief is not None:
        _factor(tree, RELIEF, "How thick the paint lies; 1 suits its strokes", 1.0, 2.0)
        _factor(tree, GLOSS, "How much the paint shines in the scene's own light", SHINE)
    tree.interface.new_socket(SURFACE, in_out="OUTPUT", socket_type="NodeSocketShader")

    maths = NodeMaths(tree)
    inputs = {socket.name: socket for socket in maths.node("NodeGroupInput").outputs}
    uv = maths.node("ShaderNodeUVMap", uv_map=uv_map).outputs["UV"]
    texture = maths.node("ShaderNodeTexImage", uv, image=image).outputs
    coat = _coat(maths, inputs, uv, relief) if relief is not None else None
    surface = over_surface(maths, inputs[ORIGINAL_SURFACE], inputs[STRENGTH], texture["Color"], coat)
    maths.node("NodeGroupOutput", surface)
    return tree


def over_surface(maths: NodeMaths, original: Any, factor: Term, color: Any, coat: Any = None) -> Any:
    """A colour as it is, where a factor is 1, for all who look at it; what lamps light is the original.

    coat: a shader that is added to it.
    """
    paint = maths.node("ShaderNodeEmission", color).outputs["Emission"]
    if coat is not None:
        paint = maths.node("ShaderNodeAddShader", paint, coat).outputs["Shader"]
    rays = maths.node("ShaderNodeLightPath").outputs
    looks = maths.value("MAXIMUM", rays["Is Camera Ray"], rays["Is Glossy Ray"])
    looks = maths.value("MAXIMUM", looks, rays["Is Transmission Ray"])
    seen = maths.value("MULTIPLY", factor, looks)
    return maths.node("ShaderNodeMixShader", seen, original, paint).outputs["Shader"]


def varnish(maths: NodeMaths, gloss: Term, roughness: Term, height: Any = None, high: Term = 0.0) -> Any:
    """A glossy coat. roughness: as painted, or None. height: of the paint, which lies ``high`` where it is 1
    (in the world).
    """
    normal = None
    if height is not None:
        bump = maths.node("ShaderNodeBump")
        for name, term in (("Strength", 1.0), ("Distance", high), ("Height", height)):
            maths.feed(bump.inputs[name], term)
        normal = bump.outputs["Normal"]
    fresnel = maths.node("ShaderNodeFresnel", _IOR, normal).outputs[0]
    coat = maths.node("ShaderNodeBsdfGlossy", maths.value("MULTIPLY", fresnel, gloss))
    maths.feed(coat.inputs["Roughness"], _ROUGH if roughness is None else roughness)
    if normal is not None:
        maths.feed(coat.inputs["Normal"], normal)
    return coat.outputs["BSDF"]


def _coat(maths: NodeMaths, inputs: dict[str, Any], uv: Any, relief: Relief) -> Any:
    height, roughness = (
        maths.node("ShaderNodeTexImage", uv, image=image, interpolation="Cubic").outputs["Color"]
        if image is not None
        else None
        for image in (relief.image, relief.roughness)
    )
    high = maths.value("MULTIPLY", inputs[RELIEF], relief.distance)
    return varnish(maths, inputs[GLOSS], roughness, height, high)


def _factor(tree: Any, name: str, description: str, start: float, most: float = 1.0) -> None:
    socket = tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
    socket.description, socket.subtype = description, "FACTOR"
    socket.min_value, socket.max_value, socket.default_value = 0.0, most, start
