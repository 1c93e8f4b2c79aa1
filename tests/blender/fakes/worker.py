"""A worker that speaks the protocol and paints nothing: ``python worker.py MODE``.

Each step rewrites the preview and the live result, in another colour; one that is asked to finish ends with
the colour of its last step.

Modes: paint (three steps, then an orange picture), notes (the same, with something to say about
it), noisy (the same, with lines that are no messages), slow (paints until it is cancelled),
deaf (the same, but hears no cancel), dies (ends in the middle of the job), mute (ends before
it says hello), silent (the same, without a word to its log), newer (speaks another protocol),
fails (an error that an artist can act upon), broken (an error of the worker itself, before hello).
"""

from __future__ import annotations

import json
import os
import queue
import struct
import sys
import threading
import time
import zlib

ORANGE = (240, 120, 20)
TILES = ("1001", "1002")  # of every sheet that is made of tiles


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def color_of(step: int) -> tuple[int, int, int]:
    return (20, 10 * (step % 25), 200)


def picture(path: str, size: int, color: tuple[int, int, int] = ORANGE) -> None:
    """Write a square PNG of one colour in one step."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(color) * size) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    with open(path + ".part", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    os.replace(path + ".part", path)


def listen(incoming: queue.Queue[dict[str, object] | None]) -> None:
    for line in sys.stdin:
        incoming.put(json.loads(line))
    incoming.put(None)


def do(
    mode: str, identity: str, job: dict[str, object], incoming: queue.Queue[dict[str, object] | None]
) -> bool:
    """Do one job; False when the worker should end."""
    if mode == "fails":
        say(type="error", id=identity, code="mesh_nan", message="Not numbers.", remedy="clean_mesh")
        return True
    sheets = job.get("sheets") or [{"output": job["output"]}]
    size = int(str(job.get("size") or job.get("width") or 64))  # a render says nothing of its size
    assert isinstance(sheets, list)
    color, early = ORANGE, False
    steps = 3 if mode in ("paint", "noisy", "notes") else 10_000
    for step in range(steps):
        preview = str(job["preview"] or "")
        if preview:
            picture(preview, 16)
        live = str(job.get("live") or "")
        for number in range(len(sheets) if live else 0):
            path = live.replace(".png", f"_{number + 1}.png") if number else live
            picture(path, size, color_of(step))
        fraction = min((step + 1) / 4, 0.9)
        say(
            type="progress",
            id=identity,
            stage=f"Step {step + 1}",
            fraction=fraction,
            eta=1.0,
            step=step + 1,
            preview=preview,
            live=live,
        )
        if mode == "noisy":
            sys.stdout.write("this is no message\n{}\n\xff\n")
        if mode == "dies" and step == 1:
            sys.stderr.write("something terrible\n")
            sys.stderr.flush()
            os._exit(7)
        time.sleep(0.02)
        if mode != "deaf" and not incoming.empty():
            message = incoming.get()
            if message is None:
                return False
            if message["type"] == "cancel" and message["id"] == identity:
                say(type="error", id=identity, code="cancelled", message="The job was cancelled.")
                return True
            if message["type"] == "finish" and message["id"] == identity:
                color, early = color_of(step), True
                break
            incoming.put(message)
    if job["kind"] == "animation":
        frames = range(int(str(job["first"])), int(str(job["last"])) + 1)
        sheets = [{"output": str(job["output"]).replace("####", f"{number:04d}")} for number in frames]
    files, heights = (
        [
            list(dict.fromkeys(str(sheet.get(name) or "").replace("<UDIM>", tile) for tile in TILES))
            for sheet in sheets
        ]
        for name in ("output", "height")
    )
    heights = [[path for path in each if path] for each in heights]
    for path in (path for each in files for path in each):
        picture(path, size, color)
    for path in (path for each in heights for path in each):
        picture(path, size, (128, 128, 128))
    info: dict[str, object] = {"seconds": 0.1, "style_sha256": "0123abcd", "stroke": 0.25, "pid": os.getpid()}
    info |= {"sheets": files, "heights": heights, "relief": 0.0625, "stopped_early": early}
    if mode == "notes":
        info["notes"] = ["3 faces cannot be painted.", "Two tiles are painted into one."]
    say(type="result", id=identity, output=files[0][0], info=info)
    return True


def main() -> None:
    mode = sys.argv[1] if len(sys.argv) > 1 else "paint"
    if mode == "mute":
        sys.stderr.write("No module named 'torch'\n")
        sys.exit(1)
    if mode == "silent":
        sys.exit(3)
    if mode == "broken":
        say(
            type="error",
            id="",
            code="engine_broken",
            message="The packages cannot be loaded.",
            remedy="setup_engine",
        )
        sys.exit(1)
    device = {"id": "cpu", "name": "A processor", "memory": 8 << 30}
    say(
        type="hello",
        protocol=99 if mode == "newer" else 1,
        engine="0.0-fake",
        python="3.11.0",
        torch="2.0-fake",
        devices=[device],
        default_device="cpu",
    )
    incoming: queue.Queue[dict[str, object] | None] = queue.Queue()
    threading.Thread(target=listen, args=(incoming,), daemon=True).start()
    while (message := incoming.get()) is not None and message["type"] != "shutdown":
        if message["type"] == "submit":
            job = message["job"]
            assert isinstance(job, dict)
            if not do(mode, str(message["id"]), job, incoming):
                return


if __name__ == "__main__":
    main()
