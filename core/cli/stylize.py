"""``nst image``, ``nst texture`` and ``nst run``: the jobs, and what all commands of jobs have."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from ..protocol import (
    QUALITIES,
    TILES,
    UDIM,
    AnimationJob,
    BallJob,
    ImageJob,
    Job,
    JobCancelled,
    PaintedJob,
    RenderJob,
    Sheet,
    SphereJob,
    SphereTextureJob,
    TextureJob,
    load_job,
)
from ..protocol.options import (
    absolute_controls,
    add_control_options,
    add_surface_options,
    controls_of,
    stereo_of,
    weighted_main,
)
from ..protocol.stereo import files_of
from ..runner import plan_job, run_job
from .colors import color
from .console import Console, ProgressBar, duration
from .options import add_mesh

_MASKS = {
    ImageJob.kind: "a picture",
    TextureJob.kind: "a picture on the UV map, or mesh:NAME for the values mask.NAME of a mesh's .npz",
    **dict.fromkeys(
        (RenderJob.kind, AnimationJob.kind),
        "a picture, or what the render shows of object:NAME, material:NAME, asset:NAME (with Cryptomatte), "
        "index:NUMBER (with Object Index), material_index:NUMBER, aov:NAME, mist:FROM-TO or depth:NEAR-FAR "
        "(in the scene's units)",
    ),
}
_PATHS = (
    "picture",
    "mesh",
    "content",
    "style",
    "view",
    "output",
    "preview",
    "live",
    "checkpoint",
    "guides",
    "height",
    "roughness",
)


def add_commands(commands: Any) -> None:
    """Add the three commands to the parser of commands."""
    _add_image(commands)
    _add_texture(commands)
    run = commands.add_parser(
        "run",
        help="do a job file",
        description="Does a job that was saved as a file, by Blender for example.",
    )
    run.add_argument("job", metavar="JOB.json", help="the job; relative paths in it start at its folder")
    add_output_options(run)
    run.set_defaults(run=_run_file)


def _add_image(commands: Any) -> None:
    parser = commands.add_parser(
        "image", help="repaint a picture", description="Repaints a picture in the style of a painting."
    )
    parser.add_argument("content", metavar="CONTENT", help="the picture (PNG, JPEG, TIFF, EXR)")
    add_job_options(parser, ImageJob)
    size = "longer side of the result in pixels; 0, the default, keeps the picture's"
    add_size(parser, ImageJob.size, size)
    parser.add_argument(
        "--stroke",
        type=float,
        default=ImageJob.stroke,
        metavar="PIXELS",
        help="distance from stroke to stroke; 0, the default, lets the painting span the picture",
    )
    parser.add_argument(
        "--tile",
        type=sorted_axes,
        choices=TILES[1:],
        default=ImageJob.tile,
        help="the picture repeats across (x), down (y) or both (xy), and so does the result; multiples of "
        "16 pixels keep it sharpest",
    )
    parser.set_defaults(run=run_options, job_type=ImageJob)


def _add_texture(commands: Any) -> None:
    parser = commands.add_parser(
        "texture",
        help="repaint a mesh's texture",
        description="Repaints the texture of a mesh in the style of a painting: over the surface, "
        "not over the UV map. <UDIM> in OUT gives each UV tile a texture of its own, <PART> each part of the "
        "mesh; the same words in --base find theirs.",
    )
    add_mesh(parser)
    add_job_options(parser, TextureJob)
    size = f"width and height of the texture in pixels; default {TextureJob.size}"
    add_size(parser, TextureJob.size, size)
    parser.add_argument(
        "--base", "--texture", metavar="IMAGE", default=Sheet.base, help="the present texture"
    )
    parser.add_argument(
        "--base-color",
        type=color,
        metavar="COLOR",
        default=Sheet.base_color,
        help="colour of a mesh without a texture, as R,G,B from 0 to 1 or #RRGGBB; default middle grey",
    )
    parser.add_argument(
        "--stroke",
        type=float,
        default=TextureJob.stroke,
        metavar="METRES",
        help="distance from stroke to stroke in the mesh's units; 0, the default, lets the painting "
        "span the object",
    )
    add_surface_options(parser)
    parser.add_argument(
        "--height",
        default=Sheet.height,
        metavar="IMAGE",
        help="where the relief goes (PNG or TIFF of 16 bits, or EXR); without --relief, too",
    )
    parser.set_defaults(run=run_options, job_type=TextureJob)


def sorted_axes(text: str) -> str:
    """ "yx" as "xy"; anything else as it is."""
    return "xy" if text == "yx" else text


def add_size(parser: argparse._ActionsContainer, default: int, what: str) -> None:
    """Add how large the result is. what: that is in words."""
    parser.add_argument("--size", type=int, default=default, metavar="N", help=what)


def add_job_options(
    parser: argparse.ArgumentParser, job: type[PaintedJob], style: str = "the painting (PNG, JPEG, TIFF, EXR)"
) -> None:
    """Add what all jobs have in common, and the strength of those that have a content. style: what it is."""
    has_content = issubclass(job, (ImageJob, TextureJob, RenderJob, AnimationJob))
    parser.add_argument("style", metavar="STYLE" if has_content else "EXEMPLAR", help=style)
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="the result (PNG, JPEG, TIFF, EXR)"
    )
    parser.add_argument(
        "--quality", choices=QUALITIES, default=job.quality, help=f"effort; default {job.quality}"
    )
    if has_content:
        parser.add_argument(
            "--strength",
            type=float,
            default=ImageJob.strength,
            metavar="S",
            help=f"from 0, keep the content, to 1, style alone; default {ImageJob.strength}",
        )
    parser.add_argument(
        "--seed", type=int, default=job.seed, metavar="N", help="another number, another painting"
    )
    parser.add_argument("--device", default=job.device, metavar="NAME", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument(
        "--preview",
        default=job.preview,
        metavar="IMAGE",
        help="a small picture rewritten while the job runs; it stays when that ends or is cancelled",
    )
    if job is not AnimationJob:  # whose frames are written as they finish
        _add_meanwhile_options(parser, job)
    parser.add_argument(
        "--style",
        dest="further",
        action="append",
        default=[],
        metavar="IMAGE[:WEIGHT]",
        help="a further style, mixed with the first, which counts 1 unless it has a weight, too; "
        "may be given again",
    )
    add_control_options(parser, _MASKS.get(job.kind, "a picture"), has_content)
    add_output_options(parser)


def _add_meanwhile_options(parser: argparse.ArgumentParser, job: type[Job]) -> None:
    parser.add_argument(
        "--live",
        default=job.live,
        metavar="IMAGE",
        help="the whole result so far, rewritten while the job runs; it stays when that ends or is cancelled",
    )
    parser.add_argument(
        "--checkpoint",
        default=job.checkpoint,
        metavar="FILE",
        help="keep the work in this file while it goes on, and go on from it if it was stopped",
    )


def add_output_options(parser: argparse.ArgumentParser, planned: bool = True) -> None:
    """Add what all commands of jobs say. planned: whether the job has a plan."""
    if planned:
        parser.add_argument(
            "--plan", action="store_true", help="only say how long it would take and how much memory"
        )
    parser.add_argument(
        "--json", action="store_true", help="print the result, or the error, as one JSON object"
    )
    parser.add_argument(
        "--keep-on-interrupt",
        action="store_true",
        help="let Ctrl-C end the job early, with what is painted by then as its result; again, it cancels",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress on stderr")
    parser.set_defaults(plan=False)


def run_options(options: argparse.Namespace, console: Console) -> None:
    """Do the job of ``options.job_type`` that the options ask for."""
    names = {field.name for field in dataclasses.fields(options.job_type)}
    values = {name: value for name, value in vars(options).items() if name in names}
    controls = controls_of(options, options.further)
    values["style"], values["controls"] = weighted_main(options.style, controls)
    if options.job_type is TextureJob:
        height = options.height or (height_beside(options.output) if options.relief else "")
        values["sheets"] = (Sheet(options.output, options.base, options.base_color, height),)
    if options.job_type in (RenderJob, AnimationJob):
        values["stereo"] = stereo_of(options)
    do_job(options.job_type(**values), Path.cwd(), options, console)


def height_beside(output: str) -> str:
    """The name of a texture's relief: "wall.<UDIM>.jpg" has "wall_height.<UDIM>.png"."""
    path = Path(output)
    name, dot, tile = path.stem.partition(f".{UDIM}")
    return str(path.with_name(f"{name}_height{dot}{tile}.png"))


