import pytest
import torch
import torch.nn.functional as F

from nst.core.encoder import LAYERS, load_encoder
from nst.core.encoder.vgg import stride
from nst.core.encoder.weights import embedded_weights

DEEP = ["rgb", "relu2_2", "relu3_1", "relu4_1"]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


def test_layers_have_the_shapes_of_the_paper(encoder):
    features = encoder(torch.rand(2, 3, 48, 32), LAYERS)
    channels = {"rgb": 3, "1": 64, "2": 128, "3": 256, "4": 512, "5": 512}
    for layer in LAYERS:
        expected = channels["rgb" if layer == "rgb" else layer[4]]
        assert features[layer].shape == (2, expected, 48 // stride(layer), 32 // stride(layer))


def test_first_layer_follows_caffes_convention(encoder):
    picture = torch.rand(1, 3, 12, 10)
    weights = embedded_weights()
    bgr = picture.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    padded = F.pad(bgr, (1, 1, 1, 1), mode="replicate")
    expected = F.relu(F.conv2d(padded, weights["conv1_1.weight"], weights["conv1_1.bias"]))
    torch.testing.assert_close(encoder(picture, ["relu1_1"])["relu1_1"], expected, rtol=1e-4, atol=2e-3)


def test_features_tell_pictures_apart_as_a_trained_network_does(encoder):
    """Mean activations of a trained VGG lie far above those of the same weights shuffled."""
    flat = encoder(torch.full((1, 3, 64, 64), 0.5), ["relu4_1"])["relu4_1"]
    edge = torch.full((1, 3, 64, 64), 0.2)
    edge[..., 32:] = 0.9
    edges = encoder(edge, ["relu4_1"])["relu4_1"]
    assert edges.square().mean() > 2 * flat.square().mean()


def test_constant_picture_gives_constant_features(encoder):
    """Replicated borders leave no frame."""
    features = encoder(torch.full((1, 3, 32, 32), 0.3), ["relu3_1"])["relu3_1"]
    assert torch.allclose(features, features[..., :1, :1].expand_as(features), rtol=1e-4, atol=1e-2)


def test_bfloat16_is_close(encoder):
    picture = torch.rand(1, 3, 32, 32)
    exact = encoder(picture, ["relu3_1"])["relu3_1"]
    rough = load_encoder(dtype=torch.bfloat16)(picture, ["relu3_1"])["relu3_1"]
    assert rough.dtype == torch.float32
    assert (rough - exact).norm() < 0.05 * exact.norm()


def test_unknown_layer_is_named_with_what_there_is(encoder):
    with pytest.raises(ValueError, match=r"vgg19-embedded has no layers \['relu5_4'\].* relu4_4, relu5_1$"):
        encoder(torch.rand(1, 3, 16, 16), ["relu5_4"])


def test_it_knows_its_name_and_layers(encoder):
    assert encoder.layers == LAYERS
    assert (LAYERS[0], LAYERS[-1], len(LAYERS)) == ("rgb", "relu5_1", 14)
    assert (encoder.name, encoder.pooling) == ("vgg19-embedded", "max")
    assert load_encoder(pooling="average").name == "vgg19-embedded+average"


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_wrapped_features_turn_with_the_picture(pooling):
    encoder = load_encoder(dtype=torch.float64, pooling=pooling)
    picture = torch.rand(1, 3, 48, 32, dtype=torch.float64)
    turned = encoder(picture.roll((16, 32, 8), (2, 2, 3)), DEEP, (True, True))
    for layer, features in encoder(picture, DEEP, (True, True)).items():
        steps = (48 // stride(layer), 8 // stride(layer))
        torch.testing.assert_close(turned[layer], features.roll(steps, (2, 3)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("axis", [2, 3])
def test_one_axis_wraps_and_the_other_is_replicated(axis):
    """Laid side by side along the wrapped axis, a picture has twice the same features."""
    encoder = load_encoder(dtype=torch.float64)
    picture = torch.rand(1, 3, 32, 32, dtype=torch.float64)
    wrap = (axis == 2, axis == 3)
    features = encoder(picture, ["relu3_1"], wrap)["relu3_1"]
    twice = encoder(torch.cat([picture, picture], axis), ["relu3_1"], wrap)["relu3_1"]
    torch.testing.assert_close(twice, torch.cat([features, features], axis), rtol=1e-9, atol=1e-9)

    other = 5 - axis
    more = torch.cat([picture.narrow(other, 0, 1), picture], other)
    border = encoder(picture, ["relu1_1"], wrap)["relu1_1"].narrow(other, 0, 1)
    inside = encoder(more, ["relu1_1"], wrap)["relu1_1"].narrow(other, 1, 1)
    torch.testing.assert_close(border, inside)


def test_a_side_that_wraps_must_divide(encoder):
    picture = torch.rand(1, 3, 16, 20)
    with pytest.raises(ValueError, match="20 pixels cannot wrap: it must be a multiple of 8"):
        encoder(picture, ["relu1_1", "relu4_1"], (True, True))
    assert encoder(picture, ["relu4_1"], (True, False))["relu4_1"].shape == (1, 512, 2, 2)
    assert encoder(picture, ["relu3_1"], (True, True))["relu3_1"].shape == (1, 256, 4, 5)


def test_average_pooling_is_the_mean_of_four():
    encoder = load_encoder(dtype=torch.float64, pooling="average")
    before, after = encoder(torch.rand(1, 3, 12, 16, dtype=torch.float64), ["relu1_2", "relu2_1"]).values()
    pooled = before.unflatten(2, (6, 2)).unflatten(4, (8, 2)).mean((3, 5))
    weight, bias = encoder.convolutions["relu2_1"]
    expected = F.relu(F.conv2d(F.pad(pooled, (1, 1, 1, 1), mode="replicate"), weight, bias))
    torch.testing.assert_close(after, expected)


def test_poolings_agree_on_a_plain_picture_only(encoder):
    average = load_encoder(pooling="average")
    plain, noise = torch.full((1, 3, 16, 16), 0.4), torch.rand(1, 3, 16, 16)
    ours, theirs = (e(plain, ["relu3_1"])["relu3_1"] for e in (encoder, average))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-2)
    ours, theirs = (e(noise, ["relu3_1"])["relu3_1"] for e in (encoder, average))
    assert (ours - theirs).norm() > 0.1 * ours.norm()


def test_unknown_pooling_is_named():
    with pytest.raises(ValueError, match="'median'; known are max, average"):
        load_encoder(pooling="median")
