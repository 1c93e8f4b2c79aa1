"""The jobs: frozen settings with a JSON form, checked where they enter.

A job file written by a panel, by Blender without a window, by the shell or by Python
is the same file and gives the same result. Paths in a job are absolute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Union, get_args

from .balls import BallJob
from .controls import (
    FRAMES,
    LENGTHS,
    MESH_MASK,
    RENDER_MASKS,
    SEED_RANGE,
    SIZE_RANGE,
    SYNTHESIS_LOSSES,
    WEIGHTS,
    Controls,
    bad_job,
    check_masks,
    check_number,
    controls_from,
    need_name,
    need_path,
)
from .errors import JobError, Remedy
from .sheets import PART, UDIM, Sheet, sheets_from
from .spheres import SphereJob, SphereTextureJob
from .stereo import Stereo, stereo_from

JOB_VERSION = 1
QUALITIES = ("draft", "standard", "best")
TILES = ("", "x", "y", "xy")
DIRECTIONS = ("up", "x", "y", "z", "curvature", "uv", "given")
STARTS = ("quilt", "noise")
PARTS = (
    "picture",
    "paint",
    "light",
    "glossy",
    "transmission",
    "volume",
    "emission",
    "environment",
)
FLAT, EQUIRECT, VR180, CUBE = PROJECTIONS = ("flat", "equirect", "vr180", "cube")
AUTO, VECTORS, RAFT, DIS = FLOWS = ("auto", "vectors", "raft", "dis")
KEYS = "keys"
_SHARE = re.compile(r"(-?\d+)(?:-(-?\d+))?")
SCALE_RANGE = (0.0, 1000.0)
_RANGES = {"strength": (0.0, 1.0), "stroke": LENGTHS, "scale": SCALE_RANGE, "seed": SEED_RANGE}
_WHOLE = ("size", "width", "height", "seed", "first", "last", "every", "hold")


@dataclass(frozen=True)
class TextureJob:
    """Repaint the textures of a mesh in the style of a painting, all over one surface.

    mesh: a file that trimesh reads with UVs (OBJ, GLB, PLY), or the add-on's ``.npz``, whose attribute
    "sheet" says which of the sheets each face is painted into; without it all are in the first.
    style: the painting. sheets: the textures, one or more.
    size: width and height of each texture in pixels.
    strength: 0 keeps the base texture's content as far as possible, 1 is style alone.
    stroke: distance from stroke to stroke in the mesh's units (metres); 0 chooses one
    that lets the whole painting span the object.
    direction: what the painting's upright runs along on the surface: "up" (of the object), a world axis ("x",
    "y", "z"), the strongest "curvature", v of the "uv" map, or "given" by the mesh file's attribute
    ``direction`` (F, 3, 3), a vector at each corner whose length is how sure it is. angle: degrees by which
    strokes are turned from it in the surface, counterclockwise seen from outside.
    occlusion, curvature: 0..1, how strongly corners in the object's own shade, and edges and creases, are
    shaded into the content, so that strokes follow the object's shape.
    preview: a small picture rewritten while the job runs; empty for none. live: the same for the whole result
    so far, as large as it will be; see ``live_of``.
    checkpoint: a file in which the work is kept while the job runs, and from which the same job goes on if it
    was stopped; deleted once the job is done. Empty for none.
    controls: colour, further styles, masks and losses.
    """

    kind: ClassVar[str] = "texture"

    mesh: str
    style: str
    sheets: tuple[Sheet, ...]
    size: int = 1024
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    direction: str = "up"
    angle: float = 0.0
    occlusion: float = 0.0
    curvature: float = 0.0
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: str = ""
    checkpoint: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        need_path("mesh", self.mesh, Remedy.CHOOSE_MESH)
        object.__setattr__(self, "sheets", sheets_from(self.sheets))
        _check_common(self)
        check_number("size", self.size, *SIZE_RANGE)
        need_name("direction", self.direction, DIRECTIONS)
        check_number("angle", self.angle, 0.0, 360.0)
        check_number("occlusion", self.occlusion, 0.0, 1.0)
        check_number("curvature", self.curvature, 0.0, 1.0)
        known = f"only Blender knows what that is: take a picture or {MESH_MASK}:NAME"
        check_masks(self.controls.masks, (MESH_MASK,), known)

    @property
    def output(self) -> str:
        """Where the first sheet goes."""
        return self.sheets[0].output

    def live_of(self, sheet: int) -> str:
        """The file of a sheet's texture so far: the second's ends in "_2", and so on; empty for none.

        Sheets of several files have none.
        """
        output = self.sheets[sheet].output
        if not self.live or UDIM in output or PART in output:
            return ""
        path = Path(self.live)
        return str(path.with_stem(f"{path.stem}_{sheet + 1}")) if sheet else self.live


@dataclass(frozen=True)
class ImageJob:
    """Repaint a flat picture in the style of a painting.

    size: longer side of the result in pixels; 0 keeps the content's own.
    stroke: distance from stroke to stroke in pixels of the result; 0 chooses one that
    lets the painting span the picture. tile: the axes along which the content repeats, and the result
    with it: "", "x" (across), "y" (down) or "xy". The rest is as in ``TextureJob``.
    """

    kind: ClassVar[str] = "image"

    content: str
    style: str
    output: str
    size: int = 0
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    tile: str = ""
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: str = ""
    checkpoint: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        need_path("content", self.content, Remedy.CHOOSE_IMAGE)
        need_name("tile", self.tile, TILES)
        _check_common(self)
        check_masks(self.controls.masks, (), "a picture has no mesh: take a picture as its mask")
        if self.size != 0:
            check_number("size", self.size, *SIZE_RANGE)


@dataclass(frozen=True)
class SynthesisJob:
    """Make a texture that looks like a piece of a picture, and that may repeat.

    style: the exemplar, a picture or a style file. width, height: of the result in pixels. tile: the axes
    along which it repeats: "", "x" (across), "y" (down) or "xy". scale: pixels of the result for each of the
    exemplar; 0 is 1, or less where all of an exemplar would not fit into the result. start: what painting
    begins from: a quilt of the exemplar's pieces, which keeps its order, or noise, which shows none of the
    things in it; a style file, a mixture, and a picture that is transparent in part begin from noise. There
    is no content, so that the controls of what is kept of it, colours among them, do not apply. The rest is
    as in ``TextureJob``.
    """

    kind: ClassVar[str] = "synthesis"

    style: str
    output: str
    width: int = 1024
    height: int = 1024
    tile: str = "xy"
    scale: float = 0.0
    start: str = "quilt"
    quality: str = "standard"
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: str = ""
    checkpoint: str = ""
    controls: Controls = Controls(losses=SYNTHESIS_LOSSES)  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        need_name("tile", self.tile, TILES)
        need_name("start", self.start, STARTS)
        _check_common(self)
        for name in ("width", "height"):
            check_number(name, getattr(self, name), *SIZE_RANGE)
        check_masks(self.controls.masks, (), "a picture has no mesh: take a picture as its mask")
        for color in (self.controls.color, *(mask.color for mask in self.controls.masks)):
            need_name("color", color or "style", ("style",))


@dataclass(frozen=True)
class RenderJob:
    """Repaint a render in the style of a painting.

    content: a multilayer EXR file, or any picture. view_layer: which of its view layers; empty for the first.
    part: what of it is painted, of ``PARTS``: "picture", all that is seen; "paint", the diffuse colour of
    surfaces, under the light that the render has; "light", that light, on surfaces that keep their colour; or
    one further kind of light, "glossy", "transmission", "volume", "emission" or "environment" (passes: those
    of these names). view: a file of the view transform that the render is looked at with, as of
    ``core.render.view``; empty for Standard. output: an EXR file has scene-linear light, highlights beyond 1
    included; other pictures have what the view transform shows of it. strength: at 0 nothing is painted.
    outlines: how strongly silhouettes and creases are kept at any strength, 1 for their usual strength, 0 for
    no more than the rest (passes: Depth, Normal and Cryptomatte of objects or Object Index, as many as there
    are). falloff: how much more detail is kept near than far away, as the pass Mist says; or, with focus > 0,
    where a lens is sharp that is focused at this distance in the scene's units (pass: Depth); weighted as
    outlines. projection: "flat"; "equirect", a panorama of 360 degrees, twice as wide as high; "vr180", the
    half of one before the viewer, as wide as high; or "cube", six faces as of ``core.panorama.cube``, of a
    picture without passes. In all but the first stroke is an angle in degrees. stereo: of two
    eyes; the result is laid out as the content. The rest is as in ``ImageJob``; the result is as large as
    the render.
    """

    kind: ClassVar[str] = "render"

    content: str
    style: str
    output: str
    view_layer: str = ""
    part: str = "picture"
    view: str = ""
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    outlines: float = 0.0
    falloff: float = 0.0
    focus: float = 0.0
    projection: str = FLAT
    stereo: Stereo = Stereo()  # noqa: RUF009 - frozen
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    live: str = ""
    checkpoint: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        need_path("content", self.content, Remedy.CHOOSE_IMAGE)
        _check_common(self)
        need_name("part", self.part, PARTS)
        object.__setattr__(self, "stereo", stereo_from(self.stereo))
        if self.stereo.layout and self.projection == CUBE:
            raise bad_job("A cube map has one eye: leave stereo out, or take another projection.")
        need_name("projection", self.projection, PROJECTIONS)
        check_number("outlines", self.outlines, *WEIGHTS)
        check_number("falloff", self.falloff, *WEIGHTS)
        check_number("focus", self.focus, *LENGTHS)
        known = ", ".join(f"{kind}:NAME" for kind in RENDER_MASKS)
        check_masks(self.controls.masks, RENDER_MASKS, f"a render has no mesh: take a picture, {known}")


@dataclass(frozen=True)
class AnimationJob:
    """Repaint the frames of an animation so that strokes stick to what they are painted on.

    content, output: files with a number for each frame, as "shot_####.exr"; the content's are multilayer EXR
    files with a Vector pass, and Depth, Normal, UV and Cryptomatte of objects, or else Object Index, as far
    as they are there, or any pictures. motion: such files for what moves alone, where the content has motion
    blur and no vectors; empty for the content itself. flow: "vectors" takes the renders' own motion; "raft",
    a network that is downloaded the first time, and "dis", faster and offline, estimate it from the pictures;
    "auto" is "vectors" for renders with passes, and "raft" for all else. first, last: numbers of frames; None
    for the first and the last that are there. every: frames from one that is painted to the next; those
    between have the paint of both.
    only: what of that is made: empty for all of it, "keys" for the frames that are painted, or some frames,
    as "25-48". Whoever makes others of one animation, in whatever order, gets the same where they meet.
    state: a folder in which the work is kept, from which a job that was stopped goes on, and which all who
    make parts share; empty for one beside the output. It is deleted once all is done, if not in parts.
    painted: files of frames that an artist has painted, as "by_hand_####.png", of which as many are there as
    she likes: they are kept as they are, and carried to the frames around. The first frame is among them.
    boil: from 0, strokes stick to what they are painted on, to 1, they are drawn anew all the time. hold:
    frames that a drawing is shown for: frames a second over drawings a second.
    stereo: of two eyes; its depth may be a file for each frame. painted is what the left eye sees.
    The rest is as in ``RenderJob``.
    """

    kind: ClassVar[str] = "animation"

    content: str
    style: str
    output: str
    motion: str = ""
    flow: str = AUTO
    first: int | None = None
    last: int | None = None
    every: int = 12
    painted: str = ""
    boil: float = 0.0
    hold: int = 3
    only: str = ""
    state: str = ""
    view_layer: str = ""
    part: str = "picture"
    view: str = ""
    quality: str = "standard"
    strength: float = 0.7
    stroke: float = 0.0
    outlines: float = 0.0
    falloff: float = 0.0
    focus: float = 0.0
    projection: str = FLAT
    stereo: Stereo = Stereo()  # noqa: RUF009 - frozen
    seed: int = 0
    device: str = "auto"
    preview: str = ""
    controls: Controls = Controls()  # noqa: RUF009 - frozen
    live: ClassVar[str] = ""
    checkpoint: ClassVar[str] = ""

    def __post_init__(self) -> None:
        _check_common(self)
        need_name("flow", self.flow, FLOWS)
        check_number("every", self.every, 1, FRAMES)
        check_number("hold", self.hold, 1, FRAMES)
        check_number("boil", self.boil, 0.0, 1.0)
        for name in ("first", "last"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), -FRAMES, FRAMES)
        for name in ("state", "painted", "motion"):
            if not isinstance(getattr(self, name), str):
                raise bad_job(f"{name} is {getattr(self, name)!r}; it must be a path.")
        if self.only not in ("", KEYS):
            self.share  # noqa: B018 - raises
        if self.projection == CUBE:
            raise bad_job("A cube map is one picture: render panoramas for an animation.")
        object.__setattr__(self, "stereo", stereo_from(self.stereo))
        self.of_frame("content", "output", self.stereo.depth)

    @property
    def share(self) -> tuple[int, int]:
        """The first and the last frame that are made, of a job that makes some. Raises JobError."""
        found = _SHARE.fullmatch(self.only) if isinstance(self.only, str) else None
        if found is None or int(found[1]) > int(found[2] or found[1]):
            raise bad_job(f"only is {self.only!r}; it must be keys, or frames as in 25-48.")
        return int(found[1]), int(found[2] or found[1])

    def of_frame(self, content: str, output: str, depth: str = "") -> RenderJob:
        """The job of one frame, with files of its own. depth: of two eyes."""
        same = {field.name for field in fields(RenderJob)} & {field.name for field in fields(self)}
        settings = {name: getattr(self, name) for name in same}
        stereo = replace(self.stereo, depth=depth)
        own = {"content": content, "output": output, "stereo": stereo, "preview": ""}
        return RenderJob(**settings | own)


PaintedJob = Union[TextureJob, ImageJob, SynthesisJob, RenderJob, AnimationJob]
"""A job in the style of a painting."""
Job = Union[PaintedJob, SphereJob, SphereTextureJob, BallJob]
_KINDS: dict[str, type[Job]] = {job.kind: job for job in get_args(Job)}


def job_to_dict(job: Job) -> dict[str, Any]:
    """The JSON form of a job."""
    return {"version": JOB_VERSION, "kind": job.kind, **asdict(job)}


def job_from_dict(data: Mapping[str, Any]) -> Job:
    """A checked job from its JSON form.

    Raises JobError ("bad_job") that names the field, its value and what is allowed.
    """
    if not isinstance(data, Mapping):
        raise bad_job("The job must be a JSON object.")
    version = data.get("version")
    if version != JOB_VERSION:
        raise bad_job(f"The job has version {version!r}; this engine reads version {JOB_VERSION}.")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise bad_job(f"The job's kind is {kind!r}; it must be one of {', '.join(_KINDS)}.")
    job_type = _KINDS[kind]
    values = {key: value for key, value in data.items() if key not in ("version", "kind")}
    known = {field.name for field in fields(job_type)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise bad_job(f"The job has a field {unknown[0]!r} that a {kind} job does not know.")
    try:
        return job_type(**values)
    except TypeError as error:
        raise bad_job(f"The {kind} job is incomplete: {error}.") from error


def save_job(job: Job, path: str | Path) -> None:
    """Write the job as a JSON file."""
    Path(path).write_text(json.dumps(job_to_dict(job), indent=2), encoding="utf-8")


def load_job(path: str | Path) -> Job:
    """Read a job file. Raises JobError when it is missing, broken or out of range."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise JobError("job_unreadable", f"The job file {path} cannot be read: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise bad_job(f"The job file {path} is not valid JSON: {error}.") from error
    return job_from_dict(data)


def _check_common(job: PaintedJob) -> None:
    object.__setattr__(job, "controls", controls_from(job.controls))
    need_path("style", job.style, Remedy.CHOOSE_IMAGE)
    need_path("output", job.output, Remedy.CHOOSE_FOLDER)
    if job.quality not in QUALITIES:
        raise bad_job(f"quality is {job.quality!r}; it must be one of {', '.join(QUALITIES)}.")
    for name, (low, high) in _RANGES.items():
        if hasattr(job, name):
            check_number(name, getattr(job, name), low, high)
    for name in _WHOLE:
        if not isinstance(getattr(job, name, None), int | None):
            raise bad_job(f"{name} is {getattr(job, name)!r}; it must be a whole number.")
    for name in ("device", "preview", "live", "checkpoint", "view_layer", "view"):
        if not isinstance(getattr(job, name, ""), str):
            raise bad_job(f"{name} is {getattr(job, name)!r}; it must be text.")
