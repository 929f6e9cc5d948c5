"""The words of reasons: why two participations should meet, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _

from matchmaker.matching.reasons import Reason
from matchmaker.models import OrganisationKind
from matchmaker.services.suggestion import Card, topic_labels
from matchmaker.web.labels import label
from matchmaker.web.language import reader_language
from matchmaker.web.storage import reading

MOST = 3
"""Reasons shown per direction; the strongest first."""

LEAST = 0.1
"""A part that adds or takes less than this says nothing to a reader."""

MOST_WORDS = 6
"""Shared words named of one text."""

LONGEST = 200
"""Characters of a description that are quoted."""

CLOSE, NEAR = 2.2, 1.0
"""From these weights on, two texts are called close, or near; below, they only touch on one another."""


@dataclass(frozen=True)
class Quote:
    """A text of a profile in its own language."""

    of: str
    text: str
    language: str


@dataclass(frozen=True)
class Told:
    """One reason in words, with the texts that it rests on."""

    text: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Reasons:
    """Why they interest the reader, why the reader interests them, and what speaks against it."""

    theirs: tuple[Told, ...]
    ours: tuple[Told, ...]
    against: tuple[Told, ...]


def reasons_of(card: Card, topics: Mapping[str, str]) -> Reasons:
    """The reasons of a card in the reader's language."""
    theirs = [_for_reader(code, weight, values, topics) for code, weight, values in _positive(card.theirs)]
    ours = [_for_other(code, weight, values, topics) for code, weight, values in _positive(card.ours)]
    return Reasons(
        theirs=tuple(told for told in theirs if told)[:MOST],
        ours=tuple(told for told in ours if told)[:MOST],
        against=_against(card),
    )


def reason_words() -> dict[str, object]:
    """What templates need to put reasons into words: for the path's event, in the reader's language."""
    language = reader_language()
    topics = topic_labels(reading(), event_id=g.event.id, language=language)
    return {"reasons_of": lambda card: reasons_of(card, topics), "reader_language": language}


def fit_word(fit: float) -> str:
    """What a fit is called; never a probability until it was learned from real events."""
    if fit >= 0.7:
        return _("Very good fit")
    if fit >= 0.5:
        return _("Good fit")
    return _("Possible fit") if fit >= 0.3 else _("Loose fit")


def fit_number(fit: float) -> int:
    """0 to 100."""
    return round(100 * fit)


AIMS = (Reason.COMMON_AIMS, Reason.COMMON_AIMS_OF_OTHER)


def _positive(parts: Any) -> list[tuple[Reason, float, Mapping[str, Any]]]:
    """What speaks for a direction: the quotes, then the strongest; of both views of common aims one."""
    known = [(Reason(code), weight, values) for code, weight, values in parts if weight > LEAST]
    known.sort(key=lambda part: (part[0] != Reason.NEED_MEETS_OFFER, -part[1]))
    aims = [part for part in known if part[0] in AIMS]
    return [part for part in known if part not in aims[1:]]


def _for_reader(
    code: Reason, weight: float, values: Mapping[str, Any], topics: Mapping[str, str]
) -> Told | None:
    """Why they interest the reader's side."""
    if code == Reason.NEED_MEETS_OFFER and _is_described(values):
        return _described(weight, _own(values, "need"), _others(values, "offer"))
    if code == Reason.NEED_MEETS_OFFER:
        if weight >= CLOSE:
            text = _("They offer something close to what you need.")
        elif weight >= NEAR:
            text = _("They offer something that may help with what you need.")
        else:
            text = _("What they offer touches on what you need.")
        return Told(text, (_own(values, "need"), _others(values, "offer")))
    if code == Reason.WORDS_OF_NEED:
        return Told(_("Words in what you need and what they offer: %(words)s.", words=_shared_words(values)))
    if code in AIMS and "need_from" not in values:
        quote = _own(values, "need") if code == Reason.COMMON_AIMS else _others(values, "need")
        return Told(_("Both of you look for something similar, so you might join forces."), (quote,))
    if code == Reason.TOPICS_OF_NEED and values["topics"]:
        return Told(_("Topics that you need and they offer: %(topics)s.", topics=_named(values, topics)))
    if code == Reason.KIND_WANTED:
        return Told(_("You want to meet: %(kind)s.", kind=_kind(values["kind"])))
    if code == Reason.REGION_WANTED:
        return Told(_("They are where you look: %(region)s.", region=values["region"]))
    if code == Reason.STAGE_WANTED:
        return Told(_("They are at the stage you look for: %(stage)s.", stage=values["stage"]))
    if code == Reason.SAME_SECTOR:
        return Told(_("Both of you work in: %(sector)s.", sector=values["sector"]))
    return None


