"""What the right eye's frames are painted with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from ..encoder import Encoder
from ..motion.animate import Patch
from ..motion.estimate import OpenEstimator
from ..picture import ReadyPicture
from ..protocol import AnimationJob, JobError
from ..render.shot import Shot
from ..render.studio import See, Studio
from .disparity import Line
from .eyes import Eye, eyes_of
from .geometry import line_of
from .layout import Side
from .view import RightView, right_view


class RightStudio(Studio):
    """Paints what the right eye alone sees as the left eye's studio would, and takes the rest from that one.

    left: that studio. painted: the left eye's frames (1, 3, H, W), as they were painted first, by their
    numbers. The rest is as in ``Studio``.
    """

    def __init__(
        self,
        job: AnimationJob,
        shot: Shot,
        left: Studio,
        painted: Callable[[int], Tensor],
        open_estimator: OpenEstimator,
        see: See,
    ) -> None:
        super().__init__(job, shot, left.watcher, open_estimator, Side(job.stereo.layout, right=True), see)
        self._left, self._of_left = left, painted
        self.view = lru_cache(maxsize=2)(self._seen)

    @cached_property
    def first(self) -> ReadyPicture:
        """The left eye's first frame, which decides strokes and colours of both."""
        return self._left.first

    @cached_property
    def encoder(self) -> Encoder:
        """The left eye's."""
        return self._left.encoder

    def paint(self, number: int, patch: Patch | None) -> Tensor:
        """As ``core.motion.animate.Paint``: what the left eye sees as it is there."""
        seen, there = self.view(number).seen, self.of_left(number, self._of_left(number))
        if patch is None:
            return self.mended(number, there, ~seen)
        there = torch.where(patch.missing & seen, there, patch.paint)
        return self.mended(number, there, patch.missing & ~seen, patch.anew.float())

    def redraw(self, number: int, there: Tensor, own: Tensor, which: int) -> Tensor:
        """As ``core.motion.boil.Redraw``: of what the right eye alone sees."""
        own = own & ~self.view(number).seen
        return super().redraw(number, there, own, which) if bool(own.any()) else there

    def of_left(self, number: int, painted: Tensor, own: Tensor | None = None) -> Tensor:
        """What the right eye sees of a frame that was painted for the left one (1, 3, H, W).

        own: of the right eye, what it shows where the left one sees nothing.
        """
        view = self.view(number)
        there = view.of(painted).clamp(0, 1)
        return there if own is None else torch.where(view.seen, there, own)

    def _seen(self, number: int) -> RightView:
        job, eyes = self.of_frame(number), self._eyes(number)
        try:
            return right_view(job, *eyes)
        except JobError as error:
            if error.code != "no_stereo" or number == self._shot.numbers[0]:
                raise
        # A frame that shows nothing, as before a fade from black.
        return right_view(job, *eyes, self._first_line)

    @cached_property
    def _first_line(self) -> Line:
        number = self._shot.numbers[0]
        return line_of(self.of_frame(number), *self._eyes(number))

    def _eyes(self, number: int) -> tuple[Eye, Eye]:
        return eyes_of(self.of_frame(number), self._left.render(number), self.render(number))
