"""The solver as a whole: breaks, lack of memory, plans; on canvases of a few pixels."""

import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.encoder import load_encoder
from nst.core.protocol import JobCancelled, JobError
from nst.core.solve import stage as stage_module
from nst.core.solve.checkpoint import Checkpoint, Saved
from nst.core.solve.losses import Losses
from nst.core.solve.plan import make_plan, stage_work
from nst.core.solve.progress import SilentWatcher
from nst.core.solve.solver import paint
from nst.core.solve.stage import Settings, StyledRegion
from nst.core.style.painting import Painting
from nst.core.surface.mesh import surface_mesh

LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1")
STAGES = [Stage(size, steps, 0.03, 1.0, LAYERS, ("rgb", "relu3_1")) for size, steps in ((32, 6), (48, 5))]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


def blotches(seed, size=48):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, size // 4, size // 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)


def flat():
    return ImageCanvas(blotches(1), 48.0, CPU)


def curved(size=48):
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * 0.98 + 0.01
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return SurfaceCanvas(surface_mesh(points, faces, corners[faces]), size, (0.0, 0.0, 1.0), 0, CPU)


def painted(canvas, encoder, watcher=None, checkpoint=None, stages=STAGES, live=None):
    return finished(canvas, encoder, watcher, checkpoint, stages, live).picture


def finished(canvas, encoder, watcher=None, checkpoint=None, stages=STAGES, live=None):
    region = StyledRegion(Painting(blotches(2), encoder), 0.7)
    watcher = watcher or SilentWatcher()
    return paint(canvas, [region], encoder, stages, Settings(), watcher, lambda _: "", checkpoint, live)


class StopAfter(SilentWatcher):
    """Cancels once so many steps have been made."""

    def __init__(self, steps):
        self.left = steps

    def progress(self, report):
        self.left -= 1

    def cancelled(self):
        return self.left <= 0


@pytest.mark.parametrize("make", [flat, curved])
@pytest.mark.parametrize("way", ["L-BFGS", "Adam"])
@pytest.mark.parametrize("steps", [3, 8])
def test_goes_on_from_a_checkpoint_as_if_there_had_been_no_break(
    encoder, tmp_path, monkeypatch, make, way, steps
):
    if way == "Adam":
        monkeypatch.setattr(stage_module, "COARSE", 0)
    whole = painted(make(), encoder)
    file = tmp_path / "work.nstcheckpoint"

    def checkpoint():
        return Checkpoint(file, {"seed": "0"}, every=0.0)

    with pytest.raises(JobCancelled):
        painted(make(), encoder, StopAfter(steps), checkpoint())
    assert file.exists()
    again = painted(make(), encoder, None, checkpoint())
    assert torch.equal(again, whole)
    checkpoint().discard()
    assert not file.exists()


class Break(SilentWatcher):
    """Cancels when it is asked for the nth time, or told of the nth step."""

    def __init__(self, asked=10**9, told=10**9):
        self.asked, self.told = asked, told

    def progress(self, report):
        self.told -= 1
        if self.told <= 0:
            raise JobCancelled

    def cancelled(self):
        self.asked -= 1
        return self.asked <= 0


@pytest.mark.parametrize(("make", "coarse"), [(flat, stage_module.COARSE), (flat, 0), (curved, 0)])
@pytest.mark.parametrize(
    "when", [{"asked": 1}, {"asked": 9}, {"asked": 20}, {"told": 4}, {"told": 6}, {"told": 9}]
)
def test_cancelling_keeps_the_work(encoder, tmp_path, monkeypatch, make, coarse, when):
    """Wherever it is broken off: before the first step, between a step's passes, after it, between stages."""
    monkeypatch.setattr(stage_module, "COARSE", coarse)
    whole = painted(make(), encoder)
    file = tmp_path / "work.nstcheckpoint"
    with pytest.raises(JobCancelled):
        painted(make(), encoder, Break(**when), Checkpoint(file, {}))
    assert file.exists()
    assert torch.equal(painted(make(), encoder, None, Checkpoint(file, {})), whole)


