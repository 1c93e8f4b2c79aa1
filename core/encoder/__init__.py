"""Encoders: networks whose features carry content and style."""

from .vgg import LAYERS, Encoder, load_encoder

__all__ = ["LAYERS", "Encoder", "load_encoder"]
