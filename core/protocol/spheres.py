"""Jobs that make things look like a painted sphere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from .controls import (
    FRAMES,
    LENGTHS,
    RENDER_MASKS,
    SEED_RANGE,
    SIZE_RANGE,
    WEIGHTS,
    Mask,
    bad_job,
    check_number,
    did_you_mean,
    need_name,
    need_path,
)
from .errors import Remedy
from .sheets import Sheet, sheets_from

BLIT, PATCHES = METHODS = ("blit", "patches")
GUIDES = ("normal", "direct", "indirect", "specular", "occlusion", "depth", "object")
"""What decides which place of a sphere is like a place of a render. Each compares one pass of both."""
TOLERANCES = (0.0, 4.0)
SCALES = (0.05, 20.0)


@dataclass(frozen=True)
class Sphere:
    """A painted sphere, which says what a surface looks like that faces this way or that.

    picture: the painting; what is transparent in it is not taken. normals: a normal map of it, of any size in
    its proportions: what faces right is red, up green, towards the viewer blue, each 0.5 + 0.5 n; empty for
    the normals of the ball that the picture shows. circle: that ball, (x, y, radius) in pixels from the
    picture's upper left corner; empty to look for it. guides: a multilayer EXR file of a plain sphere in the
    light that the picture was painted for, framed as the picture is; guides other than normals need it.
    height, roughness: further pictures, framed as the painting is; empty for none. mask, members: where the
    sphere counts, as in ``Mask`` of a render; empty for wherever no other one does.
    """

    picture: str
    normals: str = ""
    circle: tuple[float, ...] = ()
    guides: str = ""
    height: str = ""
    roughness: str = ""
    mask: str = ""
    members: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        need_path("the sphere's picture", self.picture)
        for name in ("normals", "guides", "height", "roughness", "mask"):
            if not isinstance(getattr(self, name), str) or "\0" in getattr(self, name):
                raise bad_job(f"{name} is {getattr(self, name)!r}; it must be text.")
        object.__setattr__(self, "circle", circle_from(self.circle))
        if self.circle and self.normals:
            raise bad_job("A sphere has a circle or a normal map, not both; leave one out.")
        if self.members and not self.mask:
            raise bad_job(f"members are {self.members!r}; only a mask has members.")
        object.__setattr__(self, "members", self.region.members if self.mask else ())

    @property
    def region(self) -> Mask:
        """Its mask. Raises JobError ("bad_job") without one."""
        return Mask(self.mask, self.picture, members=self.members)

    @property
    def sources(self) -> dict[str, str]:
        """All files that are read, by their role."""
        roles = {"sphere": self.picture, "normals": self.normals, "sphere's guides": self.guides}
        roles |= {"sphere's height": self.height, "sphere's roughness": self.roughness}
        mask = "" if self.masked_by_name else self.mask
        return {role: path for role, path in {**roles, "sphere's mask": mask}.items() if path}

    @property
    def masked_by_name(self) -> bool:
        """Whether the mask is no picture."""
        return self.mask.partition(":")[0] in RENDER_MASKS

    def with_sources(self, find: Callable[[str], str]) -> Sphere:
        """The same sphere with other files: ``find`` turns a path, or no path, into one."""
        files = ("picture", "normals", "guides", "height", "roughness")
        changes: dict[str, Any] = {name: find(getattr(self, name)) for name in files}
        return replace(self, **changes, mask=self.mask if self.masked_by_name else find(self.mask))


@dataclass(frozen=True)
class SphereJob:
    """Make a render, or all frames of an animation, look like painted spheres.

    spheres: one or more; where their masks overlap, the later one lies above. guides: a multilayer EXR file
    with a pass Normal, or a normal map as of ``Sphere.normals``; with #### in its name, such files for each
    frame, which need a pass Vector if strokes shall stick to things. output: a picture with alpha, where
    nothing is it is transparent; with #### if guides has it. height, roughness: where these go, named as
    output is; empty for none. method: "blit" copies pieces of the sphere (StyleBlit), "patches" fits patches
    to each other (slower, for large features; not in animations). weights: (name, weight) of ``GUIDES``;
    weight 0 is none. tolerance: how far guides may differ within a piece, in lengths of a normal: more makes
    larger pieces. scale: pixels of the result for each of the sphere's picture. camera: the nine numbers, row
    by row, of the rotation from the world to the camera (x right, y up, z towards the viewer), in which the
    pass Normal is turned; empty to find it from the passes Position or Depth. view_layer, view: as in
    ``RenderJob``. first, last, boil, hold: as in ``AnimationJob``. harmony: 0 to 1, how strongly a network
    draws the result's statistics to the sphere's.
    """

    kind: ClassVar[str] = "sphere"

    spheres: tuple[Sphere, ...]
    guides: str
    output: str
    height: str = ""
    roughness: str = ""
    method: str = BLIT
    weights: tuple[tuple[str, float], ...] = (("normal", 1.0),)
    tolerance: float = 0.2
    scale: float = 1.0
    camera: tuple[float, ...] = ()
    view_layer: str = ""
    view: str = ""
    first: int | None = None
    last: int | None = None
    boil: float = 0.0
    hold: int = 3
    harmony: float = 0.0
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: ClassVar[str] = ""
    checkpoint: ClassVar[str] = ""

    def __post_init__(self) -> None:
        _check_common(self)
        need_path("guides", self.guides)
        need_path("output", self.output, Remedy.CHOOSE_FOLDER)
        need_name("method", self.method, METHODS)
        check_number("scale", self.scale, *SCALES)
        object.__setattr__(self, "weights", _weights(self.weights))
        object.__setattr__(self, "camera", _numbers("camera", self.camera, (0, 9)))
        for name in ("boil", "harmony"):
            check_number(name, getattr(self, name), 0.0, 1.0)
        check_whole("hold", self.hold, 1, FRAMES)
        for name in ("first", "last"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), -FRAMES, FRAMES)
        if self.method == PATCHES and "#" in Path(self.guides).name:
            raise bad_job(
                "Patches are for single pictures: in an animation they would change with every frame. Choose "
                f"pieces (the method {BLIT})."
            )
        for name in ("height", "roughness", "view_layer", "view"):
            if not isinstance(getattr(self, name), str):
                raise bad_job(f"{name} is {getattr(self, name)!r}; it must be text.")
        for name in ("height", "roughness"):
            if getattr(self, name) and not any(getattr(sphere, name) for sphere in self.spheres):
                raise bad_job(f"No sphere has a {name} painted, so that none can be written. Leave it out.")

    @property
    def sources(self) -> dict[str, str]:
        """All files that are read but the guides, by their role."""
        return _sources(self.spheres)


@dataclass(frozen=True)
class SphereTextureJob:
    """Paint the textures of a mesh with what a painted sphere has where it faces the same way.

    mesh, sheets, size: as in ``TextureJob``; heights of sheets are taken from the sphere's. spheres: one, as
    masks of renders do not apply. roughness: where a roughness texture goes, of a mesh with one sheet.
    front: the object's side that looks at the viewer, whose upright is the object's up: "front", "back",
    "left", "right", or "around": the sphere as seen from wherever one stands, which keeps up and down alone.
    stroke: the radius of the sphere's ball on the surface, in the mesh's units (metres); 0 chooses one as
    large as the object. tolerance: as in ``SphereJob``.
    """

    kind: ClassVar[str] = "sphere_texture"

    spheres: tuple[Sphere, ...]
    mesh: str
    sheets: tuple[Sheet, ...]
    size: int = 1024
    roughness: str = ""
    front: str = "front"
    stroke: float = 0.0
    tolerance: float = 0.2
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: ClassVar[str] = ""
    checkpoint: ClassVar[str] = ""

    def __post_init__(self) -> None:
        _check_common(self)
        need_path("mesh", self.mesh, Remedy.CHOOSE_MESH)
        object.__setattr__(self, "sheets", sheets_from(self.sheets))
        check_whole("size", self.size, *SIZE_RANGE)
        need_name("front", self.front, FRONTS)
        check_number("stroke", self.stroke, *LENGTHS)
        if len(self.spheres) != 1 or self.spheres[0].mask:
            raise bad_job("A texture is made of one sphere without a mask; give one.")
        if not isinstance(self.roughness, str):
            raise bad_job(f"roughness is {self.roughness!r}; it must be text.")
        if self.roughness and len(self.sheets) != 1:
            raise bad_job("A roughness texture can be written for one sheet; leave it out.")
        for name in ("height", "roughness"):
            wanted = self.roughness if name == "roughness" else any(sheet.height for sheet in self.sheets)
            if wanted and not getattr(self.spheres[0], name):
                raise bad_job(f"The sphere has no {name} painted, so that none can be written. Leave it out.")

    @property
    def output(self) -> str:
        """Where the first sheet goes."""
        return self.sheets[0].output

    @property
    def sources(self) -> dict[str, str]:
        """All files that are read but the mesh, by their role."""
        return _sources(self.spheres)


FRONTS = ("front", "back", "left", "right", "around")


def circle_from(value: object) -> tuple[float, ...]:
    """A checked ``Sphere.circle``. Raises JobError ("bad_job")."""
    circle = _numbers("circle", value, (0, 3))
    if circle and circle[2] <= 0:
        raise bad_job(f"circle has the radius {circle[2]:g}; it must be more than 0 pixels.")
    return circle


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Raise JobError ("bad_job") unless the value is a whole number in [low, high]."""
    check_number(name, value, low, high)
    if not isinstance(value, int):
        raise bad_job(f"{name} is {value!r}; it must be a whole number.")


