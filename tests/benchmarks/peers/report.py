"""Says in tables what was measured. Standard library only."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .candidates import OTHERS, find

HEAD = ("peer", "optimiser", "eval.", "seconds", "s/eval.")
HEAD_RESULT = ("loss", "content", "style", "peak MiB", "own MiB", "loading MiB")
HEAD_OBJECTIVE = ("cosine", "spread", "objective")
SAME = (0.999, 0.01)  # least cosine and largest spread for an objective that is the reference's
Result = dict[str, Any]


def best(result: Result) -> dict[str, Any]:
    """The moment with the least loss; some optimisers lose their way, and end in infinities."""
    moments: list[dict[str, Any]] = result["moments"]
    return min(moments, key=lambda moment: moment["total"] if math.isfinite(moment["total"]) else math.inf)


def own(result: Result) -> int:
    """Bytes of the peak beyond those of torch alone."""
    return int(result["peak"] - result["before"])


def rows(results: dict[str, Result]) -> list[list[str]]:
    """The table, best first."""
    found = []
    for name, result in sorted(results.items(), key=lambda item: best(item[1])["total"]):
        last, least = result["moments"][-1], best(result)
        cosine, spread = result["cosine"], result["spread"]
        lost = "" if math.isfinite(last["total"]) else ", diverged"
        same = cosine is not None and cosine >= SAME[0] and spread <= SAME[1]
        found.append(
            [
                name,
                find(name).optimizer,
                f"{last['evaluation']}",
                f"{last['seconds']:.1f}",
                f"{last['seconds'] / last['evaluation']:.3f}",
                *(f"{least[part]:.4g}" for part in ("total", "content", "style")),
                f"{result['peak'] / 2**20:.0f}",
                f"{own(result) / 2**20:.0f}",
                f"{result['peak_loading'] / 2**20:.0f}",
                "-" if cosine is None else f"{cosine:.5f}",
                "-" if spread is None else f"{100 * spread:.2f} %",
                ("same" if same else "differs") + lost,
            ]
        )
    return found


def target(results: dict[str, Result]) -> str:
    """Where we stand against the best of the others."""
    others = {name: result for name, result in results.items() if name != "ours"}
    if "ours" not in results or not others:
        return "There is nothing to compare with."
    ours = results["ours"]
    name = min(others, key=lambda one: float(best(others[one])["total"]))
    goal, peer = best(others[name]), others[name]
    text = (
        f"The loss that the best peer ({name}) reaches within {peer['evaluations']} evaluations, "
        f"{goal['total']:.4g} at evaluation {goal['evaluation']} after {goal['seconds']:.1f} s: "
    )
    reached = next((moment for moment in ours["moments"] if moment["total"] <= goal["total"]), None)
    memory = (
        f"{100 * ours['peak'] / peer['peak']:.0f} % of its peak memory "
        f"({100 * own(ours) / max(own(peer), 1):.0f} % of what it takes beyond torch alone)"
    )
    if reached is None:
        return f"{text}ours did not reach it ({best(ours)['total']:.4g} at best), with {memory}."
    share = 100 * reached["seconds"] / goal["seconds"]
    return (
        f"{text}ours reached it after {reached['seconds']:.1f} s = {share:.0f} % of its wall-clock, "
        f"{reached['evaluation']} evaluations, with {memory}."
    )


def text_table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Columns side by side."""
    whole = [head, *lines]
    widths = [max(len(line[i]) for line in whole) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in whole)


def markdown_table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """The same for a page."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *lines])


def write(folder: Path, results: dict[str, Result], absent: dict[str, str], title: str) -> str:
    """Writes peers.csv and peers.md, and returns what to say."""
    head, lines = (*HEAD, *HEAD_RESULT, *HEAD_OBJECTIVE), rows(results)
    with (folder / "peers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["peer", "evaluation", "seconds", "total", "content", "style", "own_loss"])
        for name, result in results.items():
            for moment in result["moments"]:
                keys = ("evaluation", "seconds", "total", "content", "style", "own_loss")
                writer.writerow([name, *(moment[key] for key in keys)])
    notes = [[name, find(name).package or "-", find(name).note] for name in results]
    out = [[name, why] for name, why in {**absent, **OTHERS}.items()]
    page = [
        f"# {title}",
        markdown_table(head, lines),
        target(results),
        "Loss, content and style are the reference's at the best of the pictures kept. The peak is of "
        "painting, own is what it is beyond torch alone, and loading is the peak before. Cosine and spread "
        "compare a peer's gradients with those of the reference at the same pictures: 1 and 0 % where both "
        "have the same objective.",
        "![curves](peers.png)",
        "## Who took part",
        markdown_table(("peer", "package", "note"), notes),
        "## Who did not",
        markdown_table(("package", "why"), out),
    ]
    (folder / "peers.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")
    missing = [f"{name}: {why}" for name, why in absent.items()]
    return "\n".join([title, "", text_table(head, lines), "", target(results), *missing])
