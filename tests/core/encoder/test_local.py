import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nst.core.encoder import LAYERS, load_encoder
from nst.core.encoder.weights import EMBEDDED, embedded_weights
from nst.core.protocol import JobError

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
CAFFE_MEAN = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1)  # as RGB
UP_TO_4_1 = 17  # the place of conv4_1 in torchvision's VGG-16


def refused(network: str) -> JobError:
    with pytest.raises(JobError) as caught:
        load_encoder(network=network)
    assert caught.value.remedy
    return caught.value


def numbered(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The embedded weights under torchvision's names."""
    places = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)
    return {
        f"features.{place}.{kind}": weights[f"{layer.replace('relu', 'conv')}.{kind}"]
        for layer, place in zip(LAYERS[1:], places, strict=True)
        for kind in ("weight", "bias")
    }


def assert_same_features(ours, theirs, tolerance=1e-4):
    picture = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(3))
    expected = theirs(picture, LAYERS)
    for layer, features in ours(picture, LAYERS).items():
        assert (features - expected[layer]).norm() <= tolerance * expected[layer].norm(), layer


def test_torchvisions_convention_gives_the_same_features(tmp_path):
    weights = numbered(embedded_weights())
    rgb = weights["features.0.weight"].flip(1)
    weights["features.0.weight"] = rgb * 255 * STD
    weights["features.0.bias"] = weights["features.0.bias"] + (rgb * (255 * MEAN - CAFFE_MEAN)).sum((1, 2, 3))
    torch.save(weights, tmp_path / "network.pth")
    assert_same_features(load_encoder(network=str(tmp_path / "network.pth")), load_encoder())


def test_caffe_names_mean_caffes_convention(tmp_path):
    path = tmp_path / "network.safetensors"
    save_file({**embedded_weights(), "fc6.weight": torch.rand(4, 4)}, path)
    encoder = load_encoder(network=str(path))
    assert_same_features(encoder, load_encoder(), 0)
    assert encoder.name.startswith("vgg19-file:")


def test_the_embedded_format_is_read_from_a_path():
    encoder = load_encoder(network=str(EMBEDDED), pooling="average")
    assert encoder.name == "vgg19-embedded+average"  # the same network has the same name
    assert_same_features(encoder, load_encoder(pooling="average"), 0)


@pytest.mark.parametrize("legacy", [False, True])
def test_oxfords_network_under_torchvisions_names_is_known_by_its_numbers(tmp_path, legacy):
    path = tmp_path / "anything.pth"
    torch.save(numbered(embedded_weights()), path, _use_new_zipfile_serialization=not legacy)
    assert_same_features(load_encoder(network=str(path)), load_encoder(), 0)


def test_conventions_are_told_by_name_or_prefix(tmp_path, tensors):
    """The same numbers, under names that mean one convention or the other."""
    state = tensors("vgg16", UP_TO_4_1)
    weight = state["features.0.weight"]
    torchvision, caffe = weight / STD, weight.flip(1) * 255
    for word, expected in (
        ("plain.pth", torchvision),
        ("torchvision:plain.pth", torchvision),
        ("caffe:plain.pth", caffe),
        ("vgg16-00b39a1b.pth", caffe),
        ("vgg16_Caffe.pth", caffe),
        ("torchvision:vgg16_Caffe.pth", torchvision),
    ):
        said, colon, file = word.rpartition(":")
        torch.save(state, tmp_path / file)
        encoder = load_encoder(network=f"{said}{colon}{tmp_path / file}")
        torch.testing.assert_close(encoder.convolutions["relu1_1"][0], expected)


