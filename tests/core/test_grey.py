"""Heights in files: 16 bits of grey, or floats."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch
from PIL import Image

from nst.core.grey import check_height_writable, save_height
from nst.core.protocol import JobError

STEPS = torch.arange(65536).view(1, 1, 256, 256) / 65535


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_every_step_of_16_bits_comes_back(tmp_path: Path, name: str) -> None:
    save_height(tmp_path / name, STEPS)
    with Image.open(tmp_path / name) as image:
        assert (np.array(image) == np.arange(65536).reshape(256, 256)).all()
    if name.endswith("png"):  # the header's own words: 16 bits, grey
        assert struct.unpack(">IIBB", (tmp_path / name).read_bytes()[16:26]) == (256, 256, 16, 0)


def test_an_exr_holds_plain_floats(tmp_path: Path) -> None:
    save_height(tmp_path / "a.exr", STEPS)
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        channels = file.channels()
        assert list(channels) == ["Y"]
        assert (channels["Y"].pixels == STEPS[0, 0].numpy()).all()


def test_what_is_out_of_range_is_cut(tmp_path: Path) -> None:
    save_height(tmp_path / "a.png", torch.tensor([-1.0, 0.5, 2.0]).view(1, 1, 1, 3))
    with Image.open(tmp_path / "a.png") as image:
        assert np.array(image).tolist() == [[0, 32768, 65535]]


def test_formats_of_8_bits_are_refused(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.webp", "a.bmp", "a"):
        with pytest.raises(JobError) as error:
            check_height_writable(tmp_path / name)
        assert error.value.code == "unknown_format"
        assert name in error.value.message
    with pytest.raises(JobError) as error:
        check_height_writable(tmp_path / "none" / "a.png")
    assert error.value.code == "folder_missing"
    with pytest.raises(ValueError, match="shape"):
        save_height(tmp_path / "a.png", torch.zeros(1, 3, 4, 4))
    assert not list(tmp_path.iterdir())
