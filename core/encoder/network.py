"""Which network to encode with, and its way onto a device."""

from __future__ import annotations

import torch

from .convention import Convention, take_rgb
from .download import URLS, fetch
from .layout import Weights, recognize
from .local import local_weights, read_weights
from .vgg import Encoder, precise
from .weights import EMBEDDED_SHA256, embedded_weights

# Files that are the same network as one with a word of its own, by the start of their SHA-256.
_SAME = {
    f"file:{EMBEDDED_SHA256[:8]}": "embedded",
    **{f"file:{url[-12:-4]}": "torchvision" for url in URLS.values()},
}


def load_encoder(
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    network: str = "embedded",
    pooling: str = "max",
) -> Encoder:
    """A frozen VGG on a device.

    network: "embedded", the VGG-19 of Oxford up to relu5_1; "vgg19" or "vgg16", torchvision's, downloaded on
    first use; or the path of a file, see ``local_weights``. pooling: "max" or "average". Raises
    JobError: "weights_missing", "weights_broken"; ValueError for an unknown pooling.
    """
    weights, convention, origin = _weights(network)
    convolutions = {}
    for name, (weight, bias) in weights.convolutions.items():
        first = name == "relu1_1"
        # The first layer stays precise: bfloat16 would cut the picture itself to 8 bits.
        kept = precise(dtype) if first else dtype
        if first:
            weight, bias = take_rgb(convention, weight.float(), bias.float())
        convolutions[name] = (
            weight.to(device, kept).contiguous(memory_format=torch.channels_last),
            bias.to(device, kept),
        )
    return Encoder(convolutions, torch.device(device), dtype, f"{weights.network}-{origin}", pooling)


def _weights(network: str) -> tuple[Weights, Convention, str]:
    if network == "embedded":
        return recognize(embedded_weights()), Convention.CAFFE, "embedded"
    if network in URLS:
        return read_weights(fetch(URLS[network])), Convention.TORCHVISION, "torchvision"
    weights, convention, origin = local_weights(network)
    return weights, convention, _SAME.get(origin, origin)
