from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import OpenEXR
import pytest
import torch

from nst.core.images import load_picture, save_picture
from nst.core.panorama.metadata import photo_sphere
from nst.core.protocol import CUBE, EQUIRECT, FLAT, VR180, RenderJob
from nst.core.render.job import stylize_render
from nst.core.solve.progress import SilentWatcher

SPACE = "{http://ns.google.com/photos/1.0/panorama/}"


def said(path: Path) -> dict[str, str]:
    """What the metadata of a picture says of a panorama."""
    packet = re.search(rb"<x:xmpmeta.*</x:xmpmeta>", path.read_bytes(), re.DOTALL)
    if packet is None:
        return {}
    found = ElementTree.fromstring(packet.group()).iter()
    return {
        name.removeprefix(SPACE): value
        for element in found
        for name, value in element.attrib.items()
        if name.startswith(SPACE)
    }


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_panorama_says_what_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"around{suffix}"
    rgb = torch.rand(1, 3, 16, 32, generator=torch.Generator().manual_seed(0))
    save_picture(path, rgb, xmp=photo_sphere(EQUIRECT, 32, 16))
    assert said(path) == {
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": "True",
        "FullPanoWidthPixels": "32",
        "FullPanoHeightPixels": "16",
        "CroppedAreaImageWidthPixels": "32",
        "CroppedAreaImageHeightPixels": "16",
        "CroppedAreaLeftPixels": "0",
        "CroppedAreaTopPixels": "0",
    }
    plain = tmp_path / f"plain{suffix}"
    save_picture(plain, rgb)
    assert torch.equal(load_picture(path).rgb, load_picture(plain).rgb)


def test_half_a_panorama_is_the_middle_of_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "half.png"
    save_picture(path, torch.rand(1, 3, 16, 16), xmp=photo_sphere(VR180, 16, 16))
    found = said(path)
    assert (found["FullPanoWidthPixels"], found["CroppedAreaLeftPixels"]) == ("32", "8")


@pytest.mark.parametrize("projection", [FLAT, CUBE])
def test_others_say_nothing(projection: str) -> None:
    assert photo_sphere(projection, 96, 16) == b""


def test_a_job_says_it(tmp_path: Path) -> None:
    sky, style = tmp_path / "sky.png", tmp_path / "style.png"
    save_picture(sky, torch.rand(1, 3, 16, 32))
    save_picture(style, torch.rand(1, 3, 64, 64))
    for projection, there in ((EQUIRECT, True), (FLAT, False)):
        for suffix in (".jpg", ".exr"):
            output = tmp_path / f"{projection}{suffix}"
            stylize_render(
                RenderJob(str(sky), str(style), str(output), projection=projection, strength=0.0),
                SilentWatcher(),
            )
            if suffix == ".exr":
                with OpenEXR.File(str(output)) as file:
                    assert ("envmap" in file.header()) == there
            else:
                assert bool(said(output)) == there
