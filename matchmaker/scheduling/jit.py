"""Compiled loops: numba, cached on disk where that is possible.

numba refuses `cache=True` at import when neither the package's directory nor the user's cache can be
written (a read-only container), so caching is tried and given up, never required.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

Array = Any
"""An array argument of a compiled loop; numba types it at the call, so the annotation only names it."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled at first use for the types it is called with, without the global lock."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)
