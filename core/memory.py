"""The process's memory: keeping it while a job runs, giving it back after, telling when it ran out."""

from __future__ import annotations

import ctypes
import gc
import sys

# What torch says in a plain RuntimeError where an allocation on the CPU or on Apple's GPU fails, and what the
# system says, in the words of its loader, where a library does not fit.
_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "cannot allocate memory",
    "failed to map segment",
)
# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4


def keep_freed_memory() -> None:
    """Have the C library keep large freed blocks for the next allocation.

    A step allocates and frees some gigabytes of features. Handed back each time, the system clears
    every page anew: 46 of 290 seconds of processor time in a 1024 px draft, against 5 when they are
    kept (glibc 2.36, 2 cores). Does nothing where the C library is not glibc.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def return_freed_memory() -> None:
    """Undo ``keep_freed_memory``: slower, but kept blocks lie in pieces, so that a process needs more."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_MAX, 65536)
        library.mallopt(_MMAP_THRESHOLD, 2**22)
        library.mallopt(_TRIM_THRESHOLD, 2**27)
        library.malloc_trim(0)


def release_memory() -> None:
    """Give back what a job leaves behind: Python's cycles, torch's cache on the device, freed blocks."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None:
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the CPU or on a device."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    known = isinstance(error, (RuntimeError, ImportError, OSError))
    return known and any(text in str(error).lower() for text in _OUT_OF_MEMORY)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
