"""What an artist may control beyond the painting, its strength and the size of its strokes."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .errors import JobError, Remedy
from .spans import check_span

COLORS = ("style", "keep", "match-oklab", "match-linear", "match-histogram")
STYLE_LOSSES = ("w2", "gram", "bn", "mmd-linear", "mmd-poly", "mmd-gauss", "sliced", "nn")
SYNTHESIS_LOSSES = (("w2", 1.0), ("nn", 0.5))  # of a picture of style alone
ALSO_CALLED = {"mean-std": "bn", "wasserstein": "w2", "nnst": "nn", "swd": "sliced"}  # in lower case
NETWORKS = ("embedded", "vgg19", "vgg16")
POOLINGS = ("max", "average")
WEIGHTS = (0.0, 1000.0)
SIZE_RANGE = (64, 16384)
SEED_RANGE = (0, 2**31 - 1)
FRAMES = 1048574  # that Blender can number
LENGTHS = (0.0, 1e9)
MESH_MASK = "mesh"
MASK_ATTRIBUTE = "mask."  # what the names of a mesh file's attributes begin with that are masks
RENDER_MASKS = (
    "object",
    "material",
    "asset",
    "collection",
    "index",
    "material_index",
    "aov",
    "mist",
    "depth",
)
MASK_KINDS = (MESH_MASK, "group", "color", "faceset", *RENDER_MASKS)
"""What a mask may be beside a picture, written "KIND:NAME"."""


@dataclass(frozen=True)
class Mask:
    """A region with a style of its own.

    mask: a picture that is white there, stretched over the content picture or laid on the mesh's UV map; or
    "mesh:NAME", the attribute "mask.NAME" of the mesh file: values (F, 3) at corners, in [0, 1]. Blender
    makes one of "group:NAME", "color:NAME", "faceset:NUMBER" and "material:NAME". Of a render, what it shows
    of "object:NAME", "material:NAME" and "asset:NAME" (Cryptomatte), "collection:NAME" (Cryptomatte of its
    members), "index:NUMBER" (Object Index) and "material_index:NUMBER"; the value, or the mean of the colour,
    of "aov:NAME"; "mist:FROM-TO", 0 where Mist is FROM, 1 where it is TO, even between ("mist:" is Mist
    itself, "mist:1-0" what is near); or "depth:NEAR-FAR", what is between these distances in the scene's
    units, fading from a twentieth before each to a twentieth behind it; "depth:NEAR-" goes on to infinity,
    "depth:-FAR" begins at the camera. style: the painting or style file. strength: as the job's; -1 takes the
    job's. stroke: as the job's, in the same units; 0 takes the job's. color: as ``Controls.color``; empty
    takes the job's. soften: over what distance the edges of the mask fade, in the units of strokes: along the
    surface of a mesh, in pixels of a picture's result. members: names that Blender knows and the
    render does not: of a collection's objects; of a material and of its copies that wear a style.
    """

    mask: str
    style: str
    strength: float = -1.0
    stroke: float = 0.0
    color: str = ""
    soften: float = 0.0
    members: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        need_path("mask", self.mask)
        if self.kind and not self.name and self.kind != "mist":
            raise bad_job(f"mask is {self.mask!r}; it must name something after the colon.")
        check_span(self.kind, self.name)
        object.__setattr__(self, "members", tuple(_sequence("members", self.members)))
        if not all(isinstance(name, str) for name in self.members):
            raise bad_job(f"members are {self.members!r}; they must be names.")
        if self.members and self.kind not in ("collection", "material"):
            raise bad_job(f"mask is {self.mask!r}; only a collection or a material has members.")
        need_path("style", self.style)
        if self.strength != -1.0:
            check_number("strength", self.strength, 0.0, 1.0)
        check_number("stroke", self.stroke, *LENGTHS)
        if self.color != "":
            need_name("color", self.color, COLORS)
        check_number("soften", self.soften, *LENGTHS)

    @property
    def kind(self) -> str:
        """One of ``MASK_KINDS``; empty for a picture."""
        kind, colon, _ = self.mask.partition(":")
        return kind if colon and kind in MASK_KINDS else ""

    @property
    def name(self) -> str:
        """What is named after the kind, or the picture's path."""
        return self.mask.removeprefix(f"{self.kind}:") if self.kind else self.mask


