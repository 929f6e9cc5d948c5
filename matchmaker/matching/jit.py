"""Compiled loops of matching: numba, cached on disk where that is possible.

Imported late, when a round scores: the web application must not load numba. numba refuses `cache=True` at
import when no directory can be written (a read-only container), so caching is tried and never required.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

Array = Any
"""An array argument of a compiled loop; numba types it at the call, so the annotation only names it."""

SUMS = {"reassoc", "contract", "nsz"}
"""What sums may be reordered for: the order of a dot product's terms. Infinities keep their meaning."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled at first use for the types it is called with, without the global lock."""
    try:
        return numba.njit(cache=True, nogil=True, fastmath=SUMS)(function)
    except RuntimeError:
        return numba.njit(nogil=True, fastmath=SUMS)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for what is called for every pair: put into its callers, so that no call counts references."""
    return numba.njit(nogil=True, fastmath=SUMS, inline="always")(function)
