"""Numbers and ranges that masks name after their colon: "index:3", "mist:0.2-0.8", "depth:5-12"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf

from .errors import JobError, Remedy

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"


def number_of(kind: str, name: str) -> int:
    """An object's or a material's pass index. Raises JobError ("bad_job")."""
    if not name.isdecimal():
        raise _bad(kind, name, f"after {kind}: stands a number, as in {kind}:2")
    return int(name)


def ramp_of(kind: str, name: str) -> tuple[float, float]:
    """Where a mask begins and where it is whole, both in [0, 1]: "0.2-0.8"; "0-1" if empty.

    Raises JobError ("bad_job").
    """
    found = re.fullmatch(f"{_NUMBER}-{_NUMBER}", name or "0-1")
    start, end = map(float, found.groups()) if found else (0.0, 0.0)
    if start == end or max(start, end) > 1:
        raise _bad(kind, name, f"after {kind}: stands nothing, or from where to where, as in {kind}:0.2-0.8")
    return start, end


def distances_of(kind: str, name: str) -> tuple[float, float]:
    """The nearest and the farthest distance: "5-12", "5-" (up to infinity) or "-12" (from 0).

    Raises JobError ("bad_job").
    """
    found = re.fullmatch(f"{_NUMBER}?-{_NUMBER}?", name)
    near, far = found.groups() if found else (None, None)
    least, most = float(near or 0), float(far or inf)
    if (near is None and far is None) or least >= most:
        many = f"{kind}:5-12, {kind}:5- (and beyond) or {kind}:-12 (and nearer)"
        raise _bad(kind, name, f"after {kind}: stand distances, as in {many}")
    return least, most


_CHECKS: Mapping[str, Callable[[str, str], object]] = {
    "index": number_of,
    "material_index": number_of,
    "mist": ramp_of,
    "depth": distances_of,
}


def check_span(kind: str, name: str) -> None:
    """Raise JobError ("bad_job") for a number or range that a kind of mask cannot mean."""
    if kind in _CHECKS:
        _CHECKS[kind](kind, name)


def _bad(kind: str, name: str, what: str) -> JobError:
    return JobError("bad_job", f"mask is '{kind}:{name}'; {what}.", Remedy.CHANGE_SETTING)
