"""What a reason quotes and how much it weighs: the two texts that fit best, shared words, topics, fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.lexicon import shared_words
from matchmaker.matching.logits import Form, answer, competition, quiet
from matchmaker.matching.participants import Participant
from matchmaker.matching.profiles import Floats, Pieces, Profiles
from matchmaker.matching.reasons import Reason

Rows = NDArray[np.int64]
Argument = str | float | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: its code, what it adds to the logit, and the arguments that reasons.py names."""

    code: Reason
    weight: float
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the needs of some rows find in the offers of others, number by number, for pairs of rows.

    need, offer  the pieces that the score took;  said, tagged  whether both have text, both have topics
    meaning, words, topics, aims   what each part adds to the asking side's logit
    similarity   cosine of the two texts in meaning
    shared       codes of the topics that add something, the strongest first
    """

    asking: Rows
    asked: Rows
    need: Rows
    offer: Rows
    said: NDArray[np.bool_]
    tagged: NDArray[np.bool_]
    meaning: Floats
    words: Floats
    topics: Floats
    aims: Floats
    similarity: Floats
    shared: list[tuple[str, ...]]


def ask(form: Form, asking: Rows, asked: Rows) -> Asked:
    """Compare the needs of rows with the offers of others, pair by pair."""
    profiles, columns = form.profiles, form.profiles.columns
    need, offer = _best_pieces(form, asking, asked)
    needed, given = profiles.needs.rows[need], profiles.offers.rows[offer]
    wanted = needed * form.asking
    products = wanted * given
    return Asked(
        asking=asking,
        asked=asked,
        need=need,
        offer=offer,
        said=products[:, columns.has_text] != 0,
        tagged=products[:, columns.has_topics] != 0,
        meaning=products[:, columns.vector].sum(axis=1) + products[:, columns.has_text],
        words=products[:, columns.words].sum(axis=1),
        topics=products[:, columns.topics].sum(axis=1) + products[:, columns.has_topics],
        aims=np.einsum("ij,ij->i", wanted, profiles.aims[asked]) * np.float32(form.weights.common_aims),
        similarity=np.einsum("ij,ij->i", needed[:, columns.vector], given[:, columns.vector]),
        shared=_shared_topics(profiles, products[:, columns.topics]),
    )


def asking_parts(form: Form, found: Asked, at: int, *, mine: bool) -> list[Part]:
    """The parts of one of the pairs.

    mine tells whether it is the asking side's own logit, or enters the other's with its share.
    """
    profiles, share = form.profiles, 1.0 if mine else form.weights.offer
    need, offer, asking = int(found.need[at]), int(found.offer[at]), int(found.asking[at])
    needed = _quote(profiles, profiles.needs, asking, need, "need")
    parts: list[Part] = []
    if found.said[at]:
        arguments: dict[str, Argument] = {
            **needed,
            **_quote(profiles, profiles.offers, int(found.asked[at]), offer, "offer"),
            "similarity": float(found.similarity[at]),
        }
        code = Reason.NEED_MEETS_OFFER if mine else Reason.OFFER_MEETS_NEED
        parts.append(Part(code, share * float(found.meaning[at]), arguments))
    else:
        parts.append(Part(Reason.NO_TEXT_FOR_NEED if mine else Reason.NO_TEXT_FOR_OFFER, 0.0, {}))
    if found.words[at]:
        words = shared_words(profiles.needs.texts[need], profiles.offers.texts[offer])
        code = Reason.WORDS_OF_NEED if mine else Reason.WORDS_OF_OFFER
        arguments = {"need_words": words[0], "offer_words": words[1]}
        parts.append(Part(code, share * float(found.words[at]), arguments))
    if found.tagged[at]:
        code = Reason.TOPICS_OF_NEED if mine else Reason.TOPICS_OF_OFFER
        parts.append(Part(code, share * float(found.topics[at]), {"topics": found.shared[at]}))
    if found.aims[at]:
        code = Reason.COMMON_AIMS if mine else Reason.COMMON_AIMS_OF_OTHER
        parts.append(Part(code, share * float(found.aims[at]), needed))
    return parts


def fit_parts(form: Form, a: Rows, b: Rows) -> list[list[Part]]:
    """The fits of rows a towards rows b that are not zero, for each pair."""
    people = form.profiles.participants
    parts: list[list[Part]] = [[] for _ in a]
    for fit in form.profiles.fits:
        amounts = np.einsum("ij,ij->i", fit.left[a], fit.right[b])
        weight = getattr(form.weights, fit.name)
        for at in np.flatnonzero(amounts).tolist():
            amount = float(amounts[at])
            code, arguments = _fit_words(fit.name, amount, people[a[at]], people[b[at]])
            parts[at].append(Part(code, weight * amount, arguments))
    return parts


@quiet
def competitor_parts(form: Form, a: Rows, b: Rows) -> list[list[Part]]:
    """For each pair of rows the part against a competitor, or nothing."""
    much = competition(form, a, b)
    parts: list[list[Part]] = [[] for _ in a]
    profiles = form.profiles
    vector, offers = profiles.columns.vector, profiles.offers
    for at in np.flatnonzero(much).tolist():
        one, other = int(a[at]), int(b[at])
        mine, theirs = offers.rows[offers.of(one), vector], offers.rows[offers.of(other), vector]
        own, another = np.unravel_index(int((mine @ theirs.T).argmax()), (len(mine), len(theirs)))
        arguments: dict[str, Argument] = {
            **_quote(profiles, offers, one, int(offers.start[one] + own), "offer"),
            **_quote(profiles, offers, other, int(offers.start[other] + another), "other_offer"),
        }
        parts[at].append(Part(Reason.COMPETITOR, -form.weights.competitor * float(much[at]), arguments))
    return parts


def _best_pieces(form: Form, asking: Rows, asked: Rows) -> tuple[Rows, Rows]:
    """The need of the one and the offer of the other that the score took, as piece numbers."""
    needs, offers = form.profiles.needs, form.profiles.offers
    best = np.full(len(asking), -np.inf, dtype=np.float32)
    chosen = np.zeros((2, len(asking)), dtype=np.int64)
    answers = [answer(form, asked, piece) for piece in range(int(offers.counts[asked].max(initial=1)))]
    for piece in range(int(needs.counts[asking].max(initial=1))):
        wanted = needs.nth(asking, piece) * form.asking
        for other, given in enumerate(answers):
            products = np.einsum("ij,ij->i", wanted, given)
            better = products > best
            best[better] = products[better]
            chosen[0, better], chosen[1, better] = piece, other
    return needs.start[asking] + chosen[0], offers.start[asked] + chosen[1]


def _quote(profiles: Profiles, side: Pieces, row: int, piece: int, name: str) -> dict[str, Argument]:
    """The whole entry from which a piece was cut, with its language where it is known."""
    person, number = profiles.participants[row], int(side.entries[piece])
    if number < 0:
        return {name: person.description, f"{name}_language": None, f"{name}_from": "description"}
    entry = (person.needs if side is profiles.needs else person.offers)[number]
    return {name: entry.whole, f"{name}_language": entry.language}


def _shared_topics(profiles: Profiles, products: Floats) -> list[tuple[str, ...]]:
    """Of each row of products the codes of the columns above zero, the largest first."""
    row, column = np.nonzero(products > 0)
    order = np.lexsort((column, -products[row, column], row))
    codes = [profiles.topic_codes[at] for at in column[order].tolist()]
    ends = np.cumsum(np.bincount(row, minlength=len(products))).tolist()
    return [tuple(codes[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]


def _fit_words(
    name: str, amount: float, a: Participant, b: Participant
) -> tuple[Reason, dict[str, Argument]]:
    if name == "language":
        return Reason.NO_COMMON_LANGUAGE, {"languages": a.languages, "other_languages": b.languages}
    if name == "sector":
        return Reason.SAME_SECTOR, {"sector": b.sector}
    wanted = {"kind": a.wanted_kinds, "region": a.wanted_regions, "stage": a.wanted_stages}[name]
    given = {"kind": b.kind, "region": b.region, "stage": b.stage}[name]
    if amount > 0:
        return Reason(f"{name}_wanted"), {name: given}
    return Reason(f"{name}_not_wanted"), {name: given, "wanted": wanted}