def _run_file(options: argparse.Namespace, console: Console) -> None:
    path = Path(options.job).absolute()
    do_job(load_job(path), path.parent, options, console)


def do_job(job: Job, folder: Path, options: argparse.Namespace, console: Console) -> None:
    """Do a job, whose relative paths start at a folder, and print what comes of it."""
    console.quiet = options.quiet
    job = make_absolute(job, folder)
    if not options.quiet:
        console.note("Loading the engine")
    if options.plan:
        planned = plan_job(job, ProgressBar(console))
        console.result(planned, planned["text"][0].upper() + planned["text"][1:])
        return
    console.keep_on_interrupt = options.keep_on_interrupt
    before = _written(job.checkpoint)
    try:
        info = run_job(job, ProgressBar(console))
    except (JobCancelled, KeyboardInterrupt):
        if _written(job.checkpoint) != before:
            console.note(
                f"The work is kept in {job.checkpoint}; the same command goes on from it, or from where "
                "the last pass began."
            )
        raise
    for note in info.get("notes") or ():
        console.note(f"Note: {note}")
    written = (
        files_of(job.output, job.stereo.written)
        if isinstance(job, (RenderJob, AnimationJob))
        else (job.output,)
    )
    outputs = [path for sheet in info.get("sheets") or [dict.fromkeys(written)] for path in sheet]
    heights = [path for sheet in info.get("heights") or () for path in sheet]
    data = {"output": outputs[0], "outputs": outputs, "heights": heights, "info": info}
    more = [job.roughness] if isinstance(job, SphereTextureJob) and job.roughness else []
    console.result(data, f"{', '.join(outputs + heights + more)} ({_summary(info)})")


