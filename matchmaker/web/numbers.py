"""Whole numbers that a browser sends: in what both databases can hold, or as if nothing had been sent."""

from __future__ import annotations

from flask import request

# what both databases take as a row's number
LARGEST_NUMBER = 2**31 - 1
# so far apart that no list is so long, so near that rows before it can be counted
LAST_PAGE = 10_000_000


def row_number(text: str) -> int:
    """A number that a row can have; raises ValueError, as the readers of fields and queries expect.

    Python itself takes digits of every script and refuses more than 4,300 of them.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 11):
        raise ValueError(text)
    number = int(text)
    if number > LARGEST_NUMBER:
        raise ValueError(text)
    return number


def page_number(name: str = "page") -> int:
    """The page of a list that the query or the form names, else the first."""
    return min(max(1, request.values.get(name, 1, type=row_number)), LAST_PAGE)


def number_or_none(text: str) -> int | None:
    """The number that a row can have; None for anything else."""
    try:
        return row_number(text)
    except ValueError:
        return None


def seen_version(text: str) -> int:
    """The version of a row that the reader saw; 0, which no row has, when somebody tampered with it."""
    return number_or_none(text) or 0
