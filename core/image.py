"""The image job: repaint a flat picture."""

from __future__ import annotations

import time
from typing import Any

from . import devices
from .canvas.image import ImageCanvas
from .colour import recolored
from .encoder import load_encoder
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output
from .protocol import ImageJob
from .resize import resized, resized_to
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import paint
from .solve.stage import Settings
from .stroke import choose_strokes
from .styling import Colors, blended, losses_of, open_style, regions


def stylize_image(job: ImageJob, watcher: Watcher) -> dict[str, Any]:
    """Do an image job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing is written before the whole picture is done.
    """
    started = time.monotonic()
    announce(watcher, "Reading the files")
    check_output(job.output, {"style": job.style, "content": job.content, **job.controls.sources})
    device = devices.resolve(job.device)
    content = load_picture(job.content, "content")
    rgb = resized(content.rgb, job.size) if job.size else content.rgb
    announce(watcher, "Looking at the painting")
    encoder = load_encoder(device, devices.fast_dtype(device))
    colors = Colors(job.controls.color, resized(rgb, min(max(rgb.shape[-2:]), 512)).reshape(3, -1).T)
    painting, record = open_style(job.style, encoder, colors)
    style = blended(painting, job.controls, encoder, colors)
    long_side = max(rgb.shape[-2:])
    strokes = choose_strokes(job.stroke, painting.wavelength, painting.long_side, long_side, long_side, 1.0)
    matched = recolored(rgb, colors.of_content(style))
    canvas = ImageCanvas(matched, strokes.span, device)
    finest = round(max(16, min(strokes.span, painting.long_side * MAGNIFY)))
    picture = paint(
        canvas,
        regions(style, job.strength, job.controls, encoder, colors, canvas.fit),
        encoder,
        schedule(COARSEST, finest, EFFORTS[job.quality]),
        Settings(losses_of(job.controls), job.seed),
        watcher,
        Previewer(job.preview, lambda picture: picture),
    )
    announce(watcher, "Writing the picture", 1.0)
    picture = colors.finished(resized_to(picture, rgb.shape[-2:]).cpu(), rgb)
    alpha = None if content.alpha is None else resized_to(content.alpha, rgb.shape[-2:])
    save_picture(job.output, picture, alpha)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(rgb.shape[-2:]),
        "quality": job.quality,
        "device": str(device),
        "seed": job.seed,
        "stroke": strokes.size,
        **record,
        "notes": list(strokes.notes),
    }
