"""Painting that is ended early, and its live results; on canvases of a few pixels."""

import pytest
import torch

from nst.core.protocol import JobError
from nst.core.solve import live as live_module
from nst.core.solve import stage as stage_module
from nst.core.solve.checkpoint import Checkpoint
from nst.core.solve.live import Live
from nst.core.solve.progress import SilentWatcher
from nst.tests.core.solve.test_solver import STAGES, curved, encoder, finished, flat  # noqa: F401

CANVASES = [(flat, stage_module.COARSE), (flat, 0), (curved, 0)]
STEPS = sum(stage.steps for stage in STAGES)


class EnoughAfter(SilentWatcher):
    """Finds the work good enough once so many steps have been made; ``told`` are the steps of each pass."""

    def __init__(self, steps):
        self.steps, self.told = steps, []

    def progress(self, report):
        self.told.append((report.stage, report.step, report.live))

    def enough(self):
        return len(self.told) >= self.steps


class Kept:
    """What a live result would hold after each step: one that is always due."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr("nst.core.solve.solver.SETTLED", 1)
        monkeypatch.setattr(live_module, "EVERY", -1.0)
        self.pictures = []
        self.live = Live("live.png", self.pictures.append, lambda: 0.0)


@pytest.mark.parametrize(("make", "coarse"), CANVASES)
@pytest.mark.parametrize("steps", [1, 4, 6, 9])
def test_ends_with_what_is_painted(encoder, monkeypatch, make, coarse, steps):  # noqa: F811
    """The result is the live result of that step: what its levels decode to, in the painting's palette."""
    monkeypatch.setattr(stage_module, "COARSE", coarse)
    kept = Kept(monkeypatch)
    finished(make(), encoder, live=kept.live)
    watcher = EnoughAfter(steps)
    found = finished(make(), encoder, watcher)
    assert len(watcher.told) == steps
    assert f"in pass {1 if steps < 6 else 2} of 2" in found.early
    assert found.notes == (found.early,)
    assert 0 <= float(found.picture.min()) <= float(found.picture.max()) <= 1
    expected = kept.pictures[steps - 1]
    if steps == 6 and make is flat:  # between the passes: enlarged for the second one, and nothing added
        expected = torch.nn.functional.interpolate(expected, size=found.picture.shape[-2:], mode="bilinear")
        assert float((found.picture - expected).abs().mean()) < 0.03
    else:
        assert torch.equal(found.picture, expected)


@pytest.mark.parametrize("make", [flat, curved])
def test_a_wish_from_before_the_first_step_is_met_after_it(encoder, make):  # noqa: F811
    watcher = EnoughAfter(0)
    found = finished(make(), encoder, watcher)
    assert len(watcher.told) == 1
    assert found.early


def test_a_wish_after_the_last_step_changes_nothing(encoder):  # noqa: F811
    found = finished(curved(), encoder, EnoughAfter(STEPS))
    assert torch.equal(found.picture, finished(curved(), encoder).picture)
    assert (found.early, found.notes) == ("", ())


def test_the_same_job_goes_on_where_ending_early_did_not_come_to_its_end(encoder, tmp_path):  # noqa: F811
    """Only the caller discards the checkpoint, once the result is safe."""
    file = tmp_path / "work.nstcheckpoint"
    finished(curved(), encoder, EnoughAfter(8), Checkpoint(file, {}, every=0.0))
    at_once = EnoughAfter(0)
    assert finished(curved(), encoder, at_once, Checkpoint(file, {})).early
    assert at_once.told == []  # there was something to keep
    again = finished(curved(), encoder, None, Checkpoint(file, {}))
    assert torch.equal(again.picture, finished(curved(), encoder).picture)
    assert not again.early


@pytest.mark.parametrize(("make", "coarse"), CANVASES)
def test_live_results_change_nothing(encoder, monkeypatch, make, coarse):  # noqa: F811
    monkeypatch.setattr(stage_module, "COARSE", coarse)
    kept = Kept(monkeypatch)
    picture = finished(make(), encoder, live=kept.live).picture
    assert torch.equal(picture, finished(make(), encoder).picture)
    assert len(kept.pictures) == STEPS - 1  # the last step ends with the result itself
    for one in kept.pictures:
        assert 0 <= float(one.min()) <= float(one.max()) <= 1


def test_a_live_result_comes_once_the_first_pass_has_settled_and_after_each_pass(encoder, monkeypatch):  # noqa: F811
    monkeypatch.setattr("nst.core.solve.solver.SETTLED", 3)
    written, watcher = [], EnoughAfter(100)
    finished(curved(), encoder, watcher, live=Live("live.png", written.append, lambda: 0.0))
    assert [(step, bool(live)) for _, step, live in watcher.told if live] == [(3, True), (6, True)]
    assert len(written) == 2


@pytest.mark.parametrize(("took", "pause"), [(0.01, live_module.EVERY), (1.0, 20.0)])
def test_writing_takes_a_small_share_of_the_time(took, pause):
    now = [100.0]

    def write(picture):
        now[0] += took

    live = Live("live.png", write, lambda: now[0])
    assert live(lambda: None, ends=False) == "live.png"
    now[0] += 0.99 * pause
    assert live(lambda: None, ends=False) == ""
    now[0] += 0.02 * pause
    assert live(lambda: None, ends=False) == "live.png"
    assert live(lambda: None, ends=True) == "live.png"  # whatever time it is


@pytest.mark.parametrize("error", [JobError("disk_full", "Full."), MemoryError()])
def test_a_live_result_that_cannot_be_written_stops_nothing(error):
    def write(picture):
        raise error

    assert Live("live.png", write)(lambda: None, ends=True) == ""


def test_a_mistake_in_a_live_result_is_not_hidden():
    with pytest.raises(KeyError):
        Live("live.png", {}.__getitem__)(lambda: "picture", ends=True)


def test_without_a_path_nothing_is_made():
    assert Live("", pytest.fail)(lambda: pytest.fail("made"), ends=True) == ""
