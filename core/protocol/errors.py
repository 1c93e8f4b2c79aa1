"""Failures that a person can act upon."""

from __future__ import annotations

from enum import Enum


class Remedy(str, Enum):
    """What would help. The add-on offers each as a button, the shell prints its hint."""

    NONE = ""
    UNWRAP = "unwrap"
    CLEAN_MESH = "clean_mesh"
    CHOOSE_MESH = "choose_mesh"
    CHOOSE_IMAGE = "choose_image"
    CUT_OUT_BALL = "cut_out_ball"
    CHOOSE_FOLDER = "choose_folder"
    SMALLER_SIZE = "smaller_size"
    CHANGE_SETTING = "change_setting"
    CHOOSE_DEVICE = "choose_device"
    TURN_ON_PASSES = "turn_on_passes"
    SETUP_ENGINE = "setup_engine"
    RETRY = "retry"


class JobError(Exception):
    """A job that cannot be done, said so that an artist understands it.

    ``code`` is a stable identifier for machines ("mesh_no_uv"), ``message`` one or
    two sentences that say what is wrong and what to do, ``remedy`` the kind of help.
    """

    def __init__(self, code: str, message: str, remedy: Remedy = Remedy.NONE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class JobCancelled(Exception):
    """The job was asked to stop. Nothing has been written."""
