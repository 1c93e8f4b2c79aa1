"""The embedded VGG-19 weights: read, checked, unpacked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load

from ..protocol import JobError, Remedy

EMBEDDED = Path(__file__).parent / "weights" / "vgg19_conv5_1_q8.safetensors"
EMBEDDED_SHA256 = "df07b2ee714ef67fb1a3281e446ca4b6147c21fc9c42dbeb5682372c76206329"


def embedded_weights() -> dict[str, torch.Tensor]:
    """Weights "convB_K.weight" (out, in, 3, 3) and "convB_K.bias" (out,), float32.

    They are in Caffe's convention: input BGR, 0-255, minus the mean of ImageNet.
    Raises JobError ("weights_broken") when the file is missing or not the one we ship.
    """
    try:
        data = EMBEDDED.read_bytes()
    except OSError as error:
        raise _broken(f"cannot be read ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != EMBEDDED_SHA256:
        raise _broken("is damaged")
    return unpack(load(data))


def unpack(packed: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Read weights out of codebooks: "convB_K.index" and "convB_K.codebook" become "convB_K.weight"."""
    weights = {name: value for name, value in packed.items() if name.endswith(".bias")}
    for name, index in packed.items():
        if name.endswith(".index"):
            layer = name.removesuffix(".index")
            weights[f"{layer}.weight"] = packed[f"{layer}.codebook"][index.long()]
    return weights


def _broken(what: str) -> JobError:
    return JobError(
        "weights_broken",
        f"The network's weights file {EMBEDDED.name} {what}. Install the extension again.",
        Remedy.SETUP_ENGINE,
    )
