"""The words of reasons: for both sides, each thing once, graded by what they weigh."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from matchmaker.matching.reasons import Reason
from matchmaker.services.suggestion import Card
from matchmaker.web.reasons import Reasons, fit_word, reasons_of

QUOTES = {"need": "A mill", "need_language": "en", "offer": "Ein Stahlwerk", "offer_language": "de"}


def told(app: Flask, theirs: list[tuple[str, float, Any]], ours: list[tuple[str, float, Any]]) -> Reasons:
    card = Card(
        id=1, name="", kind="", country="", region="", sector="", website="", description="",
        is_confirmed=True, offers=(), needs=(), wish=None, theirs=tuple(theirs), ours=tuple(ours),
    )  # fmt: skip
    with app.test_request_context():
        return reasons_of(card, {"h2": "Hydrogen"})


def sentences(reasons: Reasons) -> list[str]:
    return [reason.text for reason in (*reasons.theirs, *reasons.ours)]


@pytest.mark.parametrize(
    ("weight", "theirs", "ours"),
    [
        (2.4, "They offer something close to what you need.", "You offer something close to what they need."),
        (
            1.5,
            "They offer something that may help with what you need.",
            "You offer something that may help with what they need.",
        ),
        (
            0.2,
            "What they offer touches on what you need.",
            "What you offer touches on what they need.",
        ),
    ],
)
def test_quotes_are_called_as_close_as_they_weigh(app: Flask, weight: float, theirs: str, ours: str) -> None:
    part = (Reason.NEED_MEETS_OFFER.value, weight, QUOTES)
    found = told(app, [part], [part])
    assert sentences(found) == [theirs, ours]
    assert [(quote.of, quote.text, quote.language) for quote in found.ours[0].quotes] == [
        ("They need", "A mill", "en"),
        ("You offer", "Ein Stahlwerk", "de"),
    ]


def test_description_that_stands_in_is_called_one_and_cut(app: Flask) -> None:
    values = {**QUOTES, "need": "We build. " * 60, "need_language": None, "need_from": "description"}
    part = (Reason.NEED_MEETS_OFFER.value, 1.0, values)
    found = told(app, [part], [part])
    assert sentences(found) == ["Your profiles are about similar things."] * 2
    assert [quote.of for quote in found.theirs[0].quotes] == ["You describe yourselves", "They offer"]
    assert [quote.of for quote in found.ours[0].quotes] == ["They describe themselves", "You offer"]
    assert len(found.ours[0].quotes[0].text) <= 202


def test_common_aims_are_told_once_by_the_stronger_view(app: Flask) -> None:
    own, other = (
        (Reason.COMMON_AIMS.value, 0.3, {"need": "Pilots", "need_language": "en"}),
        (Reason.COMMON_AIMS_OF_OTHER.value, 0.5, {"need": "Piloten", "need_language": "de"}),
    )
    found = told(app, [own, other], [own, other])
    assert sentences(found) == ["Both of you look for something similar, so you might join forces."]
    assert [(quote.of, quote.text) for quote in found.theirs[0].quotes] == [("They need", "Piloten")]


def test_words_that_both_texts_share_are_told_once_in_both_languages(app: Flask) -> None:
    words = {"need_words": ("Kurse", "Hydrogen"), "offer_words": ("course", "hydrogen")}
    found = told(app, [(Reason.WORDS_OF_NEED.value, 1.0, words)], [])
    assert sentences(found) == ["Words in what you need and what they offer: Kurse, Hydrogen – course."]


def test_topics_are_named_in_the_readers_language(app: Flask) -> None:
    found = told(app, [(Reason.TOPICS_OF_NEED.value, 1.0, {"topics": ["h2"]})], [])
    assert sentences(found) == ["Topics that you need and they offer: Hydrogen."]


def test_what_speaks_against_is_told_once_for_both_sides(app: Flask) -> None:
    against = (Reason.NO_COMMON_LANGUAGE.value, -0.6, {"languages": ["de"], "other_languages": ["fr"]})
    found = told(app, [against], [against])
    assert [reason.text for reason in found.against] == ["You name no common language."]


def test_every_code_of_an_explanation_can_be_told(app: Flask) -> None:
    """No code makes the page fail, whichever side it is of; the shown ones never speak of chances."""
    arguments: dict[str, Any] = {
        **QUOTES, "other_offer": "Stahl", "other_offer_language": "de", "topics": ["h2"], "need_words": (),
        "offer_words": (), "kind": "startup", "wanted": (), "region": "DE", "stage": "growth",
        "sector": "Steel", "languages": (), "other_languages": (),
    }  # fmt: skip
    for code in Reason:
        for weight in (1.0, -1.0):
            part = (code.value, weight, arguments)
            found = told(app, [part], [part])
            assert "%" not in str(found)
            assert "probab" not in str(found)


def test_words_of_fits_rise_with_the_fit(app: Flask) -> None:
    with app.test_request_context():
        words = [fit_word(fit) for fit in (0.1, 0.4, 0.6, 0.9)]
    assert words == ["Loose fit", "Possible fit", "Good fit", "Very good fit"]
