"""What a reason quotes and how much it weighs: the two texts that fit best, shared words, topics, fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matchmaker.matching.lexicon import shared_words
from matchmaker.matching.logits import Form, competition
from matchmaker.matching.participants import Participant
from matchmaker.matching.profiles import Floats, Pieces, Profiles
from matchmaker.matching.reasons import Reason

Argument = str | float | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: its code, what it adds to the logit, and the arguments that reasons.py names."""

    code: Reason
    weight: float
    arguments: Mapping[str, Argument]


def asking_parts(form: Form, asking: int, asked: int, *, mine: bool) -> list[Part]:
    """What the needs of one row find in the offers of the other, part by part.

    mine tells whether it is the asking side's own logit, or enters the other's with its share.
    """
    profiles, columns = form.profiles, form.profiles.columns
    share = 1.0 if mine else form.weights.offer
    need, offer = _best_pieces(form, asking, asked)
    wanted = profiles.needs.rows[need] * form.asking * np.float32(share)
    given = profiles.offers.rows[offer]
    products = wanted * given
    parts: list[Part] = []
    if given[columns.has_text] * wanted[columns.has_text]:
        arguments: dict[str, Argument] = {
            **_quote(profiles, profiles.needs, asking, need, "need"),
            **_quote(profiles, profiles.offers, asked, offer, "offer"),
            "similarity": float(profiles.needs.rows[need, columns.vector] @ given[columns.vector]),
        }
        weight = float(products[columns.vector].sum() + products[columns.has_text])
        parts.append(Part(Reason.NEED_MEETS_OFFER if mine else Reason.OFFER_MEETS_NEED, weight, arguments))
    else:
        parts.append(Part(Reason.NO_TEXT_FOR_NEED if mine else Reason.NO_TEXT_FOR_OFFER, 0.0, {}))
    in_words = float(products[columns.words].sum())
    if in_words:
        words = shared_words(profiles.needs.texts[need], profiles.offers.texts[offer])
        code = Reason.WORDS_OF_NEED if mine else Reason.WORDS_OF_OFFER
        parts.append(Part(code, in_words, {"need_words": words[0], "offer_words": words[1]}))
    if given[columns.has_topics] * wanted[columns.has_topics]:
        code = Reason.TOPICS_OF_NEED if mine else Reason.TOPICS_OF_OFFER
        weight = float(products[columns.topics].sum() + products[columns.has_topics])
        parts.append(Part(code, weight, {"topics": _shared_topics(profiles, products[columns.topics])}))
    aims = float(wanted @ profiles.aims[asked]) * form.weights.common_aims
    if aims:
        code = Reason.COMMON_AIMS if mine else Reason.COMMON_AIMS_OF_OTHER
        parts.append(Part(code, aims, _quote(profiles, profiles.needs, asking, need, "need")))
    return parts


def fit_parts(form: Form, a: int, b: int) -> list[Part]:
    """The fits of row a towards row b that are not zero."""
    people = form.profiles.participants
    parts = []
    for fit in form.profiles.fits:
        amount = fit.of(a, b)
        if amount:
            code, arguments = _fit_words(fit.name, amount, people[a], people[b])
            parts.append(Part(code, getattr(form.weights, fit.name) * amount, arguments))
    return parts


def competitor_parts(form: Form, a: int, b: int) -> list[Part]:
    """The part against a competitor, or nothing."""
    much = float(competition(form, np.array([a]), np.array([b]))[0])
    if not much:
        return []
    profiles = form.profiles
    vector, offers = profiles.columns.vector, profiles.offers
    mine, theirs = offers.rows[offers.of(a), vector], offers.rows[offers.of(b), vector]
    one, other = np.unravel_index(int((mine @ theirs.T).argmax()), (len(mine), len(theirs)))
    arguments: dict[str, Argument] = {
        **_quote(profiles, offers, a, int(offers.start[a] + one), "offer"),
        **_quote(profiles, offers, b, int(offers.start[b] + other), "other_offer"),
    }
    return [Part(Reason.COMPETITOR, -form.weights.competitor * much, arguments)]


def _best_pieces(form: Form, asking: int, asked: int) -> tuple[int, int]:
    """The need of the one and the offer of the other that the score took, as piece numbers."""
    needs, offers = form.profiles.needs, form.profiles.offers
    wanted = needs.rows[needs.of(asking)] * form.asking
    given = offers.rows[offers.of(asked)] + form.weights.common_aims * form.profiles.aims[asked]
    one, other = np.unravel_index(int((wanted @ given.T).argmax()), (len(wanted), len(given)))
    return int(needs.start[asking] + one), int(offers.start[asked] + other)


def _quote(profiles: Profiles, side: Pieces, row: int, piece: int, name: str) -> dict[str, Argument]:
    """The whole entry from which a piece was cut, with its language where it is known."""
    person, number = profiles.participants[row], int(side.entries[piece])
    if number < 0:
        return {name: person.description, f"{name}_language": None}
    entry = (person.needs if side is profiles.needs else person.offers)[number]
    return {name: entry.whole, f"{name}_language": entry.language}


def _shared_topics(profiles: Profiles, products: Floats) -> tuple[str, ...]:
    order = np.argsort(-products, kind="stable")
    return tuple(profiles.topic_codes[column] for column in order if products[column] > 0)


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
