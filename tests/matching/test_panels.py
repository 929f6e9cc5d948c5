"""Products of tables in panels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchmaker.matching.panels import TALL, WIDE, in_panels, multiply

Floats = NDArray[np.float32]


def products(left: Floats, right: Floats) -> Floats:
    one, other = in_panels(left, TALL), in_panels(right, WIDE)
    room = np.full((len(one) * TALL, len(other) * WIDE), np.nan, dtype=np.float32)
    multiply(one, other, room)
    return room


def some(rows: int, width: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)


@pytest.mark.parametrize(
    ("height", "breadth", "width"), [(1, 1, 1), (7, 5, 3), (8, 48, 20), (9, 49, 473), (200, 130, 64)]
)
def test_products_are_those_of_the_rows_with_zeros_beyond(height: int, breadth: int, width: int) -> None:
    left, right = some(height, width, 1), some(breadth, width, 2)
    found = products(left, right)
    np.testing.assert_allclose(found[:height, :breadth], left @ right.T, rtol=1e-4, atol=1e-4)
    assert not found[height:].any()
    assert not found[:, breadth:].any()


def test_a_product_is_the_same_to_the_bit_whatever_stands_around_it() -> None:
    left, right = some(60, 473, 3), some(300, 473, 4)
    whole = products(left, right)[:60, :300]
    for begin, end in ((0, 13), (13, 60)):
        part = products(left[begin:end], right[7:111])[: end - begin, :104]
        assert np.array_equal(part, whole[begin:end, 7:111])
