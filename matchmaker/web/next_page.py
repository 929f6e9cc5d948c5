"""Where somebody wanted to go before a log-in or a registration came between."""

from __future__ import annotations

import re

# control characters and backslashes are dropped or turned by browsers, and could leave this host
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def safe_next(target: str | None) -> str:
    """The path when it stays on this host, else an empty text."""
    return target if target and len(target) <= 500 and _LOCAL.fullmatch(target) else ""
