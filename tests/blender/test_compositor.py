"""The compositor's group: put in, used again, and taken out without a trace."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.blender_nst.compat import COMPOSITOR_OUTPUT, begin_compositor, compositor_tree
from nst.blender_nst.host.compositor import (
    GROUP_NAME,
    remove_stylized,
    show_stylized,
    strength_socket,
    stylized_node,
)

from .builders import checker, result_image
from .lit import light

LAYER = "ViewLayer"


def wiring(scene: Any) -> Any:
    """Everything about the compositor that the group might change; None if there is none."""
    tree = compositor_tree(scene)
    if tree is None:
        return None
    links = sorted(
        (link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name, link.is_muted)
        for link in tree.links
    )
    return sorted((node.bl_idname, node.name) for node in tree.nodes), links, list(tree.keys())


def node_groups() -> list[str]:
    return [tree.name for tree in bpy.data.node_groups]


def graded(scene: Any) -> tuple[Any, Any, Any, Any]:
    """An artist's own compositor: render, blur, output; and a second use of the render, muted."""
    tree = compositor_tree(scene) or begin_compositor(scene)
    tree.nodes.clear()
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.layer = LAYER
    blur, other = tree.nodes.new("CompositorNodeBlur"), tree.nodes.new("CompositorNodeBlur")
    output = tree.nodes.new(COMPOSITOR_OUTPUT)
    tree.links.new(layers.outputs["Image"], blur.inputs["Image"])
    tree.links.new(layers.outputs["Image"], other.inputs["Image"]).is_muted = True
    tree.links.new(blur.outputs["Image"], output.inputs[0])
    return tree, layers, blur, output


def test_a_scene_without_a_compositor_gets_one_and_loses_it_again(scene: Any) -> None:
    trees = node_groups()
    assert wiring(scene) is None
    node = show_stylized(scene, LAYER, result_image())
    assert node == stylized_node(scene)
    assert node.label == GROUP_NAME
    assert node.inputs["Render"].links[0].from_node.type == "R_LAYERS"
    assert node.outputs["Image"].is_linked
    assert strength_socket(scene).default_value == 1.0
    assert remove_stylized(scene)
    assert wiring(scene) is None
    assert node_groups() == trees
    assert not remove_stylized(scene)


def test_an_artists_nodes_come_after_the_stylized_render_and_are_wired_as_before(scene: Any) -> None:
    tree, layers, blur, output = graded(scene)
    before, trees = wiring(scene), node_groups()
    node = show_stylized(scene, LAYER, result_image())
    assert node.inputs["Render"].links[0].from_socket == layers.outputs["Image"]
    assert blur.inputs["Image"].links[0].from_node == node
    assert output.inputs[0].links[0].from_node == blur
    assert sum(link.is_muted for link in tree.links) == 1
    assert remove_stylized(scene)
    assert (wiring(scene), node_groups()) == (before, trees)


def test_again_the_image_is_another_and_nothing_is_stacked(scene: Any) -> None:
    graded(scene)
    first = show_stylized(scene, LAYER, result_image("First"))
    strength_socket(scene).default_value = 0.25
    before, trees = wiring(scene), node_groups()
    second = show_stylized(scene, LAYER, result_image("Second"))
    assert second == first
    assert (wiring(scene), node_groups()) == (before, trees)
    shown = [node.image.name for node in second.node_tree.nodes if node.type == "IMAGE"]
    assert shown == ["Second"]
    assert strength_socket(scene).default_value == 0.25


def test_one_whose_image_node_was_taken_out_shows_the_next(scene: Any) -> None:
    node = show_stylized(scene, LAYER, result_image("First"))
    inner = node.node_tree.nodes
    inner.remove(next(each for each in inner if each.type == "IMAGE"))
    node = show_stylized(scene, LAYER, result_image("Second"))
    assert [each.image.name for each in node.node_tree.nodes if each.type == "IMAGE"] == ["Second"]
    assert node.inputs["Render"].is_linked
    assert node.outputs["Image"].is_linked


def test_a_compositor_that_shows_no_render_is_mixed_before_its_output(scene: Any) -> None:
    tree, layers, blur, output = graded(scene)
    tree.nodes.remove(layers)
    picture = tree.nodes.new("CompositorNodeImage")
    picture.image = checker()
    tree.links.new(picture.outputs["Image"], blur.inputs["Image"])
    before = wiring(scene)
    node = show_stylized(scene, LAYER, result_image())
    assert output.inputs[0].links[0].from_node == node
    assert node.inputs["Render"].links[0].from_node == blur
    remove_stylized(scene)
    kinds = [kind for kind, _name in wiring(scene)[0]]
    assert wiring(scene)[1] == before[1]
    assert "CompositorNodeRLayers" not in kinds


