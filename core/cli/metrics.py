"""``nst metrics``: numbers that say how good a result is."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from ..plain import plain
from ..runner import as_job_error, load_engine
from .console import Console


def add_commands(commands: Any) -> None:
    """Add the command, with one command below it for each metric."""
    parser = commands.add_parser("metrics", help="measure a result", description="Measures a result.")
    metrics = parser.add_subparsers(metavar="METRIC", required=True)
    seams = metrics.add_parser(
        "seams",
        help="how visible a texture's UV seams are",
        description="Prints the seam ratio: colour steps across UV seams over colour steps between "
        "neighbours elsewhere, 1 is invisible; its floor, what colours that depend on the position alone "
        "get on this mesh; and the share of texels inside UV islands that were painted.",
    )
    seams.add_argument("mesh", metavar="MESH", help="a mesh with UVs (OBJ, GLB, PLY)")
    seams.add_argument("texture", metavar="TEXTURE", help="its texture")
    seams.add_argument("--json", action="store_true", help="print one JSON object")
    seams.set_defaults(run=_seams)


def _seams(options: argparse.Namespace, console: Console) -> None:
    load_engine()
    try:
        data = measure_seams(options.mesh, options.texture)
    except Exception as error:
        raise as_job_error(error) from error
    ratio, floor = ("infinite" if data[key] is None else f"{data[key]:.3f}" for key in ("ratio", "floor"))
    text = (
        f"seam ratio    {ratio} (1 is invisible; the floor on this mesh is {floor})\n"
        f"painted       {100 * data['painted']:.2f} % of the texels inside islands\n"
        f"seam step     {data['seam_step']:.4f} over {data['pairs']} pairs\n"
        f"inside step   {data['inside_step']:.4f}"
    )
    console.result(data, text)


def measure_seams(mesh_path: str, texture_path: str) -> dict[str, Any]:
    """The seam report of a texture on a mesh, with "floor" and "painted" (a share), as JSON values."""
    from ..images import load_picture
    from ..metrics.painted import painted_share
    from ..metrics.seams import position_floor, seam_ratio
    from ..surface.load import load_mesh

    mesh = load_mesh(mesh_path)
    picture = load_picture(texture_path, "texture")
    report = seam_ratio(mesh, picture.rgb)
    floor = position_floor(mesh, max(picture.rgb.shape[-2:]))
    painted = painted_share(mesh, picture.rgb, picture.alpha)
    return {**plain(dataclasses.asdict(report)), **plain({"floor": floor.ratio, "painted": painted})}
