"""Stylized animations beside frames that were stylized one by one: how much they flicker, and what they cost.

    python3 dev.py bench animation -- --frames 33 --quality draft --out out/animation

Shots are rendered by Blender (animations/make.py). "steady" is ``nst animation``, "alone" is ``nst render`` of
each frame. The numbers are those of ``nst metrics warp``; "drift" is the style distance of the last frame over
that of the first, in relu3_1 and relu4_1 of the painting's own network; "new" is how much a frame costs over
the first one. Frames are kept and gone on from. Writes animation.md and a contact sheet of each shot.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nst.core.cli.motion_metrics import measure_warp
from nst.core.encoder import load_encoder
from nst.core.images import load_picture, save_picture
from nst.core.motion.numbered import frame_path
from nst.core.protocol import QUALITIES, AnimationJob, RenderJob
from nst.core.resize import resized
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.style.moments import feature_moments, w2

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHOTS = ("walk", "dancer", "parade")
LAYERS = ("relu3_1", "relu4_1")
SHOWN = 5  # frames of a contact sheet
HEAD = ("shot", "way", "lag 1", "lag 8", "lag 32", "drift", "seconds", "a frame more")
