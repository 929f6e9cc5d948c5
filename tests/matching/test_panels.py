"""Products of tables in panels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchmaker.matching.panels import TALL, WIDE, doubt, in_panels, multiply

Floats = NDArray[np.float32]


def products(left: Floats, right: Floats) -> tuple[Floats, float]:
    one, other = in_panels(left, TALL), in_panels(right, WIDE)
    room = np.full((len(one), len(other)), np.nan, dtype=np.float32)
    multiply(one, other, room)
    return room, doubt(one, other)


def some(rows: int, width: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)


def exact(left: Floats, right: Floats) -> NDArray[np.float64]:
    return np.asarray(left.astype(np.float64) @ right.astype(np.float64).T)


@pytest.mark.parametrize(
    ("height", "breadth", "width"), [(1, 1, 1), (7, 5, 3), (8, 48, 20), (9, 49, 473), (200, 130, 64)]
)
def test_products_are_those_of_the_rows_with_zeros_beyond(height: int, breadth: int, width: int) -> None:
    left, right = some(height, width, 1), some(breadth, width, 2)
    found, off = products(left, right)
    assert np.abs(found[:height, :breadth] - exact(left, right)).max() <= off
    assert off <= 5e-4 * np.linalg.norm(left, axis=1).max() * np.linalg.norm(right, axis=1).max()
    assert not found[height:].any()
    assert not found[:, breadth:].any()


@pytest.mark.parametrize("kind", ["one column", "all alike", "tiny beside huge", "zeros"])
def test_no_row_is_so_extreme_that_products_leave_their_doubt(kind: str) -> None:
    left, right = some(20, 473, 5), some(60, 473, 6)
    for table in (left, right):
        if kind == "one column":  # the greatest single numbers
            table[:, 1:] = 0
        elif kind == "all alike":  # the greatest sums
            table[:] = 1e3
        elif kind == "tiny beside huge":
            table[::2] *= 1e-6
            table[1::2, ::7] *= 1e6
        else:
            table[::3] = 0
    found, off = products(left, right)
    assert np.abs(found[:20, :60] - exact(left, right)).max() <= off


def test_a_product_is_the_same_to_the_bit_whatever_stands_around_it() -> None:
    left, right = some(60, 473, 3), some(300, 473, 4)
    whole = products(left, right)[0][:60, :300]
    for begin, end in ((0, 13), (13, 60)):
        part = products(left[begin:end], right[7:111])[0][: end - begin, :104]
        assert np.array_equal(part, whole[begin:end, 7:111])
