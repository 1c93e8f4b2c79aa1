"""Where a sphere's ball is in its picture, also once that has another size or is another picture."""

from __future__ import annotations

from typing import Any

from .host.sphere_images import GREY, ball_in, note_known, pixels_of


def ball_of(sphere: Any) -> tuple[float, ...]:
    """The ball of an ``NST_PG_Sphere`` in pixels of its picture: as its ``circle``; empty to look for it.

    In a picture of another size than the one that the circle was said of, it is as much larger; in one of
    another shape it is to be looked for.
    """
    circle, before = tuple(sphere.circle), tuple(sphere.framed)
    now = tuple(sphere.picture.size) if sphere.picture is not None else before
    if circle[2] <= 0 or 0 in now:
        return ()
    if 0 in before or now == before:
        return circle
    larger = now[0] / before[0]
    if abs(now[1] - larger * before[1]) > 1:
        return ()
    return tuple(larger * number for number in circle)


def look_for_ball(image: Any) -> tuple[tuple[float, float, float], str]:
    """The ball as of ``ball_in``, and what the artist should know of it. Raises JobError ("image_missing").

    Unlike the engine, Blender does not look for its outline in the colours of a photograph.
    """
    ball, note = ball_in(image), ""
    if min(pixels_of(image)[3::4]) > GREY:
        note = (
            f"'{image.name}' is painted all over, so its ball is taken to fill it. If it does not, Cut Out "
            "the Ball, or say where it is, at Ball under Advanced."
        )
    return ball, note


def fit_ball(sphere: Any) -> None:
    """Say where the ball is in pixels of the picture as it is now; one without pixels changes nothing."""
    if sphere.picture is None or 0 in sphere.picture.size:
        return
    ball = ball_of(sphere) or (0.0, 0.0, 0.0)
    if ball != tuple(sphere.circle):
        sphere.circle = ball


def picture_chosen(sphere: Any, _context: Any) -> None:
    """Another picture: ``update`` of the property. It can be reloaded from now on."""
    if sphere.picture is not None:
        note_known(sphere.picture)
    fit_ball(sphere)


def circle_said(sphere: Any, _context: Any) -> None:
    """The ball is somewhere else: ``update`` of the property."""
    sphere.framed = tuple(sphere.picture.size) if sphere.picture is not None else (0, 0)
