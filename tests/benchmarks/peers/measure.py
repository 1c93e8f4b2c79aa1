"""Measures what all peers painted with the one reference: ``python -m peers.measure FOLDER PADDING THREADS``.

Also tells how far each minimised the reference's function: by the gradients that it saw at some of its
pictures. Where those are the reference's times one number, the two are the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .pictures import image
from .reference import Reference


def measured(folder: Path, reference: Reference) -> dict[str, Any]:
    """A peer's result with the losses of its pictures, and its likeness to the reference."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    gradients: list[tuple[Tensor, Tensor]] = []
    for moment in result["moments"]:
        saved = torch.load(folder / f"{moment['evaluation']}.pt")
        with torch.no_grad():
            loss = reference(saved["picture"])
        moment.update(total=float(loss.total), content=float(loss.content), style=float(loss.style))
        if "gradient" in saved and saved["gradient"].isfinite().all():
            gradients.append((saved["gradient"].double(), reference.gradient(saved["picture"]).double()))
    result.update(likeness(gradients))
    return result


def likeness(gradients: list[tuple[Tensor, Tensor]]) -> dict[str, float | None]:
    """cosine: the least between a peer's gradients and the reference's; 1 for the same direction.

    factor: the peer's over the reference's. spread: of that factor over pictures; 0 for the same function.
    """
    if not gradients:
        return {"cosine": None, "factor": None, "spread": None}
    cosines = [float((a * b).sum() / (a.norm() * b.norm())) for a, b in gradients]
    factors = [float((a * b).sum() / (b * b).sum()) for a, b in gradients]
    spread = (max(factors) - min(factors)) / (sum(factors) / len(factors))
    return {"cosine": min(cosines), "factor": factors[0], "spread": spread}


def main() -> None:
    folder, padding = Path(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(int(sys.argv[3]))
    inputs = folder / "inputs"
    content, style = image(inputs / "content.png"), image(inputs / "style.png")
    reference = Reference(inputs / "caffe.pt", content, style, padding)
    done = [path.parent for path in sorted(folder.glob("*/result.json"))]
    found = {one.name: measured(one, reference) for one in done}
    (folder / "measured.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
