import torch

from nst.core.canvas.fill import fill_gaps


def test_valid_pixels_are_untouched_and_gaps_continue_them():
    picture = torch.full((1, 3, 32, 32), 0.7)
    valid = torch.ones(1, 1, 32, 32)
    valid[..., :, 12:] = 0
    broken = torch.where(valid > 0, picture, torch.tensor(9.0))
    torch.testing.assert_close(fill_gaps(broken, valid), picture)


def test_fill_carries_no_gradient():
    picture = torch.rand(1, 3, 16, 16, requires_grad=True)
    valid = torch.zeros(1, 1, 16, 16)
    valid[..., 4:9, 4:9] = 1
    fill_gaps(picture, valid).sum().backward()
    torch.testing.assert_close(picture.grad, valid.expand(-1, 3, -1, -1))


def test_a_view_of_nothing_stays_finite():
    filled = fill_gaps(torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8))
    assert torch.isfinite(filled).all()
