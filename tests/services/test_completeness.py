"""How complete a profile is."""

from __future__ import annotations

from typing import Any

from matchmaker.models import Entry, EntryKind, OrganisationKind, Participation
from matchmaker.services.completeness import Completeness, Missing, completeness

WHOLE: dict[str, Any] = {
    "description": "x" * 80,
    "sector": "Hydrogen",
    "stage": "pilot",
    "size": "1-10",
    "country": "CA",
    "languages": ["en"],
    "website": "https://firm.example",
    "wanted_kinds": ["corporate"],
    "wanted_text": "",
}


def _profile(*entries: tuple[EntryKind, list[str]], **values: Any) -> Participation:
    participation = Participation(**{**WHOLE, **values})
    participation.entries = [Entry(kind=kind, title="t", topics=topics) for kind, topics in entries]
    return participation


BOTH = ((EntryKind.OFFER, ["h2"]), (EntryKind.NEED, ["h2"]))


def test_whole_profile_lacks_nothing() -> None:
    whole = completeness(_profile(*BOTH), OrganisationKind.STARTUP)
    assert whole == Completeness(100, ())
    assert not whole.is_thin


def test_empty_profile_lacks_everything_the_most_useful_first() -> None:
    empty = completeness(_profile(**dict.fromkeys(WHOLE, "")), OrganisationKind.STARTUP)
    assert empty == Completeness(0, tuple(Missing))
    assert empty.is_thin


def test_stage_is_asked_of_startups_only() -> None:
    assert completeness(_profile(*BOTH, stage=""), OrganisationKind.STARTUP).missing == (Missing.STAGE,)
    assert completeness(_profile(*BOTH, stage=""), OrganisationKind.CORPORATE).missing == ()


def test_entry_without_topics_is_named() -> None:
    profile = _profile((EntryKind.OFFER, []), (EntryKind.NEED, ["h2"]))
    assert completeness(profile, OrganisationKind.CORPORATE).missing == (Missing.TOPICS,)


def test_profile_that_lacks_anything_is_never_said_to_be_complete() -> None:
    whole = completeness(_profile(*BOTH, website=""), OrganisationKind.STARTUP)
    assert (whole.percent, whole.missing) == (97, (Missing.WEBSITE,))
