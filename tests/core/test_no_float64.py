"""What has to be spared devices that have no float64, as Apple's GPUs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.canvas.surrounding import Surrounding
from nst.core.colour import monge_kantorovich
from nst.core.metrics.seams import seam_ratio
from nst.core.panorama.evened import evened
from nst.core.relief import paint_height
from nst.core.solve.checkpoint import Checkpoint, Saved
from nst.core.style.source import Style, palette_of
from nst.core.surface.diffusion import diffused
from nst.core.surface.equalize import SeamSolve
from nst.core.surface.texels import texel_places
from nst.tests.core.metrics.surfaces import ball


class OnApple(Tensor):
    """Raises TypeError where a tensor on such a device does; all that is made of it is there, too."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is Tensor.cpu:
            return args[0].as_subclass(Tensor)
        found = super().__torch_function__(function, types, args, kwargs or {})
        if isinstance(found, cls) and found.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return found


def there(tensor: Tensor) -> Tensor:
    return tensor.as_subclass(OnApple)


@pytest.fixture(scope="module")
def canvas():
    return SurfaceCanvas(ball(), 64, (0.0, 0.0, 1.0), 0, torch.device("cpu"))


def noise(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_this_file_notices_float64():
    with pytest.raises(TypeError, match="float64"):
        there(noise(3)).double().cpu()
    assert there(noise(3)).cpu().double().dtype == torch.float64


def test_colours():
    style = cast("Style", SimpleNamespace(colors=lambda: there(noise(50, 3))))
    assert palette_of(style).mean.dtype == torch.float32
    matrix, _ = monge_kantorovich(there(noise(50, 3)), there(noise(60, 3)))
    assert matrix.dtype == torch.float32


def test_textures(canvas):
    texels = len(canvas.texels.index)
    area = there(canvas._areas)
    assert paint_height(canvas.pyramid, there(noise(texels, 3)), area, 0.2).shape == (texels,)
    places = there(torch.from_numpy(texel_places(canvas.geometry, canvas.texels)))
    assert diffused(canvas.pyramid, there(noise(texels, 1)), area, places, 0.1).shape == (texels, 1)
    picture = noise(1, 3, 64, 64)
    solve = SeamSolve(canvas.geometry.mesh, canvas.texels)
    assert torch.equal(solve(there(picture[0].flatten(1))).cpu(), solve(picture[0].flatten(1)))
    assert seam_ratio(canvas.geometry.mesh, there(picture)) == seam_ratio(canvas.geometry.mesh, picture)


def test_what_goes_on_from_a_checkpoint_is_left_on_the_cpu(tmp_path):
    file = tmp_path / "work.nstcheckpoint"
    seen = torch.arange(4, dtype=torch.float64)
    Checkpoint(file, {}).save(Saved(0, [noise(1, 3, 4, 4)], {"coverage": seen}, {"losses": 2 * seen}))
    loaded = Checkpoint(file, {}).load(torch.device("meta"))
    assert [level.device.type for level in loaded.levels] == ["meta"]
    assert torch.equal(loaded.canvas["coverage"], seen)
    assert torch.equal(loaded.run["losses"], 2 * seen)


def test_panoramas() -> None:
    torch.manual_seed(0)
    chart, stage = Surrounding(), Stage(16, 1, 0.02, 1.0, ("rgb", "relu1_1"), ())
    picture = torch.rand(1, 3, 32, 64)
    assert torch.equal(evened(there(picture), False).as_subclass(Tensor), evened(picture, False))
    assert torch.equal(chart.noise(there(picture)).as_subclass(Tensor), chart.noise(picture))
    assert torch.equal(chart.colors(there(picture)).as_subclass(Tensor), chart.colors(picture))
    for look in chart.viewer(64).looks(stage, (32, 64), torch.device("cpu")):
        other = replace(look, turns=there(look.turns), cover=there(look.cover))
        assert torch.equal(other.weight.as_subclass(Tensor), look.weight)
        assert torch.equal(other.gather(there(picture)).as_subclass(Tensor), look.gather(picture))