def test_an_output_that_nothing_leads_to_is_left_so(scene: Any) -> None:
    tree, _layers, _blur, output = graded(scene)
    tree.links.clear()
    before = wiring(scene)
    assert show_stylized(scene, LAYER, result_image()) == output.inputs[0].links[0].from_node
    remove_stylized(scene)
    assert wiring(scene) == before


def test_the_layer_that_was_painted_is_the_one_that_is_mixed(scene: Any) -> None:
    scene.view_layers.new("Front")
    tree, layers, blur, _ = graded(scene)
    front = tree.nodes.new("CompositorNodeRLayers")
    front.layer = "Front"
    over = tree.nodes.new("CompositorNodeBlur")
    tree.links.new(front.outputs["Image"], over.inputs["Image"])
    node = show_stylized(scene, "Front", result_image())
    assert node.inputs["Render"].links[0].from_node == front
    assert blur.inputs["Image"].links[0].from_node == layers


def test_what_an_artist_adds_to_a_compositor_of_ours_stays(scene: Any) -> None:
    show_stylized(scene, LAYER, result_image())
    tree = compositor_tree(scene)
    tree.nodes.new("CompositorNodeBlur")
    remove_stylized(scene)
    assert compositor_tree(scene) == tree
    output = next(node for node in tree.nodes if node.bl_idname == COMPOSITOR_OUTPUT)
    assert output.inputs[0].is_linked


def rendered(scene: Any, path: str) -> NDArray[np.float32]:
    scene.render.filepath = path
    scene.render.image_settings.file_format = "OPEN_EXR"
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(path, check_existing=False)
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], 4)


@pytest.mark.parametrize("percentage", [100, 50])
def test_the_slider_goes_from_the_render_to_the_picture(scene: Any, tmp_path: Any, percentage: int) -> None:
    """The picture fills the frame, however large that is rendered."""
    light(scene)
    scene.render.film_transparent = False
    scene.render.resolution_percentage = percentage
    plain = rendered(scene, str(tmp_path / "plain.exr"))
    green = bpy.data.images.new("Green", 96, 64, float_buffer=True)
    green.pixels.foreach_set(np.tile(np.array((0.0, 2.0, 0.0, 1.0), np.float32), 96 * 64))
    show_stylized(scene, LAYER, green)
    painted = rendered(scene, str(tmp_path / "painted.exr"))
    assert np.allclose(painted[2:-2, 2:-2, :3], (0, 2, 0), atol=0.01)
    strength_socket(scene).default_value = 0.0
    assert np.allclose(rendered(scene, str(tmp_path / "none.exr")), plain, atol=2e-3)


def test_the_render_shows_through_a_picture_that_lies_over_it(scene: Any, tmp_path: Any) -> None:
    light(scene)
    scene.render.film_transparent = False
    plain = rendered(scene, str(tmp_path / "plain.exr"))
    half = bpy.data.images.new("Half", 96, 64, alpha=True, float_buffer=True)
    pixels = np.zeros((64, 96, 4), np.float32)
    pixels[:, 48:] = (0.0, 2.0, 0.0, 1.0)
    half.pixels.foreach_set(pixels.ravel())
    strength = show_stylized(scene, LAYER, result_image()).inputs["Strength"]
    strength.default_value = 0.5
    node = show_stylized(scene, LAYER, half, over=True)  # in the place of one that was mixed in
    assert strength_socket(scene).default_value == 0.5
    assert len([tree for tree in node_groups() if tree.startswith(GROUP_NAME)]) == 1
    assert node.inputs["Render"].is_linked
    strength_socket(scene).default_value = 1.0
    painted = rendered(scene, str(tmp_path / "painted.exr"))
    assert np.allclose(painted[2:-2, 2:46], plain[2:-2, 2:46], atol=2e-3)
    assert np.allclose(painted[2:-2, 50:-2, :3], (0, 2, 0), atol=0.01)
    strength_socket(scene).default_value = 0.0
    assert np.allclose(rendered(scene, str(tmp_path / "none.exr")), plain, atol=2e-3)
