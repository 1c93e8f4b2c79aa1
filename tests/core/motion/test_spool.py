from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nst.core.motion.origins import Origins
from nst.core.motion.spool import Spool


def origins(seed: int) -> Origins:
    generator = torch.Generator().manual_seed(seed)
    offsets = torch.randn(1, 2, 5, 7, generator=generator)
    return Origins(torch.full((1, 1, 5, 7), float(seed)), offsets)


@pytest.mark.parametrize("most", [1, 2**20])
def test_origins_come_back_bit_for_bit_in_any_order(tmp_path: Path, most: int) -> None:
    """In memory, or in a file that nobody else sees and that goes by itself."""
    spool = Spool((origins(seed) for seed in range(4)), tmp_path, most)
    assert len(spool) == len(list(spool)) == 4
    for at in (2, 0, 3, -1):
        assert torch.equal(spool[at].frame, origins(at % 4).frame)
        assert torch.equal(spool[at].offsets, origins(at % 4).offsets)
    with pytest.raises(IndexError):
        spool[4]
    del spool
    assert not list(tmp_path.iterdir())
