"""What this package is called and where it lies. Both depend on how it was installed."""

from __future__ import annotations

from pathlib import Path

EXTENSION = (__package__ or "nst.blender_nst").rpartition(".")[0]
"""The extension's own package, "bl_ext.user_default.neural_style_transfer" or "nst"."""

ROOT = Path(__file__).resolve().parent.parent
"""The folder in which ``core`` is importable: the engine's working directory."""