def test_cancelling_while_it_is_finished_keeps_the_work(encoder, tmp_path):
    class Last(Break):
        """Cancels once the last step was told of."""

        def cancelled(self):
            return self.told <= 10**9 - sum(stage.steps for stage in STAGES)

    file = tmp_path / "work.nstcheckpoint"
    whole = painted(flat(), encoder)
    with pytest.raises(JobCancelled):
        painted(flat(), encoder, Last(), Checkpoint(file, {}))
    nothing_left = Break(told=1)
    assert torch.equal(painted(flat(), encoder, nothing_left, Checkpoint(file, {})), whole)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit for files there")
def test_a_checkpoint_that_cannot_be_written_stops_nothing(encoder, tmp_path):
    import resource

    file = tmp_path / "work.nstcheckpoint"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(JobError):
            Checkpoint(file, {}).save(Saved(0, [torch.zeros(1, 3, 64, 64)], {}, {}))
        picture = painted(flat(), encoder, None, Checkpoint(file, {}, every=0.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert torch.equal(picture, painted(flat(), encoder))
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_another_job_is_refused(encoder, tmp_path):
    file = tmp_path / "work.nstcheckpoint"
    with pytest.raises(JobCancelled):
        painted(flat(), encoder, StopAfter(2), Checkpoint(file, {"seed": "0", "style": "a"}, every=0.0))
    before = file.read_bytes()
    with pytest.raises(JobError, match="another style\\.") as caught:
        painted(flat(), encoder, None, Checkpoint(file, {"seed": "0", "style": "b"}))
    assert caught.value.code == "checkpoint_other_job"
    assert file.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_a_broken_checkpoint_is_refused(encoder, tmp_path, share):
    file = tmp_path / "work.nstcheckpoint"
    with pytest.raises(JobCancelled):
        painted(curved(), encoder, StopAfter(2), Checkpoint(file, {}, every=0.0))
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(JobError, match="cannot be read as a checkpoint") as caught:
        painted(curved(), encoder, None, Checkpoint(file, {}))
    assert caught.value.code == "checkpoint_broken"


def test_a_checkpoint_whose_numbers_have_changed_is_refused(tmp_path):
    file = tmp_path / "work.nstcheckpoint"
    run = {"half": torch.rand(5).bfloat16(), "steps": torch.tensor(3), "none": torch.zeros(0)}
    Checkpoint(file, {}).save(Saved(1, [torch.rand(1, 3, 8, 8)], {}, run))
    loaded = Checkpoint(file, {}).load(CPU)
    assert (loaded.stage, sorted(loaded.run)) == (1, sorted(run))
    data = bytearray(file.read_bytes())
    data[-1] ^= 0x40
    file.write_bytes(data)
    with pytest.raises(JobError, match="contents have changed") as caught:
        Checkpoint(file, {}).load(CPU)
    assert caught.value.code == "checkpoint_broken"


def test_numbers_without_bounds_are_an_error(encoder):
    style = StyledRegion(Painting(blotches(2), encoder), 0.7)
    boundless = Settings(Losses(variation=1e39))
    with pytest.raises(JobError) as caught:
        paint(flat(), [style], encoder, STAGES, boundless, SilentWatcher(), lambda _: "")
    assert caught.value.code == "not_finite"


def limited(encoder, largest):
    """The encoder on a device whose memory holds views of so many pixels."""

    class Limited(type(encoder)):
        def __call__(self, picture, layers, wrap=(False, False)):
            if picture.shape[0] * picture.shape[2] * picture.shape[3] > largest:
                raise RuntimeError(
                    "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"
                )
            return super().__call__(picture, layers, wrap)

    return Limited(encoder.convolutions, encoder.device, encoder.dtype, encoder.network, encoder.pooling)


def test_smaller_views_where_memory_runs_out(encoder):
    """With the same result, as tiles are exact."""
    stages = [replace(STAGES[0], painting=256, steps=1), replace(STAGES[1], painting=320, steps=2)]
    style = StyledRegion(Painting(blotches(2), encoder), 0.7)

    def run(network):
        canvas = ImageCanvas(blotches(1, 320), 320.0, CPU)
        return paint(canvas, [style], network, stages, Settings(), SilentWatcher(), lambda _: "").picture

    assert torch.allclose(run(limited(encoder, 240**2)), run(encoder), atol=2e-3)


def test_a_canvas_in_16_bits_paints_nearly_the_same(encoder):
    style = StyledRegion(Painting(blotches(2), encoder), 0.7)
    compressed = ImageCanvas(blotches(1), 48.0, CPU)
    compressed.compress()

    def run(canvas):
        settings = Settings(compact=True)
        return paint(canvas, [style], encoder, STAGES, settings, SilentWatcher(), lambda _: "").picture

    assert float((run(compressed) - run(flat())).abs().mean()) < 0.02


def test_that_no_checkpoint_can_be_written_does_not_end_the_work(encoder, tmp_path):
    lost = Checkpoint(tmp_path / "nowhere" / "work.nstcheckpoint", {}, every=0.0)
    assert torch.equal(painted(flat(), encoder, None, lost), painted(flat(), encoder))


@pytest.mark.parametrize("make", [flat, curved])
def test_says_so_where_no_view_is_small_enough(encoder, make):
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        painted(make(), limited(encoder, 100))


def test_a_plan_takes_tiles_that_fit(encoder):
    stages = [replace(STAGES[1], painting=1600, steps=10)]
    needs = []
    for free in (0, 6 * 2**30, 2 * 2**30):
        canvas = ImageCanvas(blotches(1), 48.0, CPU)
        made = make_plan(canvas, encoder, stages, free)
        needs.append((made.bytes, canvas.views(stages[0])[1]))
        assert not free or made.bytes < free
        assert made.seconds > 0
    assert needs[0][1] > needs[2][1]
    with pytest.raises(JobError, match="needs about") as caught:
        make_plan(ImageCanvas(blotches(1), 48.0, CPU), encoder, stages, 2**29)
    assert caught.value.code == "out_of_memory"


def test_work_grows_with_pixels_and_tiles():
    canvas = flat()
    small, large = (stage_work(canvas, replace(STAGES[0], painting=size)) for size in (200, 400))
    assert large == pytest.approx(4 * small)
    before = stage_work(canvas, replace(STAGES[0], painting=1600))
    canvas.shrink()
    assert stage_work(canvas, replace(STAGES[0], painting=1600)) > before


def test_the_same_seed_paints_the_same(encoder):
    assert torch.equal(painted(flat(), encoder), painted(flat(), encoder))
    assert torch.equal(painted(curved(), encoder), painted(curved(), encoder))


def test_a_stage_that_gains_nothing_ends_early(encoder):
    """A picture of the painting itself in its own style: content and style agree from the start."""

    class Count(SilentWatcher):
        steps = 0

        def progress(self, report):
            self.steps = report.step

    watcher = Count()
    region = StyledRegion(Painting(blotches(2), encoder), 0.5)
    canvas = ImageCanvas(blotches(2), 48.0, CPU)
    stages = [replace(STAGES[1], steps=400)]
    paint(canvas, [region], encoder, stages, Settings(), watcher, lambda _: "")
    assert 16 <= watcher.steps < 400


def test_what_is_held_already_is_not_asked_for_again(encoder):
    stages = [replace(STAGES[1], painting=400)]
    needed = make_plan(flat(), encoder, stages, 0).bytes
    assert make_plan(flat(), encoder, stages, round(0.2 * needed), round(0.9 * needed)).bytes == needed
    with pytest.raises(JobError):
        make_plan(flat(), encoder, stages, round(0.2 * needed))


def test_a_surface_takes_memory_for_its_texels_and_points(encoder):
    small, large = (curved(size) for size in (128, 512))
    at = replace(STAGES[1], painting=400)
    assert large.footprint(at, False, True) > 8 * small.footprint(at, False, True)
    assert large.footprint(at, True, True) < large.footprint(at, False, True)
