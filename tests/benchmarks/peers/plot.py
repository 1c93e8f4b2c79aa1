"""Draws what was measured: ``python -m peers.plot FOLDER``. Runs where matplotlib is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def main() -> None:
    folder = Path(sys.argv[1])
    results = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    figure, (by_count, by_time, memory) = pyplot.subplots(1, 3, figsize=(18, 5.5), layout="constrained")
    colors = {name: f"C{i}" for i, name in enumerate(results)}
    for name, result in results.items():
        loss = [moment["total"] for moment in result["moments"]]
        style = {"color": colors[name], "label": name, "linewidth": 3 if name == "ours" else 1.5}
        by_count.plot([moment["evaluation"] for moment in result["moments"]], loss, **style)
        by_time.plot([moment["seconds"] for moment in result["moments"]], loss, **style)
    for axes, label in ((by_count, "evaluations"), (by_time, "seconds since the first evaluation began")):
        axes.set(xscale="log", yscale="log", xlabel=label, ylabel="reference loss")
        axes.grid(True, which="both", alpha=0.3)
        axes.legend()
    names = sorted(results, key=lambda name: float(results[name]["peak"]))
    before = [results[name]["before"] / 2**20 for name in names]
    more = [(results[name]["peak"] - results[name]["before"]) / 2**20 for name in names]
    memory.barh(names, before, color="lightgrey", label="torch alone")
    memory.barh(names, more, left=before, color=[colors[name] for name in names])
    memory.set(xlabel="peak memory, MiB")
    memory.legend(loc="upper left")
    figure.savefig(folder / "peers.png", dpi=110)


if __name__ == "__main__":
    main()
