"""What the add-on and the engine say to each other.

Standard library only: this is the one part of ``core`` that ``blender_nst``
imports. ``jobs`` holds the work that can be asked for, ``messages`` the lines on
the wire, ``errors`` the failures that a person can act upon.
"""

from .controls import (
    COLORS,
    MASK_ATTRIBUTE,
    MASK_KINDS,
    MESH_MASK,
    NETWORKS,
    POOLINGS,
    STYLE_LOSSES,
    Controls,
    Mask,
)
from .errors import JobCancelled, JobError, Remedy
from .jobs import (
    DIRECTIONS,
    QUALITIES,
    STARTS,
    TILES,
    ImageJob,
    Job,
    SynthesisJob,
    TextureJob,
    job_from_dict,
    job_to_dict,
    load_job,
    save_job,
)
from .messages import (
    PROTOCOL_VERSION,
    Cancel,
    Device,
    Failure,
    Finish,
    Hello,
    Message,
    Progress,
    Result,
    Shutdown,
    Submit,
    decode,
    encode,
)
from .sheets import PART, UDIM, Sheet, same_place

__all__ = [
    "COLORS",
    "DIRECTIONS",
    "MASK_ATTRIBUTE",
    "MASK_KINDS",
    "MESH_MASK",
    "NETWORKS",
    "POOLINGS",
    "STARTS",
    "STYLE_LOSSES",
    "TILES",
    "UDIM",
    "Controls",
    "Mask",
    "PART",
    "PROTOCOL_VERSION",
    "QUALITIES",
    "Cancel",
    "Device",
    "Failure",
    "Finish",
    "Hello",
    "ImageJob",
    "Job",
    "JobCancelled",
    "JobError",
    "Message",
    "Progress",
    "Remedy",
    "Result",
    "Sheet",
    "Shutdown",
    "Submit",
    "SynthesisJob",
    "TextureJob",
    "decode",
    "encode",
    "job_from_dict",
    "job_to_dict",
    "load_job",
    "same_place",
    "save_job",
]
