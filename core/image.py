"""The image job: repaint a flat picture."""

from __future__ import annotations

import time
from typing import Any

from . import devices
from .canvas.image import ImageCanvas
from .colour import monge_kantorovich
from .encoder import load_encoder
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output, load_style
from .metrics.strokes import dominant_wavelength
from .protocol import ImageJob
from .resize import resized, resized_to
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .solve.solver import Settings, paint
from .stroke import choose_strokes
from .style.painting import Painting


def stylize_image(job: ImageJob, watcher: Watcher) -> dict[str, Any]:
    """Do an image job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing is written before the whole picture is done.
    """
    started = time.monotonic()
    announce(watcher, "Reading the files")
    check_output(job.output, {"style": job.style, "content": job.content})
    device = devices.resolve(job.device)
    style, record = load_style(job.style)
    content = load_picture(job.content, "content")
    rgb = resized(content.rgb, job.size) if job.size else content.rgb
    announce(watcher, "Looking at the painting")
    encoder = load_encoder(device, devices.fast_dtype(device))
    painting = Painting(style.rgb, encoder, style.alpha)
    long_side = max(rgb.shape[-2:])
    wavelength = dominant_wavelength(style.rgb, style.alpha)
    strokes = choose_strokes(job.stroke, wavelength, painting.long_side, long_side, long_side, 1.0)
    own_colors = resized(rgb, min(long_side, 256)).reshape(3, -1).T
    matrix, offset = monge_kantorovich(own_colors, painting.colors().cpu())
    matched = (rgb.permute(0, 2, 3, 1) @ matrix + offset).clamp(0, 1).permute(0, 3, 1, 2)
    canvas = ImageCanvas(matched, strokes.span, device)
    finest = round(max(16, min(strokes.span, painting.long_side * MAGNIFY)))
    picture = paint(
        canvas,
        painting,
        encoder,
        schedule(COARSEST, finest, EFFORTS[job.quality]),
        Settings(job.strength, job.seed),
        watcher,
        Previewer(job.preview, lambda picture: picture),
    )
    announce(watcher, "Writing the picture", 1.0)
    picture = resized_to(picture, rgb.shape[-2:])
    alpha = None if content.alpha is None else resized_to(content.alpha, rgb.shape[-2:])
    save_picture(job.output, picture.cpu(), alpha)
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
