"""New spheres for the scene's list, whatever they come from, and which of their images have changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import JobError
from .host.files import unwritable
from .host.images import load_result
from .host.matcaps import load_matcap
from .host.sphere_images import (
    GREY,
    blank_like,
    copy_of,
    edited_outside,
    free_path,
    load_picture,
    pixels_of,
    reload,
    state_of,
)
from .host.style_sphere import RADIUS, BallFiles
from .saving import save_to_of, saving_folder
from .sphere_ball import fit_ball
from .storage import user_folder

LIGHT, BLANK = STARTS = ("light", "blank")
IMAGES = ("picture", "height", "roughness")
"""What of a sphere can be painted."""
_DARK = 0.02  # of white on the screen


@dataclass(frozen=True)
class BallOptions:
    """name: of the new sphere. start: what its picture begins with, the plain ball or nothing."""

    name: str = "Sphere"
    start: str = LIGHT


def ball_files(folder: Path) -> BallFiles:
    """Where a ball is rendered to in a folder of its own."""
    return BallFiles(folder / "guides.exr", folder / "seen.png")


def add_ball(scene: Any, options: BallOptions, files: BallFiles) -> tuple[Any, tuple[str, ...]]:
    """A new sphere of what has been rendered; and what the artist should know of it.

    Its guides are kept where the scene's images are saved, or else among the add-on's own files. Raises
    JobError: "result_unreadable", "blend_unsaved", "no_permission", "disk_full".
    """
    settings = scene.nst_sphere
    name = settings.free_name(options.name)
    light = load_result(files.seen, f"{name} Light")
    try:
        guides = _keep(scene, files.guides, name)
    except JobError:
        bpy.data.images.remove(light)
        raise
    if options.start == LIGHT:
        picture = copy_of(light, name)
    else:
        picture = blank_like(light, name, (0.0, 0.0, 0.0, 0.0))
    sphere = settings.add(name, picture)
    sphere.light, sphere.guides = light, guides
    width, height = light.size
    sphere.circle = (width / 2, height / 2, RADIUS * width)
    return sphere, _notes(scene, light)


def add_file(scene: Any, path: Path) -> Any:
    """A new sphere of a picture that was painted, scanned or photographed.

    Raises JobError ("image_unreadable").
    """
    return scene.nst_sphere.add(path.stem, load_picture(path))


def add_matcap(scene: Any, path: Path) -> Any:
    """A new sphere of a matcap's file. Raises JobError ("image_unreadable")."""
    picture, circle = load_matcap(path)
    sphere = scene.nst_sphere.add(path.stem, picture)
    sphere.circle = circle
    return sphere


def add_channel(sphere: Any, channel: str) -> Any:
    """A grey image for a sphere's "height" or "roughness", framed as its picture is; one that is there stays.

    Raises JobError ("image_missing") without a picture, or one without pixels.
    """
    image = getattr(sphere, channel)
    if image is None:
        need_image(sphere, "picture")
        name = f"{sphere.name} {channel.capitalize()}"
        image = blank_like(sphere.picture, name, (GREY, GREY, GREY, 1.0), is_color=False)
        setattr(sphere, channel, image)
    return image


def remove_sphere(scene: Any, index: int) -> None:
    """Remove a sphere from a scene's list. What was painted on it is saved with the file nevertheless."""
    own = scene.nst_sphere
    sphere = own.spheres[index]
    images = [image for image in _images_of([sphere]) if _would_be_lost(image, sphere.light)]
    own.spheres.remove(index)
    own.active = max(0, min(own.active, len(own.spheres) - 1))
    for image in images:
        image.use_fake_user = True  # what wears it now may be taken off as well


def need_image(sphere: Any, which: str) -> Any:
    """One of a sphere's ``IMAGES``. Raises JobError ("image_missing") where it has none."""
    image = getattr(sphere, which) if sphere is not None else None
    if image is None:
        whose = f"The sphere '{sphere.name}' has no {which}." if sphere is not None else "There is no sphere."
        raise JobError("image_missing", f"{whose} Make one first.")
    return image


def images_of(scene: Any) -> Iterator[Any]:
    """All images of a scene's spheres that can be painted, each once."""
    yield from _images_of(scene.nst_sphere.spheres)


def states(scene: Any) -> dict[str, str]:
    """What the images of a scene's spheres are like now, by their names: for ``changed`` later on."""
    return {image.name: state_of(image) for image in images_of(scene)}


def states_of(sphere: Any) -> dict[str, str]:
    """The same of one sphere's images."""
    return {image.name: state_of(image) for image in _images_of([sphere])}


def changed(scene: Any, known: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the spheres' images that are not as ``states`` said, new ones among them."""
    return tuple(name for name, state in states(scene).items() if known.get(name) != state)


def reload_edited(scene: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the images again whose files other programs have written; returns their names.

    And the names of those that were painted on in Blender as well, which stay as they are.
    """
    edited = [image for image in images_of(scene) if edited_outside(image)]
    for image in edited:
        if not image.is_dirty:
            reload(image)
    for sphere in scene.nst_sphere.spheres:
        fit_ball(sphere)
    read = tuple(image.name for image in edited if not edited_outside(image))
    return read, tuple(image.name for image in edited if edited_outside(image))


def outside_folder(scene: Any) -> Path:
    """Where pictures are saved for other programs: beside the .blend file, or where the scene's images go."""
    if bpy.data.filepath:
        return Path(bpy.data.filepath).parent
    save_to = save_to_of(scene.nst)
    return saving_folder(save_to) if save_to and not save_to.startswith("//") else user_folder("spheres")


def _images_of(spheres: Iterable[Any]) -> Iterator[Any]:
    found = [getattr(sphere, which) for sphere in spheres for which in IMAGES]
    yield from dict.fromkeys(image for image in found if image is not None)


def _would_be_lost(image: Any, light: Any) -> bool:
    """Whether an image is painted on, and only the .blend file has that. light: the plain ball."""
    on_disk = image.source == "FILE" and image.packed_file is None and not image.is_dirty
    if on_disk or 0 in image.size or state_of(image) == state_of(light):
        return False
    pixels = pixels_of(image)
    return pixels != pixels[:4] * (len(pixels) // 4)


def _keep(scene: Any, guides: Path, name: str) -> str:
    """Move guides to where they stay; returns their path as the scene has it."""
    save_to = save_to_of(scene.nst)
    folder = saving_folder(save_to) if save_to else user_folder("spheres")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = free_path(folder / f"{bpy.path.clean_name(name)}_guides.exr")
        shutil.move(guides, path)
    except OSError as error:
        raise unwritable(folder, error) from error
    return bpy.path.relpath(str(path)) if save_to.startswith("//") else str(path)


def _notes(scene: Any, light: Any) -> tuple[str, ...]:
    notes = []
    pixels = pixels_of(light)
    if max(max(pixels[channel::4]) for channel in range(3)) < _DARK:
        notes.append(
            "The sphere is black: no lamp reaches it and the world is black. Things that glow are no lamps."
        )
    if scene.camera is None:
        notes.append("The scene has no camera, so the sphere is seen from the front.")
    return tuple(notes)
