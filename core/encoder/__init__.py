"""Encoders: networks whose features carry content and style."""

from .network import load_encoder
from .vgg import LAYERS, Encoder

__all__ = ["LAYERS", "Encoder", "load_encoder"]