def _check_common(job: SphereJob | SphereTextureJob) -> None:
    object.__setattr__(job, "spheres", _spheres(job.spheres))
    check_number("tolerance", job.tolerance, *TOLERANCES)
    check_whole("seed", job.seed, *SEED_RANGE)
    for name in ("device", "preview"):
        if not isinstance(getattr(job, name), str):
            raise bad_job(f"{name} is {getattr(job, name)!r}; it must be text.")


def _sources(spheres: tuple[Sphere, ...]) -> dict[str, str]:
    return {
        role if number == 1 else f"{role} {number}": path
        for number, sphere in enumerate(spheres, 1)
        for role, path in sphere.sources.items()
    }


def _spheres(value: object) -> tuple[Sphere, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise bad_job(f"spheres is {value!r}; it must be a list of one sphere or more.")
    return tuple(_sphere(entry) for entry in value)


def _sphere(value: object) -> Sphere:
    if isinstance(value, Sphere):
        return value
    if not isinstance(value, Mapping):
        raise bad_job(f"a sphere is {value!r}; it must be an object with a picture.")
    known = [field.name for field in fields(Sphere)]
    for key in value:
        need_name("a field of a sphere", key, known)
    if "picture" not in value:
        raise bad_job("a sphere lacks its picture.")
    return Sphere(**value)


def _weights(value: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, (list, tuple)):
        raise bad_job(f"weights is {value!r}; it must be a list of names and weights.")
    found: dict[str, float] = {}
    for entry in value:
        if not isinstance(entry, (list, tuple)) or len(entry) != 2:
            raise bad_job(f"weights holds {entry!r}; it must hold pairs of a name and a weight.")
        name, weight = entry
        if name not in GUIDES:
            raise bad_job(
                f"the guide {name!r} is not known; it must be one of {', '.join(GUIDES)}."
                f"{did_you_mean(str(name), GUIDES)}"
            )
        check_number(f"the weight of {name}", weight, *WEIGHTS)
        found[name] = float(weight)
    if not any(found.values()):
        raise bad_job("No guide has a weight; give one to normal at least.")
    return tuple(found.items())


def _numbers(name: str, value: object, counts: tuple[int, ...]) -> tuple[float, ...]:
    if not isinstance(value, (list, tuple)) or len(value) not in counts:
        listed = " or ".join(str(count) for count in counts if count)
        raise bad_job(f"{name} is {value!r}; it must be {listed} numbers.")
    for number in value:
        check_number(name, number, -1e9, 1e9)
    return tuple(float(number) for number in value)
