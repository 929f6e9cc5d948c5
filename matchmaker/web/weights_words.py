"""The weights of the matching in words: what each part is, and how much it counts."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from matchmaker.matching import Weights

# what a part comes to when it fits well, in units of its weight: similarity of a good text is about two
# spreads above the middle, a good overlap of topics about 0.8 above it
GOOD_TEXT = 2.0
GOOD_TOPICS = 0.8

STRENGTHS = (
    (1.5, _("very much")),
    (0.8, _("much")),
    (0.4, _("somewhat")),
    (0.1, _("a little")),
    (0.0, _("hardly")),
)


@dataclass(frozen=True)
class WeightLine:
    """One part of the score: what it compares, how much it counts in words, and the number behind it."""

    part: str
    explained: str
    strength: str
    weight: float


def weights_in_words(weights: Weights) -> list[WeightLine]:
    """Every part with how much it counts, the part that counts most first."""
    parts = (
        (
            _("What they offer and you need"),
            _("The two texts that come nearest to each other in meaning, in whatever languages they are."),
            GOOD_TEXT * weights.need,
            weights.need,
        ),
        (
            _("What you offer and they need"),
            _("The same the other way round: who needs you is worth meeting too."),
            GOOD_TEXT * weights.need * weights.offer,
            weights.need * weights.offer,
        ),
        (
            _("Topics"),
            _("Topics of your needs that are among those of their offers, and the reverse."),
            GOOD_TOPICS * weights.topics,
            weights.topics,
        ),
        (
            _("Competitors"),
            _("They offer what you offer, and neither needs it: this lowers the fit."),
            weights.competitor,
            weights.competitor,
        ),
        (
            _("Languages"),
            _("No language in common lowers the fit."),
            weights.language,
            weights.language,
        ),
        (
            _("Kinds of partners"),
            _("They are of a kind that you want to meet; others lower the fit."),
            weights.kind,
            weights.kind,
        ),
        (_("Sector"), _("Both work in the same sector."), weights.sector, weights.sector),
    )
    lines = [
        (size, WeightLine(str(part), str(explained), strength_of(size), weight))
        for part, explained, size, weight in parts
    ]
    return [line for _size, line in sorted(lines, key=lambda pair: -pair[0])]


def strength_of(size: float) -> str:
    """How much a part counts that adds or takes so much when it fits well."""
    return next(str(words) for least, words in STRENGTHS if size >= least)
