"""Cutting the ball out of a sphere's picture: from the scene's list to a job, and from its result back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import BallJob, JobError, Remedy
from .compat import session_uid
from .host.files import unwritable
from .host.images import image_file, load_result
from .host.sphere_wearing import exchange_picture
from .record import said
from .runs import Run, Written
from .session import get_session
from .sphere_ball import ball_of
from .spheres import need_image

_FRAMED_ALIKE = ("guides", "height", "roughness")


@dataclass(frozen=True)
class CutOutTarget:
    """Where a ball goes that was cut out: a sphere's picture. No references: they do not outlive an undo.

    sphere: its name, picture_uid: ``session_uid`` of its picture.
    """

    scene_uid: int
    sphere: str
    picture_uid: int
    action: str = "Cut Out the Ball of"

    def write_back(self, run: Run) -> Written:
        """Make the ball the sphere's picture; what wears the one before wears it as well.

        The one before stays in the file. Where the sphere has gone or has another picture by now, the new
        image is only kept, as a note says. Raises JobError ("result_unreadable"); then nothing has changed.
        """
        assert isinstance(run.job, BallJob)
        info = run.status.info
        image = load_result(Path(run.job.output), f"{self.sphere} Ball")
        sphere = self._sphere()
        if sphere is None:
            image.use_fake_user = True
            note = f"The sphere '{self.sphere}' is not as it was, so '{image.name}' is only kept as an image."
            return Written((), (image.name,), (), (*said(run), note), done="The ball is cut out.")
        before, circle = sphere.picture, tuple(map(float, info["ball"]))
        if before.library is None:
            before.use_fake_user = True
        sphere.picture, sphere.circle = image, circle
        exchange_picture(before, image, circle)
        get_session().sphere.exchange(before.name, image.name, circle)
        x, y, radius = info["circle"]
        done = (
            f"'{image.name}' is the ball of '{before.name}', cut out at {x:.0f}, {y:.0f} with a radius of "
            f"{radius:.0f} pixels."
        )
        return Written((), (image.name,), (), said(run), done=done)

    def _sphere(self) -> Any:
        """The sphere, if its ball can still be cut out; None if not."""
        scene = next((each for each in bpy.data.scenes if session_uid(each) == self.scene_uid), None)
        for sphere in scene.nst_sphere.spheres if scene is not None else ():
            same = sphere.picture is not None and session_uid(sphere.picture) == self.picture_uid
            if same and sphere.name == self.sphere and not _framed(sphere):
                return sphere
        return None


def check_cutting(sphere: Any) -> None:
    """Raise JobError ("image_missing", "sphere_framed") for what keeps a ball from being cut out."""
    need_image(sphere, "picture")
    what = _framed(sphere)
    if what == "guides":
        raise JobError("sphere_framed", f"'{sphere.name}' is a ball alone already: it was rendered as one.")
    if what:
        raise JobError(
            "sphere_framed",
            f"The {what} of '{sphere.name}' is framed as its picture is now, and would not fit the ball "
            "alone. Take it away first, under Advanced.",
            Remedy.CHANGE_SETTING,
        )


def prepare(scene: Any, folder: Path, size: int = 0) -> tuple[BallJob, CutOutTarget]:
    """Write the picture of a scene's active sphere into ``folder``; the job and where its result goes.

    size: as of ``BallJob``. Raises JobError for anything that the artist has to change first.
    """
    sphere = scene.nst_sphere.active_sphere
    check_cutting(sphere)
    stem = bpy.path.clean_name(Path(sphere.picture.name).stem) or "photo"
    try:
        picture = image_file(sphere.picture, folder, stem, "sphere's picture")
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    suffix = ".exr" if picture.suffix == ".exr" else ".png"
    job = BallJob(str(picture), str(folder / f"{stem}_ball{suffix}"), size, ball_of(sphere))
    return job, CutOutTarget(session_uid(scene), sphere.name, session_uid(sphere.picture))


def _framed(sphere: Any) -> str:
    """What else of a sphere is framed as its picture is; empty for nothing."""
    return next((name for name in _FRAMED_ALIKE if getattr(sphere, name)), "")
