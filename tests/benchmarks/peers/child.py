"""Runs one peer alone in its process: ``python -m peers.child NAME TASK.json``.

An adapter module has ``CONVENTION``, how the peer holds its picture, and ``run(task, recorder)``, which lets
the peer paint as its authors wrote it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import torch

from .instrument import Finished, Recorder, Task, present


def warm_up(device: str) -> None:
    """Have torch load its libraries, so that they are neither timed nor counted as anybody's own."""
    x = torch.rand(1, 16, 32, 32, device=device, requires_grad=True)
    y = torch.nn.functional.conv2d(x, torch.rand(16, 16, 3, 3, device=device), padding=1).flatten(1)
    (y @ y.T).sum().backward()


def main() -> None:
    name, told = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")  # of packages that are older than what they run with
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    folder = Path(told.pop("into"))
    task = Task(**{**told, "folder": Path(told["folder"])})
    warm_up(task.device)
    before = present(task.device)
    adapter = importlib.import_module(f".{'ours' if name == 'ours' else f'run_{name}'}", __package__)
    recorder = Recorder(task, folder, adapter.CONVENTION, before)
    if name != "ours":  # whose optimiser moves something else than pixels; it counts by itself
        recorder.attach()
    with suppress(Finished):
        adapter.run(task, recorder)
    result = {**recorder.result(), "torch": torch.__version__}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
