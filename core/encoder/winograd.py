"""3 x 3 convolutions on a processor by a quarter of the multiplications.

Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
Networks", section 4.3): blocks of 6 x 6 pixels and the kernels are transformed, multiplied as 36 plain matrix
products, and transformed back to 4 x 4 pixels. Libraries for processors leave it out or transform the kernels
anew each time; a frozen network does so once. Rounding is some three times that of the direct sum.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE, BLOCK = 4, 6  # pixels that a block gives, and that it sees
BLOCKS = 256  # at a time: few enough to stay near the processor, and enough for a matrix product
FEWEST = 16  # blocks below which reading the transformed kernels takes longer than a direct sum
_KERNEL = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_SEEN = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_GIVEN = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def pays(height: int, width: int, weight: Tensor) -> bool:
    """Whether a convolution that gives (height, width) pixels is faster this way."""
    down, across = _grid(height, width)
    narrow = min(weight.shape[:2]) < 128
    here = weight.device.type == "cpu" and weight.dtype == torch.float32
    return here and not narrow and down * across >= FEWEST


def transformed(weight: Tensor) -> Tensor:
    """Kernels (C', C, 3, 3) as 36 matrices (36, C, C'), the block's columns before its rows."""
    matrix = weight.new_tensor(_KERNEL)
    columns_and_rows = weight.permute(3, 2, 1, 0).flatten(0, 1).flatten(1)
    return (torch.kron(matrix, matrix) @ columns_and_rows).view(BLOCK * BLOCK, *weight.shape[1::-1])


def convolved(x: Tensor, kernels: Tensor) -> Tensor:
    """x (N, C, h + 2, w + 2) by ``transformed`` kernels: (N, C', h, w), as channels last."""
    height, width = x.shape[2] - 2, x.shape[3] - 2
    down, across = _grid(height, width)
    rows = _whole(x, SIDE * down + 2, SIDE * across + 2)
    seen, given = rows.new_tensor(_SEEN), rows.new_tensor(_GIVEN)
    found = rows.new_empty(len(x), SIDE * down, SIDE * across, kernels.shape[2])
    for image, result in zip(rows, found, strict=True):
        for start, count in _bands(down, across):
            band = image[SIDE * start :]
            # (rows of blocks, block rows, pixels across, C), then (block columns, block rows, blocks, C).
            strips = _blocks(band, 0, count).flatten(2).transpose(0, 1)
            strips = torch.bmm(seen.expand(count, -1, -1), strips).view(count, BLOCK, *image.shape[1:])
            blocks = seen @ _blocks(strips.transpose(0, 1), 2, across).flatten(1)
            products = torch.bmm(blocks.view(BLOCK * BLOCK, count * across, -1), kernels)  # (36, blocks, C')
            columns = (given @ products.view(BLOCK, -1)).view(SIDE, BLOCK, -1)
            # (columns, rows, rows of blocks, blocks across, C') of the 4 x 4 pixels.
            squares = torch.matmul(given, columns).view(SIDE, SIDE, count, across, -1)
            into = result[SIDE * start : SIDE * (start + count)].view(count, SIDE, across, SIDE, -1)
            into.copy_(squares.permute(2, 1, 3, 0, 4))
    return found[:, :height, :width].permute(0, 3, 1, 2)


def transposed(y: Tensor, kernels: Tensor) -> Tensor:
    """The transpose of ``convolved``: a gradient y (N, C', h, w) as that of x, (N, C, h + 2, w + 2)."""
    height, width = y.shape[2:]
    down, across = _grid(height, width)
    rows = _whole(y, SIDE * down, SIDE * across)
    seen, given = rows.new_tensor(_SEEN).T, rows.new_tensor(_GIVEN).T
    found = rows.new_zeros(len(y), SIDE * down + 2, SIDE * across + 2, kernels.shape[1])
    for image, result in zip(rows, found, strict=True):
        for start, count in _bands(down, across):
            squares = image[SIDE * start : SIDE * (start + count)].view(count, SIDE, across, SIDE, -1)
            columns = (given @ squares.permute(3, 1, 0, 2, 4).flatten(1)).view(BLOCK, SIDE, -1)
            products = torch.matmul(given, columns).view(BLOCK * BLOCK, count * across, -1)
            blocks = torch.bmm(products, kernels.transpose(1, 2))
            blocks = (seen @ blocks.view(BLOCK, -1)).view(BLOCK, BLOCK, count, across, -1)
            strips = rows.new_zeros(BLOCK, count, *result.shape[1:])
            for part, place in zip(blocks, _blocks(strips, 2, across), strict=True):
                place += part
            strips = (seen @ strips.view(BLOCK, -1)).view(strips.shape)
            for part, place in zip(strips, _blocks(result[SIDE * start :], 0, count), strict=True):
                place += part
    return found[:, : height + 2, : width + 2].permute(0, 3, 1, 2)


def _grid(height: int, width: int) -> tuple[int, int]:
    """How many blocks give (height, width) pixels: down, across."""
    return -(-height // SIDE), -(-width // SIDE)


def _whole(x: Tensor, height: int, width: int) -> Tensor:
    """x (N, C, h, w) as (N, height, width, C), with zeros below and to the right; x itself where it fits."""
    below, right = height - x.shape[2], width - x.shape[3]
    return (F.pad(x, (0, right, 0, below)) if below or right else x).permute(0, 2, 3, 1).contiguous()


def _bands(down: int, across: int) -> list[tuple[int, int]]:
    """Rows of blocks that are done together: the first, and how many."""
    step = max(1, BLOCKS // across)
    return [(start, min(step, down - start)) for start in range(0, down, step)]


def _blocks(x: Tensor, dim: int, count: int) -> Tensor:
    """The pixels of overlapping blocks along a dimension, (6, ..., count, ...): the place in a block first.

    A view. At one place the blocks' pixels do not overlap, so that each place may be added to.
    """
    step = x.stride(dim)
    shape = (BLOCK, *x.shape[:dim], count, *x.shape[dim + 1 :])
    strides = (step, *x.stride()[:dim], SIDE * step, *x.stride()[dim + 1 :])
    return x.as_strided(shape, strides, x.storage_offset())
