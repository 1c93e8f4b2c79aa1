"""Makes the meshes, in Blender's Python: ``python -m meshes.make FOLDER NAME...`` writes FOLDER/NAME.npz.

Each is a shape under an unwrap, as the add-on hands it to the engine: with modifiers, in world space.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Vector

from nst.blender_nst.host.meshes import read_mesh, save_mesh

Make = Callable[[], None]  # makes the active object


# -------------------------------------------------------------------------------------------- shapes


def suzanne() -> None:
    bpy.ops.mesh.primitive_monkey_add()
    modified("SUBSURF", levels=2)


def torus() -> None:
    bpy.ops.mesh.primitive_torus_add(major_segments=48, minor_segments=24, major_radius=1, minor_radius=0.4)


def ball() -> None:
    """An icosphere with bumps."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=4)
    bumps = bpy.data.textures.new("bumps", "CLOUDS")
    bumps.noise_scale = 0.7
    modified("DISPLACE", texture=bumps, strength=0.35)


def globe() -> None:
    """A sphere of meridians and parallels, with its own UV map, which gathers at the poles."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32)


def cup() -> None:
    """Open above, with walls 3 % thin."""
    bpy.ops.mesh.primitive_cylinder_add(vertices=64, radius=0.5, depth=1, end_fill_type="NGON")
    mesh = bpy.context.object.data
    top = max(range(len(mesh.polygons)), key=lambda i: mesh.polygons[i].center.z)
    select(lambda polygon: polygon.index == top)
    edit(lambda: bpy.ops.mesh.delete(type="FACE"))
    modified("SOLIDIFY", thickness=0.03)


def chair() -> None:
    """Many parts: a seat, a back, four legs and rungs, with bevelled edges."""
    boxes = [((0, 0, 0.5), (0.5, 0.5, 0.06)), ((0, 0.22, 0.85), (0.5, 0.05, 0.5))]
    boxes += [((x, y, 0.24), (0.06, 0.06, 0.48)) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    boxes += [((x, 0, 0.2), (0.03, 0.36, 0.03)) for x in (-0.2, 0.2)]
    for place, size in boxes:
        bpy.ops.mesh.primitive_cube_add(size=1, location=place, scale=size)
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.object.join()
    bpy.ops.object.transform_apply()
    modified("BEVEL", width=0.01, segments=2)


def terrain() -> None:
    """Hills, 2 km wide, with the grid's own UV map."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=96, y_subdivisions=96, size=2000)
    hills = bpy.data.textures.new("hills", "CLOUDS")
    hills.noise_scale, hills.noise_depth = 400, 4
    modified("DISPLACE", texture=hills, strength=500, texture_coords="GLOBAL")


def mirrored() -> None:
    """Half of Suzanne and its mirror image, whose islands are mirrored and lie beside those of the half."""
    suzanne()
    mesh = bpy.context.object.data
    select(lambda polygon: polygon.center.x < -1e-4)
    edit(lambda: bpy.ops.mesh.delete(type="FACE"))
    smart(66)
    for loop in mesh.uv_layers.active.data:
        loop.uv.x = loop.uv.x * 0.49
    modified("MIRROR", use_mirror_u=True)


# ------------------------------------------------------------------------------------------- unwraps


def own() -> None:
    """The UV map that the shape comes with."""


def smart(degrees: float) -> None:
    edit(lambda: bpy.ops.uv.smart_project(angle_limit=math.radians(degrees), island_margin=0.01))


def lightmap() -> None:
    """Each face an island, packed by Blender."""
    edit(lambda: bpy.ops.uv.lightmap_pack(PREF_CONTEXT="ALL_FACES", PREF_MARGIN_DIV=0.3))


def scattered() -> None:
    """Each face an island in a cell of a grid, in any order, turned to any side."""
    mesh = bpy.context.object.data
    layer = mesh.uv_layers.active or mesh.uv_layers.new()
    across = math.ceil(math.sqrt(len(mesh.polygons)))
    cells = random.Random(0).sample(range(across**2), len(mesh.polygons))
    widest = max((vertex.co - polygon.center).length for polygon, vertex in corners(mesh))
    for polygon, cell in zip(mesh.polygons, cells, strict=True):
        turn = (
            Matrix.Rotation(cell, 3, "Z") @ polygon.normal.rotation_difference(Vector((0, 0, 1))).to_matrix()
        )
        middle = Vector(((cell % across + 0.5) / across, (cell // across + 0.5) / across))
        for loop in polygon.loop_indices:
            arm = turn @ (mesh.vertices[mesh.loops[loop].vertex_index].co - polygon.center)
            layer.data[loop].uv = middle + arm.xy * (0.45 / (across * widest))


def stretched() -> None:
    """An unwrap whose texels are eight times as dense at the right as at the left, across."""
    smart(66)
    for loop in bpy.context.object.data.uv_layers.active.data:
        loop.uv.x = math.log1p(7 * min(max(loop.uv.x, 0), 1)) / math.log(8)


# --------------------------------------------------------------------------------------------- tools


def modified(kind: str, **settings: Any) -> None:
    """Give the active object a modifier, and apply it."""
    modifier = bpy.context.object.modifiers.new(kind.title(), kind)
    for name, value in settings.items():
        setattr(modifier, name, value)
    bpy.ops.object.modifier_apply(modifier=modifier.name)


def edit(do: Make) -> None:
    """Do something to the selected faces in edit mode."""
    bpy.ops.object.mode_set(mode="EDIT")
    do()
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.object.mode_set(mode="OBJECT")


def select(wanted: Callable[[Any], bool]) -> None:
    """Select the faces for ``edit``."""
    mesh = bpy.context.object.data
    for part in (*mesh.vertices, *mesh.edges):
        part.select = False
    for polygon in mesh.polygons:
        polygon.select = wanted(polygon)


def corners(mesh: Any) -> list[tuple[Any, Any]]:
    return [(polygon, mesh.vertices[index]) for polygon in mesh.polygons for index in polygon.vertices]


MESHES: dict[str, tuple[Make, Make]] = {
    "suzanne-smart": (suzanne, lambda: smart(66)),
    "suzanne-sharp": (suzanne, lambda: smart(30)),
    "suzanne-stretched": (suzanne, stretched),
    "suzanne-mirrored": (mirrored, own),
    "torus-lightmap": (torus, lightmap),
    "torus-own": (torus, own),
    "ball-smart": (ball, lambda: smart(66)),
    "ball-scattered": (ball, scattered),
    "globe-own": (globe, own),
    "cup-smart": (cup, lambda: smart(66)),
    "chair-smart": (chair, lambda: smart(66)),
    "terrain-own": (terrain, own),
}


def main() -> None:
    folder = Path(sys.argv[1])
    for name in sys.argv[2:]:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        shape, unwrap = MESHES[name]
        shape()
        select(lambda polygon: True)
        unwrap()
        save_mesh(
            read_mesh(bpy.context.object, bpy.context.evaluated_depsgraph_get()), folder / f"{name}.npz"
        )


if __name__ == "__main__":
    main()
