"""Colours in a list and in a picture."""

import torch

from nst.core.canvas.scatter import gathered, scattered

INDEX = torch.tensor([4, 0, 7])


def test_colours_come_back_from_their_places():
    colors = torch.rand(3, 2)
    planes = scattered(colors, INDEX, 9)
    assert torch.equal(gathered(planes, INDEX), colors)
    others = torch.ones(9, dtype=torch.bool).index_fill(0, INDEX, value=False)
    assert (planes[:, others] == 0).all()


def test_the_gradient_is_that_of_the_places():
    colors = torch.rand(3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda c: scattered(c, INDEX, 9), (colors,))
