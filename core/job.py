"""What the jobs have in common."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from .files import check_folder_writable, file_digest
from .grey import check_height_writable
from .images import Picture, check_writable, load_picture
from .protocol import (
    PART,
    UDIM,
    Job,
    JobError,
    PaintedJob,
    Remedy,
    Sheet,
    SphereJob,
    SphereTextureJob,
    TextureJob,
    job_to_dict,
)
from .solve.progress import Report, Watcher, check_cancelled
from .style.painting import transparent

COARSEST = 144  # pixels of the painting's longer side at the first scale: its composition
MAGNIFY = 2.0  # how far a painting is enlarged beyond its own pixels
MAX_STYLE = 4096  # pixels of the longer side that a painting is read at
_ELSEWHERE = ("output", "preview", "live", "checkpoint", "device")  # fields that do not change the result
_FILES = ("mesh", "content", "style", "view")


def announce(watcher: Watcher, stage: str, fraction: float = 0.0) -> None:
    """Say what a job does now. Raises JobCancelled if it should not."""
    check_cancelled(watcher)
    watcher.progress(Report(stage, fraction))


def check_output(job: Job, sources: Mapping[str, str]) -> None:
    """Make sure, before any work, that what the job writes can be written and replaces nothing that it reads.

    sources: what it reads, paths by role. Raises JobError as ``check_sources`` and ``check_writable``, and
    "same_file" where two results would go to one file.
    """
    sheets = job.sheets if isinstance(job, (TextureJob, SphereTextureJob)) else ()
    outputs = [sheet.output for sheet in sheets] or [job.output]
    heights = [sheet.height for sheet in sheets]
    check_results(job, _tried(outputs), sources, _tried(heights))
    for path in (job.preview, *_lives(job)):
        if path:
            check_writable(path)
    if job.checkpoint:
        check_folder_writable(job.checkpoint)


def _tried(paths: Sequence[str]) -> list[str]:
    # Windows takes no angle brackets in names, not even of a file that only tries the folder.
    return [path.replace(UDIM, "1001").replace(PART, "part") for path in paths]


def check_results(
    job: Job, outputs: Sequence[str], sources: Mapping[str, str], heights: Sequence[str] = ()
) -> None:
    """The part of ``check_output`` that looks at results, by their files' names. heights: "" for none."""
    results = [
        (f"{what} {number}" if number > 1 else what, path)
        for what, paths in (("result", outputs), ("height texture", heights))
        for number, path in enumerate(paths, 1)
    ]
    written: dict[Path, str] = {}
    roughness = job.roughness if isinstance(job, (SphereJob, SphereTextureJob)) else ""
    more = (
        ("roughness texture", roughness),
        ("preview", job.preview),
        ("checkpoint", job.checkpoint),
        *(("live picture", path) for path in _lives(job)),
    )
    for role, path in (*results, *more):
        if not path:
            continue
        check_sources(path, sources, role)
        other = written.setdefault(Path(path).absolute(), role)
        if other != role:
            raise JobError(
                "same_file",
                f"The {role} and the {other} would both be written to {path}. Choose another file for one.",
                Remedy.CHOOSE_FOLDER,
            )
    for path in outputs:
        check_writable(path)
    for path in filter(None, (*heights, roughness)):
        check_height_writable(path)


def _lives(job: Job) -> list[str]:
    return [job.live_of(n) for n in range(len(job.sheets))] if isinstance(job, TextureJob) else [job.live]


def check_sources(output: str, sources: Mapping[str, str], what: str = "result") -> None:
    """Make sure that a result replaces none of its sources. sources: paths by role; empty ones do not count.

    Raises JobError ("overwrites_source").
    """
    target = Path(output)
    for role, source in sources.items():
        if source and target.exists() and Path(source).exists() and target.samefile(source):
            raise JobError(
                "overwrites_source",
                f"The {what} would be written over the {role} ({source}). Choose another file for it.",
                Remedy.CHOOSE_FOLDER,
            )


def load_style(path: str) -> tuple[Picture, dict[str, str]]:
    """A painting, and what identifies it later: its name and the hash of its file.

    Raises JobError as ``load_picture``, and "style_transparent" if nothing of it can be seen.
    """
    picture = load_picture(path, "style", MAX_STYLE)
    check_seen(picture, f"The style image {path}")
    return picture, {"style": Path(path).name, "style_sha256": file_digest(path)}


def check_seen(picture: Picture, what: str) -> None:
    """Raise JobError ("style_transparent") if nothing of a picture can be seen. what: it is."""
    if picture.alpha is not None and float(picture.alpha.max()) < 0.5:
        raise transparent(what)


def base_files(sheet: Sheet, role: str) -> dict[str, str]:
    """The files of a sheet's base texture, by role: several where its name holds ``<UDIM>`` or ``<PART>``."""
    if UDIM not in sheet.base and PART not in sheet.base:
        return {role: sheet.base}
    base = Path(sheet.base)
    words = re.split("(" + "|".join(map(re.escape, (UDIM, PART))) + ")", base.name)
    digits, anything = "[1-2][0-9][0-9][0-9]", "*"
    pattern = "".join({UDIM: digits, PART: anything}.get(word, glob.escape(word)) for word in words)
    return {f"{role}: {found.name}": str(found) for found in sorted(base.parent.glob(pattern))}


def identity(job: PaintedJob, network: str) -> dict[str, str]:
    """What a job is made of, by name: settings, and files by their content. Equal for jobs of one result.

    Where the result goes, and the device that paints it, do not count.
    """
    kept = (*_ELSEWHERE, *_FILES, "controls", "sheets")
    found = {name: json.dumps(value) for name, value in job_to_dict(job).items() if name not in kept}
    controls = asdict(job.controls.with_sources(lambda role, _: role)) | {"network": network}
    found |= {f"control {name}": json.dumps(value) for name, value in controls.items()}
    files = {name: getattr(job, name, "") for name in _FILES} | job.controls.sources
    for number, sheet in enumerate(job.sheets if isinstance(job, TextureJob) else (), 1):
        found[f"sheet {number}"] = json.dumps([sheet.base_color, UDIM in sheet.output, PART in sheet.output])
        files |= base_files(sheet, f"base of sheet {number}")
    return found | {f"file {name}": file_digest(path) for name, path in files.items() if path}
