"""Masks, from pictures and from meshes, and the parts of a canvas that they give to each style."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .canvas import Stage
from .canvas.surface import SurfaceCanvas
from .images import load_picture
from .protocol import MASK_ATTRIBUTE, MESH_MASK, JobError, Mask, Remedy
from .surface.geometry import Floats
from .surface.mesh import SurfaceMesh

Guide = Callable[[Stage | None], Tensor]
"""A part (1, 1, H, W) in [0, 1], shaped like the canvas's picture at a stage; None: once finished."""

Fit = Callable[[Tensor, Stage | None], Tensor]
"""A mask (1, 1, any, any) in the shape of the canvas's picture at a stage; None: once finished."""

LEAST = 1 / 255  # that a mask has somewhere, or else it is empty
ROUNDING = 1e-4  # by which numbers may lie beyond [0, 1]


def guides(masks: Sequence[Tensor], fit: Fit) -> list[Guide]:
    """The part of a canvas that masks (1, 1, H, W) in [0, 1] leave over, and that of each; they sum to 1."""

    def share(index: int | None) -> Guide:
        def guide(stage: Stage | None) -> Tensor:
            fitted = [fit(mask, stage) for mask in masks]
            total = torch.stack(fitted).sum(0)
            rest = (1 - total).clamp_min(0)
            wanted = rest if index is None else fitted[index]
            return wanted / (total + rest)

        return guide

    return [share(None), *(share(index) for index in range(len(masks)))]


def picture_mask(path: str) -> Tensor:
    """A mask (1, 1, H, W) in [0, 1]: how light a picture is, where it is not transparent.

    Raises JobError as ``load_picture``, and "mask_empty".
    """
    picture = load_picture(path, "mask")
    mask = picture.rgb.mean(1, keepdim=True)
    if picture.alpha is not None:
        mask = mask * picture.alpha
    if float(mask.max()) < LEAST:
        raise JobError(
            "mask_empty",
            f"The mask {path} is black everywhere, so nothing would be painted with its style. "
            "Paint white where the style belongs.",
            Remedy.CHOOSE_IMAGE,
        )
    return mask


def surface_mask(mask: Mask, canvas: SurfaceCanvas) -> Tensor:
    """A mask (1, 1, H, W) in [0, 1] in the shape of a canvas's picture, its edges as soft as it says.

    Raises JobError as ``picture_mask`` and ``mesh_mask``.
    """
    if mask.kind != MESH_MASK:
        found = canvas.laid(picture_mask(mask.mask))
    else:
        found = canvas.spread(mesh_mask(mask.name, canvas.geometry.mesh))
        if float(found.max()) < LEAST:
            raise _empty(mask.name)
    return canvas.softened(found, mask.soften)


def mesh_mask(name: str, mesh: SurfaceMesh) -> Floats:
    """The values (F, 3) in [0, 1] of a mesh's mask.

    Raises JobError: "mask_missing", "mask_unfit" (not such values), "mask_empty".
    """
    known = [key.removeprefix(MASK_ATTRIBUTE) for key in mesh.attributes if key.startswith(MASK_ATTRIBUTE)]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        has = f"It has: {', '.join(known)}." if known else "It has none."
        raise JobError(
            "mask_missing", f"The mesh has no mask called {name!r}. {has}{hint}", Remedy.CHANGE_SETTING
        )
    values = mesh.attributes[MASK_ATTRIBUTE + name]
    if values.shape != (len(mesh.faces), 3):
        raise _unfit(name, f"it has shape {values.shape}, not ({len(mesh.faces)}, 3)")
    low, high = float(values.min()), float(values.max())
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise _unfit(name, f"its values go from {low:g} to {high:g}, not from 0 to 1")
    if high < LEAST:
        raise _empty(name)
    return values.clip(0, 1)


def _unfit(name: str, why: str) -> JobError:
    return JobError("mask_unfit", f"The mesh's mask {name!r} is none: {why}.", Remedy.CHOOSE_MESH)


def _empty(name: str) -> JobError:
    return JobError(
        "mask_empty",
        f"The mesh's mask {name!r} is 0 everywhere, so nothing would be painted with its style. "
        "Give it a part of the surface, or remove it.",
        Remedy.CHANGE_SETTING,
    )
