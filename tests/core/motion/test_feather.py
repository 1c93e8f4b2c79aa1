"""How new paint fades in beside old paint."""

from __future__ import annotations

import torch

from nst.core.motion.feather import feathered

MISSING = torch.zeros(1, 1, 9, 40, dtype=torch.bool)
MISSING[..., 10:] = True


def test_new_paint_rises_within_what_is_missing() -> None:
    share = feathered(MISSING, None, 4)
    assert torch.equal(share > 0, MISSING)
    line = share[0, 0, 4]
    assert torch.allclose(line[9:16], torch.tensor([0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0]))
    assert torch.equal(line[15:], torch.ones(25))


def test_it_begins_at_once_beside_another_object() -> None:
    index = torch.ones(1, 1, 9, 40)
    index[..., 10:] = 2
    assert torch.equal(feathered(MISSING, index, 4), MISSING.float())


def test_a_band_along_another_object_fades_from_one_side_alone() -> None:
    band, index = MISSING.clone(), torch.ones(1, 1, 9, 40)
    band[..., 15:] = False
    index[..., 15:] = 2
    line = feathered(band, index, 4)[0, 0, 4]
    assert torch.allclose(line[9:16], torch.tensor([0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.0]))


def test_nothing_and_all() -> None:
    assert not feathered(torch.zeros_like(MISSING), None, 4).any()
    assert torch.allclose(feathered(torch.ones_like(MISSING), None, 4), torch.ones(1))
