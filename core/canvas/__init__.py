"""Canvases: what is painted, and the small pictures through which a network sees it."""

from .base import Canvas, Look, Palette, Stage

__all__ = ["Canvas", "Look", "Palette", "Stage"]
