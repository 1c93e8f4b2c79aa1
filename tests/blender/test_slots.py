"""Materials that modifiers give to faces: a texture goes into the object's own slots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.host.meshes import read_mesh
from nst.blender_nst.host.slots import ShownSlots, shown_slots
from nst.blender_nst.texture import TextureOptions, prepare
from nst.core.protocol import JobError, Remedy
from nst.tests.blender.builders import give_material

PAINTING = str(Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg")


def nodes_on(obj: Any) -> tuple[Any, Any, Any]:
    """A geometry nodes modifier: its tree, input and output."""
    tree = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    tree.links.new(start.outputs[0], end.inputs[0])
    obj.modifiers.new("Nodes", "NODES").node_group = tree
    return tree, start, end


def set_material(obj: Any, material: Any, only_above: bool = False) -> None:
    tree, start, end = nodes_on(obj)
    node = tree.nodes.new("GeometryNodeSetMaterial")
    node.inputs["Material"].default_value = material
    tree.links.new(start.outputs[0], node.inputs["Geometry"])
    tree.links.new(node.outputs[0], end.inputs[0])
    if only_above:
        index, compare = tree.nodes.new("GeometryNodeInputIndex"), tree.nodes.new("ShaderNodeMath")
        compare.operation = "LESS_THAN"
        compare.inputs[1].default_value = 10.5
        tree.links.new(index.outputs[0], compare.inputs[0])
        tree.links.new(compare.outputs[0], node.inputs["Selection"])


def shown(obj: Any) -> ShownSlots:
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return shown_slots(obj, depsgraph, read_mesh(obj, depsgraph).materials)


def test_plain_meshes_show_their_own_slots(monkey: Any) -> None:
    assert shown(monkey) == ShownSlots((0,))
    give_material(monkey, name="One")
    give_material(monkey, name="Two")
    monkey.data.polygons[0].material_index = 1
    assert shown(monkey) == ShownSlots((0, 1))
    monkey.data.polygons[0].material_index = 7  # shown as the last slot
    assert shown(monkey) == ShownSlots((0, 1))


def test_a_slot_that_belongs_to_the_object(monkey: Any) -> None:
    monkey.data.materials.append(None)
    assert shown(monkey) == ShownSlots((0,))
    monkey.material_slots[0].link = "OBJECT"
    monkey.material_slots[0].material = bpy.data.materials.new("Own")
    assert shown(monkey) == ShownSlots((0,))


def test_a_material_that_nodes_set_and_the_object_has(monkey: Any) -> None:
    give_material(monkey, name="One")
    second = give_material(monkey, name="Two")
    set_material(monkey, second)
    assert shown(monkey) == ShownSlots((1,))


def test_a_material_that_is_in_no_slot_is_refused_before_the_job(monkey: Any, tmp_path: Path) -> None:
    give_material(monkey, name="One")
    set_material(monkey, bpy.data.materials.new("Foreign"))
    with pytest.raises(JobError) as caught:
        prepare([monkey], TextureOptions(PAINTING, size=64), tmp_path, bpy.context.evaluated_depsgraph_get())
    assert caught.value.code == "material_unsupported"
    assert caught.value.remedy is Remedy.CHANGE_SETTING
    assert "'Foreign'" in caught.value.message
    assert "Add a slot" in caught.value.message


@pytest.mark.parametrize("slots", [0, 1])
def test_faces_that_nodes_make_without_a_material_are_refused(monkey: Any, slots: int) -> None:
    if slots:
        give_material(monkey)
    tree, _start, end = nodes_on(monkey)
    cube = tree.nodes.new("GeometryNodeMeshCube")
    tree.links.new(cube.outputs["Mesh"], end.inputs[0])
    with pytest.raises(JobError, match="Set Material") as caught:
        shown_slots(monkey, bpy.context.evaluated_depsgraph_get(), (0,))
    assert caught.value.code == "material_unsupported"


def test_some_faces_with_another_material_are_a_note(monkey: Any, tmp_path: Path) -> None:
    give_material(monkey, name="One")
    set_material(monkey, bpy.data.materials.new("Foreign"), only_above=True)
    found = shown(monkey)
    assert found.own == (0,)
    assert len(found.notes) == 1
    assert "'Foreign'" in found.notes[0]
    options = TextureOptions(PAINTING, size=64)
    _job, targets = prepare([monkey], options, tmp_path, bpy.context.evaluated_depsgraph_get())
    assert [target.notes for target in targets.targets] == [found.notes]
