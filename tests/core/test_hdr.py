from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch

from nst.core.exr import read_exr, srgb_to_linear, write_exr
from nst.core.hdr import is_hdr, read_hdr, write_hdr
from nst.core.images import load_picture, save_picture
from nst.core.protocol import JobError


def test_light_comes_back(tmp_path: Path) -> None:
    """A common exponent and 8 bits for each channel: within a 256th of the brightest."""
    torch.manual_seed(0)
    light = torch.rand(3, 12, 20) * torch.tensor([1.0, 300.0, 0.01]).view(3, 1, 1)
    path = tmp_path / "a.hdr"
    write_hdr(path, light)
    assert is_hdr(path)
    assert not is_hdr(tmp_path / "b.hdr")
    assert float(((read_hdr(path) - light).abs() / light.amax(0)).max()) < 1 / 128


def test_as_a_picture_it_is_seen_as_any(tmp_path: Path) -> None:
    torch.manual_seed(0)
    picture = 0.2 + 0.8 * torch.rand(1, 3, 9, 11)
    save_picture(tmp_path / "a.hdr", picture)
    assert (
        float((srgb_to_linear(load_picture(tmp_path / "a.hdr").rgb) - srgb_to_linear(picture)).abs().max())
        < 0.01
    )
    (tmp_path / "a.hdr").write_bytes((tmp_path / "a.hdr").read_bytes()[:60])
    with pytest.raises(JobError) as caught:
        load_picture(tmp_path / "a.hdr")
    assert caught.value.code == "image_corrupt"


def test_exr_holds_a_sun_that_half_floats_cannot(tmp_path: Path) -> None:
    sky, sun = torch.full((3, 4, 8), 0.5), torch.full((3, 4, 8), 3e5)
    for name, light in (("sky", sky), ("sun", sun)):
        write_exr(tmp_path / name, light, None)
        assert torch.equal(read_exr(tmp_path / name)[0], light)
    with OpenEXR.File(str(tmp_path / "sky"), separate_channels=True) as file:
        assert file.channels()["R"].pixels.dtype == np.float16
