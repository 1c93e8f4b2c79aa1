"""What Blender renders by itself, taken frame by frame as it comes. No session in here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import JobError, Stereo
from ..core.protocol.numbered import frame_path
from .compat import session_uid
from .host.render_result import result_slot, save_result
from .storage import discard, new_job_folder

ONE_EYE = Stereo()
_FRAME = 1048573  # hardly in a name by chance


class Taking:
    """One render of a scene, from its beginning to its end. problem: why it cannot be stylized.

    stereo: of the eyes that are rendered. numbers: of the frames that Blender has written and that are taken.
    outputs, movie: as of ``outputs_beside``, once there is such a frame.
    """

    def __init__(self, scene: Any, problem: JobError | None = None, stereo: Stereo = ONE_EYE) -> None:
        self._scene = session_uid(scene)
        self._slot = result_slot()
        self._folder: Path | None = None
        self.outputs = self.movie = ""
        self.numbers: list[int] = []
        self.has_picture = False
        self.problem = problem
        self.stereo = stereo

    def is_of(self, scene: Any) -> bool:
        """Whether it is a scene that is rendered; there may be others within, as strips."""
        return session_uid(scene) == self._scene

    @property
    def scene(self) -> Any:
        """The scene; None if it is gone."""
        return next((scene for scene in bpy.data.scenes if session_uid(scene) == self._scene), None)

    @property
    def folder(self) -> Path:
        """For the renders and the job, made when it is needed. Raises JobError ("no_permission")."""
        if self._folder is None:
            self._folder = new_job_folder()
        return self._folder

    @property
    def renders(self) -> str:
        """The files of the frames, # standing for digits; of two eyes as of ``files_of``."""
        return str(self.folder / "render_####.exr")

    def take(self, scene: Any, number: int) -> None:
        """Keep the last render as a frame. Raises JobError as ``save_result`` and ``folder``."""
        save_result(scene, frame_path(self.renders, number), self._slot, self.stereo.layout)

    def take_written(self, scene: Any) -> None:
        """Keep the frame that Blender has just written. Raises JobError as ``take``."""
        number = scene.frame_current
        self.take(scene, number)
        if not self.numbers:
            self.outputs, self.movie = outputs_beside(scene.render)
        self.numbers.append(number)

    def refuse(self, problem: JobError) -> None:
        """Take nothing more, and forget what was taken."""
        self.problem = problem
        self.close()

    def close(self) -> None:
        """Drop what was taken."""
        if self._folder is not None:
            discard(self._folder)
            self._folder = None


def outputs_beside(render: Any) -> tuple[str, str]:
    """Where stylized frames go, # standing for digits, and a movie of them, which is empty for pictures.

    They are beside what Blender writes, with "_stylized" in their names: EXR files where it writes such ones,
    or else PNG. render: a scene's settings.
    """
    first, other = (Path(os.path.abspath(render.frame_path(frame=number))) for number in (0, _FRAME))
    if render.is_movie_format:
        pattern, movie = f"{first.stem}_####", str(first.with_name(f"{first.stem}_stylized{first.suffix}"))
    else:
        digits = len(first.name) - len(other.name) + len(str(_FRAME))
        name = other.name.replace(str(_FRAME), "#" * digits)
        suffix = Path(name).suffix
        pattern, movie = name if "#" in suffix else Path(name).stem, ""
    kind = ".exr" if first.suffix.lower() == ".exr" else ".png"
    return str(first.with_name(f"{pattern}_stylized{kind}")), movie
