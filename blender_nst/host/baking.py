"""Baking a mesh's base colour into a picture, in a scene of its own.

Nothing of the artist's scene is touched: the evaluated mesh is copied into a temporary
scene with copies of its materials, in which the base colour is shown as emission.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ..compat import material_uses_nodes, set_material_uses_nodes
from .colorspaces import set_srgb
from .images import save_png
from .shading import color_sockets, original_socket, source_of
from .slots import shown_materials

LARGEST_BAKE = 2048
"""Pixels; a base colour is guidance for the painter, not the picture that is shown."""
_ENGINE = "CYCLES"


def bake_base_color(
    obj: Any, depsgraph: Any, uv_map: str, size: int, path: Path, slots: Collection[int] | None = None
) -> None:
    """Write the base colour of an object's materials as a square PNG, laid out by ``uv_map``.

    slots: the object's own slots whose materials are to be in it; None for all.
    Raises JobError: bake_failed, disk_full; OSError when the folder takes no file.
    """
    size = min(size, LARGEST_BAKE)
    with _studio(obj, depsgraph, uv_map, size, slots) as (scene, model, image):
        _bake(scene, model, uv_map, max(2, size // 64), obj.name)
        save_png(image, path)


def _bake(scene: Any, model: Any, uv_map: str, margin: int, name: str) -> None:
    window = {"scene": scene, "view_layer": scene.view_layers[0]}
    selection = {
        "object": model,
        "active_object": model,
        "selected_objects": [model],
        "selected_editable_objects": [model],
    }
    try:
        with bpy.context.temp_override(**window, **selection):
            bpy.ops.object.bake(
                type="EMIT", uv_layer=uv_map, margin=margin, use_clear=True, target="IMAGE_TEXTURES"
            )
    except RuntimeError as error:
        said = " ".join(str(error).removeprefix("Error:").split()).rstrip(".")
        raise JobError(
            "bake_failed",
            f"The base colour of '{name}' could not be baked: {said}. "
            "Bake it yourself, and give the material the image that comes of it.",
            Remedy.CHANGE_SETTING,
        ) from error


@contextlib.contextmanager
def _studio(
    obj: Any, depsgraph: Any, uv_map: str, size: int, slots: Collection[int] | None
) -> Iterator[tuple[Any, Any, Any]]:
    """(scene, object, image) that exist for the time of the bake."""
    with contextlib.ExitStack() as made:
        scene = bpy.data.scenes.new("NST bake")
        made.callback(bpy.data.scenes.remove, scene)
        _use_cycles(scene, obj.name)
        image = bpy.data.images.new("NST bake", size, size, alpha=False)
        made.callback(bpy.data.images.remove, image)
        set_srgb(image)
        elsewhere = bpy.data.images.new("NST bake, other materials", 8, 8, alpha=False)
        made.callback(bpy.data.images.remove, elsewhere)
        wanted = [slot.material for index, slot in enumerate(obj.material_slots) if slots and index in slots]
        materials = []
        for original in shown_materials(obj, depsgraph) or [None]:
            material = original.copy() if original is not None else bpy.data.materials.new("NST bake")
            made.callback(bpy.data.materials.remove, material)
            _let_shine(material, image if slots is None or original in wanted else elsewhere)
            materials.append(material)
        mesh = bpy.data.meshes.new_from_object(
            obj.evaluated_get(depsgraph), preserve_all_data_layers=True, depsgraph=depsgraph
        )
        made.callback(bpy.data.meshes.remove, mesh)
        model = bpy.data.objects.new("NST bake", mesh)
        made.callback(bpy.data.objects.remove, model)
        _dress(mesh, materials, uv_map, obj)
        model.matrix_world = obj.matrix_world
        scene.collection.objects.link(model)
        yield scene, model, image


def _use_cycles(scene: Any, name: str) -> None:
    try:
        scene.render.engine = _ENGINE
    except TypeError as error:
        raise JobError(
            "bake_failed",
            f"The colour of '{name}' is made by nodes and has to be baked, which needs Cycles. "
            "Enable 'Cycles Render Engine' in Preferences > Add-ons, or give the material an image texture.",
            Remedy.CHANGE_SETTING,
        ) from error
    scene.cycles.device = "CPU"
    scene.cycles.samples = 4
    scene.cycles.use_denoising = False
    scene.render.bake.use_selected_to_active = False


def _dress(mesh: Any, materials: list[Any], uv_map: str, obj: Any) -> None:
    while len(mesh.materials) < len(materials):
        mesh.materials.append(None)
    for index, material in enumerate(materials):
        mesh.materials[index] = material
    for layer in mesh.uv_layers:
        original = obj.data.uv_layers.get(layer.name)
        layer.active_render = original is not None and original.active_render
    mesh.uv_layers.active = mesh.uv_layers[uv_map]


def _let_shine(copy: Any, image: Any) -> None:
    """Make a material shine in its base colour and have ``image`` as its bake target."""
    if not material_uses_nodes(copy):
        color = tuple(copy.diffuse_color)
        set_material_uses_nodes(copy, True)
        for socket in color_sockets(copy):
            socket.default_value = color
    tree = copy.node_tree
    emission = tree.nodes.new("ShaderNodeEmission")
    sockets = color_sockets(copy)
    if sockets:
        original = original_socket(sockets[0])
        source = source_of(original)
        if source is not None:
            tree.links.new(source, emission.inputs["Color"])
        else:
            emission.inputs["Color"].default_value = original.default_value
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.is_active_output = True
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    target = tree.nodes.new("ShaderNodeTexImage")
    target.image = image
    for node in tree.nodes:
        node.select = False
    target.select = True
    tree.nodes.active = target
