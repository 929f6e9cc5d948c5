"""Words of business in three languages, grouped by what they are about: the lexical term of the score.

Sentence encoders blur rare technical words; a shared one ("Kaverne", "caverne") is strong evidence. The
groups are stems, written for this project (data/lexicon.tsv, one group per line), found at the start of a
word or, from five letters on, anywhere within it, as German compounds need it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORTEST = 3
INSIDE = 5
INSIDE_WEIGHT = 0.7
"""What a stem within a word counts, next to one at its start: "Ofen" is in "Hochofen", but also in chance."""


def fold(text: str) -> str:
    """Lower case without accents, with ß and œ spelled out."""
    if text.isascii():
        return text.lower()
    plain = text.lower().replace("ß", "ss").replace("œ", "oe")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def lexical_rows(texts: Sequence[str]) -> Floats:
    """Unit rows (texts, groups) of the groups that occur; a text without any is zero."""
    rows = np.zeros((len(texts), size()), dtype=np.float32)
    for row, text in enumerate(texts):
        groups, weights = _groups_in(text)
        rows[row, groups] = weights
    rows *= rarity()
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1), dtype=np.float32)


@lru_cache(maxsize=100_000)
def _groups_in(text: str) -> tuple[NDArray[np.int16], Floats]:
    """Groups of a text and their weights; cached, as a newcomer's texts stand among those of a whole fair."""
    found: dict[int, float] = {}
    for word in words(text):
        for group, weight in groups_of(word):
            found[group] = min(1.0, found.get(group, 0.0) + weight)
    return np.array(list(found), dtype=np.int16), np.array(list(found.values()), dtype=np.float32)


def shared_words(one: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of each text whose groups also occur in the other, in their own order and spelling."""
    left, right = _grouped(one), _grouped(other)
    common = {g for groups in left.values() for g in groups} & {
        g for groups in right.values() for g in groups
    }
    return (
        tuple(word for word, groups in left.items() if groups & common),
        tuple(word for word, groups in right.items() if groups & common),
    )


@lru_cache(maxsize=50_000)
def _grouped(text: str) -> dict[str, set[int]]:
    return {word: {group for group, _ in groups_of(fold(word))} for word in re.findall(r"\w+", text)}


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return re.findall(r"\w+", fold(text))


@cache
def groups_of(word: str) -> tuple[tuple[int, float], ...]:
    """(group, weight) of every group with a stem in a folded word; cached, as fairs repeat their words."""
    found: dict[int, float] = {}
    stems = _stems()
    for start in range(len(word)):
        for end in range(start + SHORTEST, len(word) + 1):
            if start and end - start < INSIDE:
                continue
            for group in stems.get(word[start:end], ()):
                found[group] = max(found.get(group, 0.0), 1.0 if start == 0 else INSIDE_WEIGHT)
    return tuple(found.items())


def size() -> int:
    """Number of groups."""
    return len(_lines())


@cache
def rarity() -> Floats:
    """Weight of each group, from how many of the project's own texts it occurs in: rare groups say more."""
    texts = [cell for row in _table("centring.tsv") for cell in row.values()]
    counts = np.zeros(size())
    for text in texts:
        for group in {group for word in words(text) for group, _ in groups_of(word)}:
            counts[group] += 1
    return np.asarray(np.log((len(texts) + 1) / (counts + 1)) + 0.3, dtype=np.float32)


@cache
def _stems() -> dict[str, tuple[int, ...]]:
    stems: dict[str, tuple[int, ...]] = {}
    for group, line in enumerate(_lines()):
        for stem in dict.fromkeys(fold(line).split()):
            if len(stem) >= SHORTEST:
                stems[stem] = (*stems.get(stem, ()), group)
    return stems


@cache
def _lines() -> tuple[str, ...]:
    return tuple(" ".join(row.values()) for row in _table("lexicon.tsv"))


def _table(name: str) -> list[dict[str, str]]:
    text = files("matchmaker.matching").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def own_pairs() -> list[dict[str, str]]:
    """The project's own offers and the needs that they meet, in English, German and French."""
    return _table("centring.tsv")
