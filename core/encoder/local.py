"""Networks from files: safetensors, or PyTorch's own format read without running what it holds."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..files import file_digest
from ..protocol import JobError, Remedy
from .convention import Convention
from .layout import Weights, recognize
from .weights import embedded_weights, unpack

# Oxford's networks as J. Johnson converted them, named by SHA-256: vgg19-d01eb7cb.pth, vgg16-00b39a1b.pth.
_CAFFE_DIGESTS = ("d01eb7cb", "00b39a1b")


def local_weights(place: str) -> tuple[Weights, Convention, str]:
    """Read a network from a path, which may begin with "caffe:" or "torchvision:" to say its convention.

    Unsaid, it is Caffe's if the convolutions are named "conv1_1". If they are named "features.0" it is
    torchvision's, unless this is a known conversion (by SHA-256 or name), the file's name says "caffe", or
    the first convolution is that of the embedded network. Returns weights, convention, and a word that
    identifies both. Raises JobError: "weights_missing", "weights_broken".
    """
    said = next((c for c in Convention if place.startswith(f"{c.value}:")), None)
    path = Path(place.removeprefix(f"{said.value}:") if said else place).expanduser()
    digest = sha256_of(path)
    weights = read_weights(path)
    guess = _guess(path, digest, weights)
    unusual = f"-{said.value}" if said and said is not guess else ""
    return weights, said or guess, f"file:{digest[:8]}{unusual}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises JobError ("weights_missing") where it cannot be read."""
    try:
        return file_digest(path)
    except OSError as error:
        raise JobError(
            "weights_missing",
            f"The network's weights {path} cannot be read: {error.strerror or error}. "
            "Choose embedded, vgg19, vgg16, or the path of a file of weights.",
            Remedy.CHANGE_SETTING,
        ) from error


def read_weights(path: Path) -> Weights:
    """Read VGG weights, whatever their names. Raises JobError ("weights_broken")."""
    tensors = _load(path)
    try:
        return recognize(tensors)
    except ValueError as error:
        raise _broken(path, str(error)) from error


def _load(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            tensors = load_file(path)
        else:
            table = torch.load(path, map_location="cpu", weights_only=True)
            tensors = {str(key): value.detach() for key, value in table.items() if isinstance(value, Tensor)}
        return unpack(tensors) if "conv1_1.codebook" in tensors else tensors
    except pickle.UnpicklingError as error:
        why = "it is damaged, or holds more than weights, and that is not opened: it could run a program"
        raise _broken(path, why) from error
    except Exception as error:  # on damaged files the readers raise a dozen kinds, AssertionError among them
        raise _broken(path, "it is damaged, only half downloaded, or no file of weights") from error


def _guess(path: Path, digest: str, weights: Weights) -> Convention:
    """The convention of a file that does not say it."""
    named = any(word in path.name.lower() for word in ("caffe", *_CAFFE_DIGESTS))
    if not weights.numbered or named or digest.startswith(_CAFFE_DIGESTS):
        return Convention.CAFFE
    oxford = embedded_weights()["conv1_1.weight"]
    difference = (weights.convolutions["relu1_1"][0].float() - oxford).norm()
    return Convention.CAFFE if difference < 0.05 * oxford.norm() else Convention.TORCHVISION


def _broken(path: Path, why: str) -> JobError:
    return JobError(
        "weights_broken",
        f"The network's weights {path} cannot be used: {why}. Choose another file, or the embedded network.",
        Remedy.CHANGE_SETTING,
    )
