"""Cuts long lists for statements: SQLite takes 32,766 bound variables, PostgreSQL 65,535."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SIZE = 5_000


def chunks(values: Collection[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in lists of at most `size`, in their order."""
    rest = iter(values)
    while few := list(islice(rest, size)):
        yield few
