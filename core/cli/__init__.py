"""The ``nst`` command: the engine's jobs from the shell.

One file for each group of commands; ``app`` puts them together. Torch is imported only
when a command needs it, so that ``nst --help`` answers at once.
"""

from .app import main

__all__ = ["main"]
