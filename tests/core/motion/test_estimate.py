"""What moves in pictures: DIS for real, and RAFT's plumbing with untrained weights and without any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torchvision.models.optical_flow import Raft_Large_Weights, raft_small

from nst.core.motion.dis import Dis
from nst.core.motion.estimate import open_estimator
from nst.core.motion.raft import URL, Raft, load_raft
from nst.core.protocol import JobError

from .panning import HEIGHT, WIDTH, motion, picture, square

CPU = torch.device("cpu")


def test_dis_finds_how_square_and_wall_have_moved() -> None:
    flow = open_estimator("dis", CPU)(picture(3), picture(2))
    error = (flow - motion(3, 2)).norm(dim=1, keepdim=True)
    inner = square(3)[..., 8:-8, 8:-8]
    away = ~square(3).roll(6, 3) & ~square(3).roll(-6, 3)
    assert float(error[..., 8:-8, 8:-8][inner].median()) < 0.2
    assert float(error[away][WIDTH:].median()) < 0.2


@pytest.mark.parametrize("size", [(1, 1), (7, 40), (33, 20)])
def test_small_pictures(size: tuple[int, int]) -> None:
    shown = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    assert Dis()(shown, shown).abs().max() < 0.01
    assert Raft(Shifting(), CPU)(shown, shown).shape == (1, 2, *size)


class Shifting:
    """A network that has everything move by (6, 3) of the pixels that it is given. sizes: of these."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def __call__(self, here: Tensor, there: Tensor) -> list[Tensor]:
        assert here.shape == there.shape
        assert float(here.min()) >= -1
        assert float(here.max()) <= 1
        self.sizes.append(tuple(here.shape[-2:]))
        flow = torch.tensor([6.0, 3.0]).view(1, 2, 1, 1).expand(-1, -1, *here.shape[-2:])
        return [torch.zeros_like(flow), flow]


@pytest.mark.parametrize(
    ("size", "seen", "moved"),
    [
        ((100, 130), (128, 136), (6.0, 3.0)),
        ((128, 160), (128, 160), (6.0, 3.0)),
        ((400, 800), (200, 400), (12.0, 6.0)),  # shrunk to half
    ],
)
def test_the_network_sees_no_more_than_it_may_and_flow_is_in_the_pictures_pixels(
    size: tuple[int, int], seen: tuple[int, int], moved: tuple[float, float]
) -> None:
    network = Shifting()
    shown = torch.rand(1, 3, *size)
    flow = Raft(network, CPU, most=200 * 400)(shown, shown)
    assert network.sizes == [seen]
    expected = torch.tensor(moved).view(1, 2, 1, 1).expand(1, 2, *size)
    torch.testing.assert_close(flow, expected)


def test_torchvisions_network_fits() -> None:
    torch.manual_seed(0)
    flow = Raft(raft_small(weights=None).eval(), CPU)(picture(0), picture(1))
    assert flow.shape == (1, 2, HEIGHT, WIDTH)
    assert flow.isfinite().all()
    assert not flow.requires_grad


def test_the_weights_are_torchvisions() -> None:
    assert Raft_Large_Weights.C_T_SKHT_V2.url == URL


def test_without_weights_and_a_network_the_error_names_file_place_and_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(JobError) as caught:
        load_raft(CPU)
    assert caught.value.code == "weights_missing"
    place = tmp_path / "hub" / "checkpoints" / URL.rpartition("/")[2]
    for said in (URL, str(place), "--flow dis"):
        assert said in caught.value.message
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "name", "package", "other"),
    [("torchvision", "raft", "torchvision", "dis"), ("cv2", "dis", "opencv-python-headless", "raft")],
)
def test_without_its_library(
    tmp_path: Path, root: Path, module: str, name: str, package: str, other: str
) -> None:
    """One that was built for another PyTorch than there is raises RuntimeError."""
    (tmp_path / f"{module}.py").write_text("raise RuntimeError('operator does not exist')")
    program = (
        "import torch\n"
        "from core.motion.estimate import open_estimator\n"
        "from core.protocol import JobError\n"
        f"try: open_estimator({name!r}, torch.device('cpu'))\n"
        "except JobError as error: print(error.code, error.message)\n"
    )
    path = os.pathsep.join([str(tmp_path), str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.startswith("library_missing"), done.stderr
    assert package in done.stdout
    assert "operator does not exist" in done.stdout
    assert f"--flow {other}" in done.stdout
