"""Readable names for addresses and codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

# letters that people spell out rather than strip of their dots
SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe"})


def make_slug(text: str, *, taken: Container[str], length: int, fallback: str) -> str:
    """Lower-case letters, digits and hyphens from `text`, at most `length` long, not among `taken`.

    A text of other scripts gives `fallback`; a taken name gets the next free number.
    """
    spelled = text.lower().translate(SPELLED_OUT)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: length - 4].strip("-") or fallback
    candidate, number = slug, 2
    while candidate in taken:
        candidate, number = f"{slug}-{number}", number + 1
    return candidate
