"""Operator that cuts the ball out of a sphere's picture, and how others offer it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import BallJob, Remedy
from ..notice import Notice
from ..readiness import engine_python, sphere_cut_out_problem
from ..runs import Run
from ..session import get_session
from ..sphere_cutout import prepare
from .running import StartsJob, prepared


class NST_OT_sphere_cut_out(StartsJob, bpy.types.Operator):
    """Find the ball in the sphere's picture, a photo or a scan, and make it a picture of the ball alone"""

    bl_idname = "nst.sphere_cut_out"
    bl_label = "Cut Out the Ball"

    problem = staticmethod(sphere_cut_out_problem)

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run of the active sphere."""

        def make(folder: Path) -> Run:
            python = engine_python(context)
            job, target = prepare(context.scene, folder, self.size)
            return Run(target.sphere, job, folder, python, target)

        run = prepared(self, make)
        if run is not None:
            say_supposed(self, context, None, "")
        return run


def say_supposed(operator: Any, context: Any, image: Any, note: str) -> None:
    """Report what is only supposed of an image's ball, as of ``look_for_ball``, and offer to cut it out.

    An empty note takes back what was said before.
    """
    session, sphere = get_session(), context.scene.nst_sphere.active_sphere
    if note:
        own = sphere is not None and sphere.picture == image
        remedy = Remedy.CUT_OUT_BALL if own else Remedy.NONE
        operator.report({"WARNING"}, note)
        session.notice = Notice(note, remedy=remedy, notable=True, job=BallJob.kind)
    elif session.notice is not None and session.notice.remedy is Remedy.CUT_OUT_BALL:
        session.notice = None


CLASSES = (NST_OT_sphere_cut_out,)
