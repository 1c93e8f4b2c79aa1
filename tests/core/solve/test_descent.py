import math

import torch

from nst.core.solve.descent import CHUNK, Adam
from nst.core.solve.plateau import on_plateau


def valley(levels):
    """A long narrow valley, its lowest point at 1."""
    steep = torch.logspace(0, 3, levels[-1].numel(), dtype=levels[-1].dtype)

    def evaluate():
        x = levels[-1].reshape(-1)
        loss = float((steep * (x - 1).square()).sum())
        return loss, [torch.zeros_like(v) for v in levels[:-1]] + [
            (2 * steep * (x - 1)).reshape(levels[-1].shape)
        ]

    return evaluate


def levels(count=12):
    return [torch.zeros(1, 3, 1, 2, dtype=torch.float64), torch.zeros(1, 1, 1, count, dtype=torch.float64)]


def test_adam_is_adam():
    """Without the share of the first gradient in epsilon it is torch's own, step by step."""
    ours, theirs = levels(), levels()
    adam = Adam(ours)
    evaluate = valley(ours)
    _, gradients = evaluate()
    quiet = [0.1 * max(float(g.square().mean().sqrt()), 1e-20) for g in gradients]
    groups = [{"params": [v.requires_grad_()], "eps": e} for v, e in zip(theirs, quiet, strict=True)]
    optimizer = torch.optim.Adam(groups, lr=0.03, betas=(0.9, 0.99))
    reference = valley([v.detach() for v in theirs])
    for _ in range(20):
        adam.step(evaluate, 0.03)
        for v, g in zip(theirs, reference()[1], strict=True):
            v.grad = g
        optimizer.step()
        assert torch.allclose(ours[-1], theirs[-1].detach(), atol=1e-9)


def test_adam_hands_on_an_average():
    ours = levels()
    adam = Adam(ours)
    for _ in range(60):
        adam.step(valley(ours), 0.1)
    before = adam.result()[-1]
    assert not torch.equal(before, ours[-1])
    assert float((before - ours[-1]).abs().max()) < 0.2


def test_adam_in_16_bits_goes_the_same_way():
    full = [torch.zeros(1, 1, 1, CHUNK + 8)]
    small = [torch.zeros(1, 1, 1, CHUNK + 8)]
    goal = torch.linspace(0, 1, CHUNK + 8).reshape(1, 1, 1, -1)
    exact, compact = Adam(full), Adam(small, compact=True)
    for _ in range(30):
        for adam, values in ((exact, full), (compact, small)):
            adam.step(lambda values=values: (0.0, [values[0] - goal]), 0.02)
    assert any(x.dtype == torch.bfloat16 for x in compact.state().values())
    assert float((full[0] - small[0]).abs().max()) < 0.01
    assert float((exact.result()[0] - compact.result()[0]).abs().max()) < 0.01


def test_adam_goes_on_from_its_state():
    whole, first = levels(), levels()
    adam, half = Adam(whole), Adam(first)
    for _ in range(10):
        adam.step(valley(whole), 0.05)
    for _ in range(4):
        half.step(valley(first), 0.05)
    again = [v.clone() for v in first]
    rest = Adam(again)
    rest.restore(half.state())
    for _ in range(6):
        rest.step(valley(again), 0.05)
    assert torch.equal(again[-1], whole[-1])
    assert torch.equal(rest.result()[-1], adam.result()[-1])


def test_a_plateau_is_where_nothing_is_gained():
    falling = [100 * 0.98**i for i in range(100)]
    assert not any(on_plateau(falling[:n], 100) for n in range(101))
    flat = falling[:50] + [falling[50] * (1 + 0.01 * math.sin(i)) for i in range(50)]
    reached = next(n for n in range(101) if on_plateau(flat[:n], 100))
    assert 55 < reached < 75