def _written(path: str) -> int | None:
    """When a file was written, in nanoseconds; None if there is none."""
    return Path(path).stat().st_mtime_ns if path and Path(path).exists() else None


def make_absolute(job: Job, folder: Path) -> Job:
    """The job with its relative paths taken from ``folder``, and ``~`` from the home folder."""

    def absolute(path: str) -> str:
        return str(folder / Path(path).expanduser()) if path else ""

    names = {field.name for field in dataclasses.fields(job)}
    paths = {name: getattr(job, name) for name in _PATHS if name in names}
    changes: dict[str, Any] = {  # a picture's height is a number
        name: absolute(path) for name, path in paths.items() if isinstance(path, str)
    }
    if isinstance(job, (TextureJob, SphereTextureJob)):
        changes["sheets"] = tuple(
            dataclasses.replace(
                sheet,
                output=absolute(sheet.output),
                base=absolute(sheet.base),
                height=absolute(sheet.height),
            )
            for sheet in job.sheets
        )
    if isinstance(job, (SphereJob, SphereTextureJob)):
        changes["spheres"] = tuple(sphere.with_sources(absolute) for sphere in job.spheres)
    elif not isinstance(job, BallJob):
        changes["controls"] = absolute_controls(job.controls, folder)
    if isinstance(job, (RenderJob, AnimationJob)):
        changes["stereo"] = dataclasses.replace(job.stereo, depth=absolute(job.stereo.depth))
    made: Job = dataclasses.replace(job, **changes)
    return made


def _summary(info: dict[str, Any]) -> str:
    parts = [
        duration(info["seconds"]) if "seconds" in info else "",
        str(info.get("device", "")),
        f"seed {info['seed']}" if "seed" in info else "",
        f"stroke {info['stroke']:.4g}" if isinstance(info.get("stroke"), (int, float)) else "",
        "circle {:.1f},{:.1f},{:.1f}".format(*info["circle"]) if "circle" in info else "",
    ]
    return ", ".join(part for part in parts if part)
