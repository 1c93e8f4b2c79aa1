"""The part of the shell's sphere command that paints textures of meshes in the scene."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import Job, Sphere, SphereTextureJob
from ...core.protocol.spheres import FRONTS
from .. import sphere_texture
from ..host.images import source_file
from ..runs import Target
from ..sphere_files import SphereSource, sphere_source
from ..texture import title_of


def add_texture_options(parser: argparse.ArgumentParser) -> None:
    """Add what textures have, beside the exemplar and what they have in common with renders."""
    group = parser.add_argument_group("textures")
    group.add_argument(
        "--object",
        dest="objects",
        action="append",
        default=[],
        metavar="NAME",
        help="paint the textures of this mesh, instead of a render; given again, all as one surface",
    )
    group.add_argument("--save", default="", metavar="OUT.blend", help="where the finished scene goes")
    group.add_argument(
        "--save-to",
        default="",
        metavar="FOLDER",
        help="save new images as PNG files in this folder, // being the scene's; else they are packed in it",
    )
    size = "width and height of the new texture"
    group.add_argument("--size", type=int, default=SphereTextureJob.size, metavar="N", help=size)
    group.add_argument(
        "--front",
        choices=FRONTS,
        default=SphereTextureJob.front,
        help="the object's side that looks at the painter, or around for all of them",
    )
    group.add_argument(
        "--stroke",
        type=float,
        default=SphereTextureJob.stroke,
        metavar="METRES",
        help="radius of the sphere on the surface; 0, the default, makes it as large as the object",
    )
    group.add_argument(
        "--uv-map", default="", metavar="NAME", help="UV map (default: the one that renders use)"
    )
    group.add_argument("--lit", action="store_true", help="let the scene's lamps light the texture")


def prepare_texture(
    options: argparse.Namespace,
    objects: Sequence[Any],
    save_to: str,
    folder: Path,
    pause: Callable[[], None],
) -> tuple[str, Job, Target]:
    """A run's title, its job and where its result goes. Raises JobError.

    save_to: a folder, in full; empty to pack. pause: as of ``texture.prepare``.
    """
    settings = sphere_texture.SphereTextureOptions(
        size=options.size,
        front=options.front,
        stroke=options.stroke,
        tolerance=options.tolerance,
        seed=options.seed,
        device=options.device,
        uv_map=options.uv_map,
        unlit=not options.lit,
        save_to=save_to,
    )
    source = exemplar_of(options, folder)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    job, target = sphere_texture.prepare(objects, source, settings, folder, depsgraph, pause)
    return title_of(objects), job, target


def source_of(name: str, folder: Path, stem: str = "sphere") -> SphereSource:
    """A sphere of the scene's list by its name, an image in the scene, or a file; "" is the active sphere.

    stem: as of ``sphere_source``. Raises JobError as ``sphere_source`` and ``source_file``.
    """
    own = bpy.context.scene.nst_sphere
    if not name or name in own.spheres:
        return sphere_source(own.spheres[name] if name else own.active_sphere, folder, stem)
    return SphereSource(Path(name).stem, Sphere(str(source_file(name, stem, folder))))


def exemplar_of(options: argparse.Namespace, folder: Path) -> SphereSource:
    """The exemplar, as options have it. Raises JobError as ``source_of``."""
    source = source_of(options.exemplar, folder)

    def file(name: str, before: str = "") -> str:
        path = getattr(options, f"exemplar_{name}")
        return str(source_file(path, f"sphere's {name}", folder)) if path else before

    sphere = replace(
        source.sphere,
        normals=file("normals"),
        circle=options.exemplar_circle or (() if options.exemplar_normals else source.sphere.circle),
        height=file("height", source.sphere.height),
        roughness=file("roughness", source.sphere.roughness),
    )
    return replace(source, sphere=sphere)