@dataclass(frozen=True)
class Controls:
    """color: "style" takes the painting's colours, "keep" the content's, "match-..." recolours the
    painting to the content's before it is used (by Oklab moments, an optimal linear map or histograms).
    blend: (path, weight) of further styles, each a painting or a style file; the job's own
    style counts 1. coarse: a painting whose large forms are taken instead of the style's; empty for none.
    masks: regions with styles of their own. losses: (name, weight) of style losses, see ``STYLE_LOSSES``;
    only the proportions of their weights count. content, similarity, edges, smooth: weights of the content's
    features, of its self-similarity, of its outlines, and of total variation; 1 is the usual strength of
    each. network: what sees the pictures: the VGG-19 that is built in, torchvision's VGG-19 or VGG-16, or a
    file of one, whose path may begin with "caffe:" or "torchvision:" to say how it takes its input. pooling:
    of its blocks.
    """

    color: str = "style"
    blend: tuple[tuple[str, float], ...] = ()
    coarse: str = ""
    masks: tuple[Mask, ...] = ()
    losses: tuple[tuple[str, float], ...] = (("w2", 1.0),)
    content: float = 1.0
    similarity: float = 0.0
    edges: float = 0.0
    smooth: float = 0.0
    network: str = "embedded"
    pooling: str = "max"

    def __post_init__(self) -> None:
        need_name("color", self.color, COLORS)
        object.__setattr__(self, "blend", _weighted("blend", self.blend))
        for path, _ in self.blend:
            need_path("a further style", path)
        if not isinstance(self.coarse, str):
            raise bad_job(f"coarse is {self.coarse!r}; it must name a file.")
        object.__setattr__(self, "masks", tuple(_mask(mask) for mask in _sequence("masks", self.masks)))
        object.__setattr__(self, "losses", _weighted("losses", self.losses))
        for name, _ in self.losses:
            need_name("loss", name, STYLE_LOSSES)
        if sum(weight for _, weight in self.losses) <= 0:
            raise bad_job("The weights of the style losses sum to 0; give at least one of them a weight.")
        for name in ("content", "similarity", "edges", "smooth"):
            check_number(name, getattr(self, name), *WEIGHTS)
        need_path("network", self.network, Remedy.CHANGE_SETTING)
        if not any(sign in self.network for sign in "./\\:"):  # a word, not a path
            need_name("network", self.network, NETWORKS)
        need_name("pooling", self.pooling, POOLINGS)

    @property
    def sources(self) -> dict[str, str]:
        """All files that are read, by their role."""
        found: dict[str, str] = {}

        def note(role: str, path: str) -> str:
            found[role] = path
            return path

        self.with_sources(note)
        return found

    def with_sources(self, find: Callable[[str, str], str]) -> Controls:
        """The same controls with other files: ``find`` turns a role and a path into a path."""
        return replace(
            self,
            blend=tuple(
                (find(f"style {number}", path), weight) for number, (path, weight) in enumerate(self.blend, 2)
            ),
            coarse=find("coarse style", self.coarse) if self.coarse else "",
            masks=tuple(
                replace(
                    mask,
                    mask=mask.mask if mask.kind else find(f"mask {number}", mask.mask),
                    style=find(f"style of mask {number}", mask.style),
                )
                for number, mask in enumerate(self.masks, 1)
            ),
        )


def controls_from(value: object) -> Controls:
    """Controls from their JSON form; Controls pass through. Raises JobError ("bad_job")."""
    if isinstance(value, Controls):
        return value
    if not isinstance(value, Mapping):
        raise bad_job(f"controls are {value!r}; they must be an object.")
    return Controls(**_known("controls", value, Controls))


def need_name(name: str, value: object, known: Iterable[str]) -> None:
    """Raise JobError ("bad_job") for a name that is not among those known, with the one most like it."""
    names = list(known)
    if value in names:
        return
    listed = ", ".join(each or "''" for each in names)
    raise bad_job(f"{name} is {value!r}; it must be one of {listed}.{did_you_mean(str(value), names)}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " Did you mean w2?" for the name most like a word, whatever its case; empty if none is."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, 1) or [ALSO_CALLED.get(word.lower(), "")]
    return f" Did you mean {names[near[0]]}?" if near[0] and near[0] in names else ""


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise JobError ("bad_job") unless the value is a number in a range."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and low <= value <= high:  # type: ignore[operator]
        return
    endless = isinstance(value, int) and abs(value) >= 10**20
    said = "a number of more than 20 digits" if endless else repr(value)
    raise bad_job(f"{name} is {said}; it must be a number from {low:g} to {high:g}.")


def check_masks(masks: Iterable[Mask], kinds: tuple[str, ...], remedy: str) -> None:
    """Raise JobError ("bad_job") for a mask of a kind that a job does not know. remedy: what to do then."""
    for number, mask in enumerate(masks, 1):
        if mask.kind and mask.kind not in kinds:
            raise bad_job(f"mask {number} is {mask.mask!r}; {remedy}.")


def need_path(name: str, value: object, remedy: Remedy = Remedy.CHOOSE_IMAGE) -> None:
    """Raise JobError ("bad_job") unless the value can be a path."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise JobError("bad_job", f"{name} is {value!r}; it must name a file.", remedy)


def bad_job(message: str) -> JobError:
    """The error of a job that cannot be meant."""
    return JobError("bad_job", message, Remedy.CHANGE_SETTING)


def _mask(value: object) -> Mask:
    if isinstance(value, Mask):
        return value
    if not isinstance(value, Mapping):
        raise bad_job(f"a mask is {value!r}; it must be an object with a mask and a style.")
    return Mask(**_known("mask", value, Mask))


def _known(what: str, value: Mapping[str, Any], kind: type[Mask] | type[Controls]) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    for key in value:
        need_name(f"a field of {what}", key, names)
    missing = [name for name in ("mask", "style") if kind is Mask and name not in value]
    if missing:
        raise bad_job(f"a mask lacks its {missing[0]}.")
    return dict(value)


def _weighted(name: str, value: object) -> tuple[tuple[str, float], ...]:
    pairs = []
    for entry in _sequence(name, value):
        if not isinstance(entry, (list, tuple)) or len(entry) != 2:
            raise bad_job(f"{name} holds {entry!r}; it must hold pairs of a name and a weight.")
        check_number(f"the weight of {entry[0]}", entry[1], *WEIGHTS)
        pairs.append((entry[0], float(entry[1])))
    return tuple(pairs)


def _sequence(name: str, value: object) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise bad_job(f"{name} is {value!r}; it must be a list.")
    return list(value)
