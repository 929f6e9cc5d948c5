"""The codes with which an explanation speaks; web/ and mail/ make the words, in the reader's language.

Every code comes with a weight (what it adds to the logit, signed) and with the arguments named here.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Parts of one direction's logit, "a wants to meet b"; a is the side that asks."""

    BASE = "base"
    """What every pair starts from. No arguments; not shown as a reason."""
    NEED_MEETS_OFFER = "need_meets_offer"
    """What a needs and what b offers. need, need_language, offer, offer_language: the quoted texts that fit
    best (language None when unknown); similarity: float. need_from, offer_from: "description" where that
    stands in for entries. Negative when nothing offered comes near."""
    OFFER_MEETS_NEED = "offer_meets_need"
    """What a offers is needed by b. The same arguments."""
    NO_TEXT_FOR_NEED = "no_text_for_need"
    """a names no need or b no offer, so that nothing can be compared. Weight 0, no arguments."""
    NO_TEXT_FOR_OFFER = "no_text_for_offer"
    """a names no offer or b no need. Weight 0, no arguments."""
    WORDS_OF_NEED = "words_of_need"
    """Technical words of one group in that need and that offer, perhaps in two languages. need_words,
    offer_words: tuples of words as they stand in the two texts."""
    WORDS_OF_OFFER = "words_of_offer"
    """The same for what a offers and b needs. need_words (b's), offer_words (a's)."""
    COMMON_AIMS = "common_aims"
    """What a needs points where b's own needs point: both work towards the same. need, need_language: a's."""
    COMMON_AIMS_OF_OTHER = "common_aims_of_other"
    """The same, seen from b's need. need, need_language: b's. Show at most one of the two."""
    TOPICS_OF_NEED = "topics_of_need"
    """Topics that a needs and b offers. topics: tuple of topic codes, perhaps only ancestors; empty when
    both name topics and none is shared (the weight is then negative)."""
    TOPICS_OF_OFFER = "topics_of_offer"
    """Topics that a offers and b needs. topics: tuple of topic codes."""
    KIND_WANTED = "kind_wanted"
    """b is of a kind that a wants to meet. kind."""
    KIND_NOT_WANTED = "kind_not_wanted"
    """a wants to meet other kinds. kind (b's), wanted: tuple of kinds."""
    REGION_WANTED = "region_wanted"
    """b is in a region that a named. region."""
    REGION_NOT_WANTED = "region_not_wanted"
    """a named other regions. region (b's), wanted: tuple of regions."""
    STAGE_WANTED = "stage_wanted"
    """b is at a stage that a named. stage."""
    STAGE_NOT_WANTED = "stage_not_wanted"
    """a named other stages. stage (b's), wanted: tuple of stages."""
    NO_COMMON_LANGUAGE = "no_common_language"
    """They share no language. languages (a's), other_languages (b's): tuples of codes."""
    SAME_SECTOR = "same_sector"
    """Both work in the same sector, in different roles. sector."""
    COMPETITOR = "competitor"
    """b offers what a offers, and neither needs it from the other. offer, other_offer: quoted texts,
    offer_language, other_offer_language."""
    WISH_MUST = "wish_must"
    """The side itself said must. Never shown to the other side. No arguments."""
    WISH_MEET = "wish_meet"
    """The side itself said meet. Never shown to the other side. No arguments."""
    WISH_NEVER = "wish_never"
    """The side itself said never. Never shown to the other side. No arguments."""
    RATED_BEFORE = "rated_before"
    """The side itself rated an earlier meeting. Never shown to the other side. rating: -1..1."""


class Confidence(StrEnum):
    """How sure a fit is, by what the two profiles hold."""

    GOOD = "good"
    """Both sides name offers and needs."""
    FAIR = "fair"
    """One of the two sides is described thinly."""
    THIN = "thin"
    """Neither side says enough: the fit rests on little."""
