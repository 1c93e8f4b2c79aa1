"""Small things that several tests build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from nst.blender_nst.host.groups import group_images
from nst.blender_nst.host.images import RESULT_MARK
from nst.blender_nst.host.png import write_png
from nst.blender_nst.host.shading import style_nodes


def give_material(obj: Any, color: tuple[float, float, float] = (0.8, 0.1, 0.05), name: str = "Paint") -> Any:
    """A material with a plain base colour in the object's first slot."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    principled(material).inputs["Base Color"].default_value = (*color, 1.0)
    obj.data.materials.append(material)
    return material


def principled(material: Any) -> Any:
    """Its Principled BSDF."""
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def checker(size: int = 64, name: str = "Checker") -> Any:
    """A generated image with red and blue squares."""
    image = bpy.data.images.new(name, size, size)
    rows, columns = np.mgrid[:size, :size] // (size // 8)
    pixels = np.zeros((size, size, 4), dtype=np.float32)
    pixels[..., 0] = (rows + columns) % 2
    pixels[..., 2] = 1 - pixels[..., 0]
    pixels[..., 3] = 1.0
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def result_image(name: str = "Result", color: tuple[float, ...] = (0.0, 1.0, 0.0, 1.0)) -> Any:
    """A packed image of one colour that counts as one of this add-on's textures."""
    image = bpy.data.images.new(name, 8, 8)
    image.pixels.foreach_set(np.tile(np.array(color, dtype=np.float32), 64))
    image.update()
    image.pack()
    image[RESULT_MARK] = "{}"
    return image


def height_image(levels: NDArray[Any], name: str = "Height") -> Any:
    """A packed height texture of (H, W) levels, bottom row first, that counts as this add-on's."""
    height, width = levels.shape
    image = bpy.data.images.new(name, width, height, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = levels[..., None]
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    image[RESULT_MARK] = "{}"
    return image


def style_images(obj: Any) -> list[Any]:
    """The stylized textures on an object, each once."""
    nodes = [node for slot in obj.material_slots for node in style_nodes(slot.material)]
    images = [image for node in nodes for image in group_images(node.node_tree) if RESULT_MARK in image]
    return list({image.name: image for image in images}.values())


def feed_image(material: Any, image: Any) -> Any:
    """An image texture in front of the material's base colour."""
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.links.new(node.outputs["Color"], principled(material).inputs["Base Color"])
    return node


def fingerprint(material: Any) -> tuple[object, ...]:
    """Everything about a material's nodes that this add-on might change."""
    tree = material.node_tree
    nodes = sorted((node.bl_idname, node.name) for node in tree.nodes)
    links = sorted(
        (
            link.from_node.name,
            link.from_socket.identifier,
            link.to_node.name,
            link.to_socket.identifier,
            link.is_muted,
        )
        for link in tree.links
    )
    return (tuple(nodes), tuple(links), tuple(principled(material).inputs["Base Color"].default_value))


def data_blocks() -> dict[str, int]:
    """How many of each kind there are."""
    kinds = ("images", "materials", "node_groups", "meshes", "objects", "scenes", "textures", "worlds")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def save_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) sRGB pixels, top row first."""
    write_png(path, [[(int(r), int(g), int(b)) for r, g, b in row] for row in pixels])


def picture_of(image: Any) -> NDArray[np.uint8]:
    """(H, W, 4) 8-bit pixels of an image as its file has them, top row first."""
    width, height = image.size
    values = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    pixels: NDArray[np.uint8] = np.rint(values.reshape(height, width, 4)[::-1] * 255).astype(np.uint8)
    return pixels


def picture_in(path: Path) -> NDArray[np.uint8]:
    """(H, W, 4) 8-bit pixels of a file, top row first."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        return picture_of(image)
    finally:
        bpy.data.images.remove(image)


def render(obj: Any, size: int = 32, samples: int = 4) -> NDArray[np.float32]:
    """(H, W, 4) linear pixels of the object, lit evenly and seen from the front, by Cycles."""
    scene = bpy.context.scene
    if scene.camera is None:
        camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(camera)
        camera.location, camera.rotation_euler = (0.0, -4.0, 0.0), (np.pi / 2, 0.0, 0.0)
        scene.camera = camera
        sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
        scene.collection.objects.link(sun)
        sun.rotation_euler = camera.rotation_euler
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.seed = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Raw"
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    path = bpy.app.tempdir + "nst_render.exr"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(path, check_existing=False)
    pixels = np.empty(size * size * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(size, size, 4)
