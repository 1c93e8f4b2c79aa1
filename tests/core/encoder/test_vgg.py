import pytest
import torch
import torch.nn.functional as F

from nst.core.encoder import LAYERS, load_encoder
from nst.core.encoder.vgg import stride
from nst.core.encoder.weights import embedded_weights


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


def test_unknown_layer_is_named(encoder):
    with pytest.raises(ValueError, match="relu9_9"):
        encoder(torch.rand(1, 3, 16, 16), ["relu9_9"])
