"""Downloads from file:// addresses: the same way through PyTorch as over a network."""

import hashlib
from pathlib import Path

import pytest
import torch
from torchvision.models import VGG16_Weights, VGG19_Weights

from nst.core.encoder import load_encoder
from nst.core.encoder.download import URLS, fetch
from nst.core.protocol import JobError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """The folder of PyTorch's downloads, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "hub" / "checkpoints"


@pytest.fixture
def published(tmp_path, tensors) -> Path:
    """A network that is named by its digest, as PyTorch publishes them."""
    file = tmp_path / "network"
    torch.save(tensors("vgg16", 17), file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return file.rename(tmp_path / f"vgg16-{digest[:8]}.pth")


def test_addresses_are_torchvisions():
    expected = {"vgg19": VGG19_Weights.IMAGENET1K_V1.url, "vgg16": VGG16_Weights.IMAGENET1K_V1.url}
    assert expected == URLS


def test_a_network_is_downloaded_once_and_read(published, cache, monkeypatch):
    monkeypatch.setitem(URLS, "vgg16", published.as_uri())
    first = load_encoder(network="vgg16")
    assert first.name == "vgg16-torchvision"
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    weight = torch.load(published, weights_only=True)["features.0.weight"]
    torch.testing.assert_close(first.convolutions["relu1_1"][0], weight / std)

    published.unlink()
    again = load_encoder(network="vgg16", pooling="average")
    assert again.name == "vgg16-torchvision+average"
    assert [path.name for path in cache.iterdir()] == [published.name]


def test_a_damaged_copy_is_downloaded_again(published, cache):
    path = fetch(published.as_uri())
    path.write_bytes(published.read_bytes()[:-100])
    assert fetch(published.as_uri()) == path
    assert path.read_bytes() == published.read_bytes()


def test_without_a_network_the_error_says_what_to_do(tmp_path, cache, monkeypatch):
    address = (tmp_path / "nowhere" / "vgg19-dcbb9e9d.pth").as_uri()
    monkeypatch.setitem(URLS, "vgg19", address)
    with pytest.raises(JobError, match="is missing and cannot be downloaded") as caught:
        load_encoder(network="vgg19")
    assert caught.value.code == "weights_missing"
    assert caught.value.remedy
    assert "Use the embedded network" in caught.value.message
    assert address in caught.value.message
    assert list(cache.iterdir()) == []


def test_a_damaged_copy_without_a_network_is_named(published, cache):
    path = fetch(published.as_uri())
    path.write_bytes(b"half")
    published.unlink()
    with pytest.raises(JobError, match=f"{path.name} is damaged and cannot be downloaded"):
        fetch(published.as_uri())


def test_a_download_of_other_bytes_is_refused(published, cache):
    data = bytearray(published.read_bytes())
    data[-1] ^= 1
    published.write_bytes(data)
    with pytest.raises(JobError, match="invalid hash value") as caught:
        fetch(published.as_uri())
    assert caught.value.code == "weights_missing"
    assert list(cache.iterdir()) == []