def _for_other(
    code: Reason, weight: float, values: Mapping[str, Any], topics: Mapping[str, str]
) -> Told | None:
    """Why the reader's side interests them."""
    if code == Reason.NEED_MEETS_OFFER and _is_described(values):
        return _described(weight, _others(values, "need"), _own(values, "offer"))
    if code == Reason.NEED_MEETS_OFFER:
        if weight >= CLOSE:
            text = _("You offer something close to what they need.")
        elif weight >= NEAR:
            text = _("You offer something that may help with what they need.")
        else:
            text = _("What you offer touches on what they need.")
        return Told(text, (_others(values, "need"), _own(values, "offer")))
    if code == Reason.WORDS_OF_NEED:
        return Told(_("Words in what they need and what you offer: %(words)s.", words=_shared_words(values)))
    if code == Reason.TOPICS_OF_NEED and values["topics"]:
        return Told(_("Topics that they need and you offer: %(topics)s.", topics=_named(values, topics)))
    if code == Reason.KIND_WANTED:
        return Told(_("They want to meet: %(kind)s.", kind=_kind(values["kind"])))
    if code == Reason.REGION_WANTED:
        return Told(_("You are where they look: %(region)s.", region=values["region"]))
    if code == Reason.STAGE_WANTED:
        return Told(_("You are at the stage they look for: %(stage)s.", stage=values["stage"]))
    return None


def _is_described(values: Mapping[str, Any]) -> bool:
    """Whether a description stands in for the offers or the needs of a side."""
    return "need_from" in values or "offer_from" in values


def _described(weight: float, first: Quote, second: Quote) -> Told:
    near = _("Your profiles are about similar things.")
    return Told(near if weight >= NEAR else _("Your profiles have something in common."), (first, second))


def _own(values: Mapping[str, Any], name: str) -> Quote:
    """What the reader's side needs or offers, or how it describes itself."""
    of = {"need": _("You need"), "offer": _("You offer")}[name]
    return _quote(values, name, of, _("You describe yourselves"))


def _others(values: Mapping[str, Any], name: str) -> Quote:
    """What the other side needs or offers, or how it describes itself."""
    of = {"need": _("They need"), "offer": _("They offer")}[name]
    return _quote(values, name, of, _("They describe themselves"))


def _quote(values: Mapping[str, Any], name: str, of: str, of_description: str) -> Quote:
    is_description = f"{name}_from" in values
    text = values[name]
    if is_description and len(text) > LONGEST:
        text = text[:LONGEST].rsplit(" ", 1)[0] + " …"
    return Quote(of_description if is_description else of, text, values[f"{name}_language"] or "")


def _against(card: Card) -> tuple[Told, ...]:
    """What takes from the fit, in either direction, each thing once."""
    found: dict[str, Told] = {}
    for is_reader, parts in ((True, card.theirs), (False, card.ours)):
        for code, weight, values in sorted(parts, key=lambda part: part[1]):
            told = _speaks_against(Reason(code), values, is_reader) if weight < -LEAST else None
            if told is not None:
                found.setdefault(told, Told(told))
    return tuple(found.values())[:MOST]


def _speaks_against(code: Reason, values: Mapping[str, Any], is_reader: bool) -> str | None:
    if code == Reason.NEED_MEETS_OFFER and _is_described(values):
        return _("Your profiles are about different things.")
    if code == Reason.NEED_MEETS_OFFER:
        mine = _("Nothing that they offer comes near what you need.")
        return mine if is_reader else _("Nothing that you offer comes near what they need.")
    if code == Reason.TOPICS_OF_NEED:
        mine = _("They name none of the topics that you look for.")
        return mine if is_reader else _("You name none of the topics that they look for.")
    if code == Reason.NO_COMMON_LANGUAGE:
        return _("You name no common language.")
    if code == Reason.COMPETITOR:
        return _("They offer much the same as you do.")
    if code == Reason.KIND_NOT_WANTED:
        mine = _("You look for others than: %(kind)s.", kind=_kind(values["kind"]))
        return mine if is_reader else _("They look for others than: %(kind)s.", kind=_kind(values["kind"]))
    if code == Reason.REGION_NOT_WANTED:
        return _("You look in other regions.") if is_reader else _("They look in other regions.")
    if code == Reason.STAGE_NOT_WANTED:
        return _("You look for other stages.") if is_reader else _("They look for other stages.")
    return None


def _named(values: Mapping[str, Any], topics: Mapping[str, str]) -> str:
    return ", ".join(topics.get(code, code) for code in values["topics"])


def _shared_words(values: Mapping[str, Any]) -> str:
    """The technical words of the two texts, those of the second where they are written in another way."""
    need = {word.casefold(): word for word in reversed(values["need_words"])}
    offer = {word.casefold(): word for word in reversed(values["offer_words"]) if word.casefold() not in need}
    shown = [", ".join([*reversed(words.values())][:MOST_WORDS]) for words in (need, offer) if words]
    return " – ".join(shown)


def _kind(kind: str) -> str:
    known = {member.value for member in OrganisationKind}
    return label(OrganisationKind(kind)) if kind in known else kind
