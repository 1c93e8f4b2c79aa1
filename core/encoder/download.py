"""Networks of torchvision, downloaded once into PyTorch's own cache."""

from __future__ import annotations

import logging
from http.client import HTTPException
from pathlib import Path

import torch

from ..protocol import JobError, Remedy
from .local import sha256_of

log = logging.getLogger(__name__)

# torchvision's weights IMAGENET1K_V1, named by the start of their SHA-256. Kept here, because not every
# PyTorch has a torchvision that it can load.
URLS = {
    "vgg19": "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
    "vgg16": "https://download.pytorch.org/models/vgg16-397923af.pth",
}
_ELSE = "Use the embedded network, or download {url} elsewhere and give the path of that file."


def fetch(url: str, otherwise: str = _ELSE) -> Path:
    """The file of a URL that ends in "-<start of its SHA-256>.<suffix>", downloaded unless in the cache.

    The cache is PyTorch's ($TORCH_HOME/hub/checkpoints). What lies there is checked every time, and what
    does not fit is downloaded again. otherwise: what an artist does without a network, {url} being this one.
    Raises JobError ("weights_missing").
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    digest = path.stem.rpartition("-")[2]
    if path.is_file() and sha256_of(path).startswith(digest):
        return path
    log.info("downloading %s to %s", url, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), digest, progress=False)
    except (OSError, HTTPException, RuntimeError) as error:
        state = "is damaged" if path.is_file() else "is missing"
        raise JobError(
            "weights_missing",
            f"The network's file {path} {state} and cannot be downloaded ({error}). "
            + otherwise.format(url=url),
            Remedy.CHANGE_SETTING,
        ) from error
    return path