def test_two_readings_of_a_file_have_two_names(tmp_path, tensors):
    path = tmp_path / "network.pth"
    torch.save(tensors("vgg16", UP_TO_4_1), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    assert load_encoder(network=str(path)).name == f"vgg16-file:{digest}"
    assert load_encoder(network=f"torchvision:{path}").name == f"vgg16-file:{digest}"
    assert load_encoder(network=f"caffe:{path}").name == f"vgg16-file:{digest}-caffe"


def test_weights_saved_while_training_are_frozen(tmp_path, tensors):
    parameters = {name: torch.nn.Parameter(value) for name, value in tensors("vgg16", UP_TO_4_1).items()}
    torch.save(parameters, tmp_path / "network.pth")
    encoder = load_encoder(network=str(tmp_path / "network.pth"))
    assert not encoder(torch.rand(1, 3, 16, 16), ["relu4_1"])["relu4_1"].requires_grad


@pytest.mark.parametrize(("name", "deepest"), [("vgg19", "relu5_4"), ("vgg16", "relu5_3")])
def test_every_layer_is_torchvisions(tmp_path, build, tensors, name, deepest):
    """With its borders replicated as ours are, torchvision's own network gives what we give."""
    save_file(tensors(name), tmp_path / "network.safetensors")
    encoder = load_encoder(network=str(tmp_path / "network.safetensors"))
    assert encoder.layers[-1] == deepest
    assert encoder.name.startswith(f"{name}-file:")

    picture = torch.rand(1, 3, 32, 48)
    found = encoder(picture, encoder.layers[1:])
    rectified = []
    x = (picture - MEAN) / STD
    with torch.no_grad():
        for layer in build(name):
            if isinstance(layer, torch.nn.Conv2d):
                layer.padding_mode = "replicate"
            x = layer(x.clone())
            if isinstance(layer, torch.nn.ReLU):
                rectified.append(x)
    assert len(rectified) == len(found)
    for (layer_name, ours), theirs in zip(found.items(), rectified, strict=True):
        assert (ours - theirs).norm() < 1e-4 * theirs.norm(), layer_name


def test_inside_the_border_it_is_torchvisions_untouched_network(tmp_path, build, tensors):
    torch.save(tensors("vgg16", UP_TO_4_1), tmp_path / "network.pt")
    encoder = load_encoder(network=str(tmp_path / "network.pt"))
    assert encoder.layers[-1] == "relu4_1"
    picture = torch.rand(1, 3, 64, 64)
    ours = encoder(picture, ["relu3_1"])["relu3_1"]
    with torch.no_grad():
        theirs = build("vgg16")[:12]((picture - MEAN) / STD)
    ours, theirs = (x[..., 4:-4, 4:-4] for x in (ours, theirs))
    assert (ours - theirs).norm() < 1e-4 * theirs.norm()


def test_what_is_not_there_is_named(tmp_path):
    nowhere = str(tmp_path / "nowhere.pth")
    for network in ("vgg11", nowhere, f"caffe:{nowhere}", str(tmp_path)):
        error = refused(network)
        assert error.code == "weights_missing"
        assert network.removeprefix("caffe:") in error.message
        assert "embedded, vgg19, vgg16" in error.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("features.7.bias"), "features.7.bias is missing"),
        (lambda state: state.pop("features.7.weight"), "not those of VGG-16 or VGG-19"),
        (lambda state: state["features.5.weight"].fill_(torch.nan), "relu2_1 hold numbers that are none"),
        (lambda state: state["features.5.bias"].view(-1)[3:4].fill_(torch.inf), "relu2_1 hold numbers"),
        (lambda state: state.update({"features.5.weight": torch.rand(128, 64, 5, 5)}), "128, 64, 5, 5"),
        (lambda state: state.update({"features.5.bias": torch.rand(64)}), "relu2_1 have the shapes"),
        (lambda state: state.clear(), "not those of VGG-16 or VGG-19"),
    ],
)
def test_weights_that_do_not_fit(tmp_path, tensors, change, words):
    state = tensors("vgg16", UP_TO_4_1)
    change(state)
    torch.save(state, tmp_path / "network.pth")
    error = refused(str(tmp_path / "network.pth"))
    assert error.code == "weights_broken"
    assert words in error.message


def test_other_networks_are_refused(tmp_path, tensors):
    for index, state in enumerate([tensors("vgg13"), tensors("vgg16", 30, True), tensors("vgg19", 16)]):
        save_file(state, tmp_path / f"{index}.safetensors")
        assert "not those of VGG-16 or VGG-19" in refused(str(tmp_path / f"{index}.safetensors")).message


class Trap:
    """A pickle of this makes a folder when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)


@pytest.mark.parametrize("save", [torch.save, lambda trap, path: path.write_bytes(pickle.dumps(trap, 2))])
def test_a_pickle_runs_nothing(tmp_path, save):
    sprung = tmp_path / "sprung"
    save({"features.0.weight": Trap(sprung)}, tmp_path / "network.pth")
    error = refused(str(tmp_path / "network.pth"))
    assert error.code == "weights_broken"
    assert "could run a program" in error.message
    assert not sprung.exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_half_downloads_and_other_files_are_refused(tmp_path, tensors, suffix):
    path = tmp_path / f"network{suffix}"
    state = tensors("vgg16", UP_TO_4_1)
    (torch.save if suffix == ".pth" else save_file)(state, path)
    whole = path.read_bytes()
    for data in (whole[:-1], whole[: len(whole) // 2], whole[:5], b"", b"<!DOCTYPE html>", bytes(100)):
        path.write_bytes(data)
        error = refused(str(path))
        assert error.code == "weights_broken"
        assert str(path) in error.message
