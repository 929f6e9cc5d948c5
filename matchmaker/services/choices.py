"""The fixed choices of a profile (kind, stage, size), and the words in which people write them."""

from __future__ import annotations

import enum
import re

from matchmaker.models import OrganisationKind


class Stage(enum.StrEnum):
    """How far a young firm has come."""

    IDEA = "idea"
    PROTOTYPE = "prototype"
    PILOT = "pilot"
    MARKET = "market"
    GROWTH = "growth"


SIZES = ("1-10", "11-50", "51-250", "251-1000", "1000+")

_KINDS = {
    OrganisationKind.STARTUP: "startup|start up|scaleup|scale up|startup scale up|jeune pousse|young company",
    OrganisationKind.CORPORATE: (
        "corporate|company|sme|kmu|pme|industry|industrie|unternehmen|konzern|grossunternehmen|entreprise"
        "|grande entreprise|mittelstand"
    ),
    OrganisationKind.RESEARCH: (
        "research|research institute|university|forschung|forschungseinrichtung|hochschule|universitat"
        "|universite|recherche|institute|institut"
    ),
    OrganisationKind.INVESTOR: "investor|investors|vc|venture capital|fund|fonds|investisseur|kapitalgeber",
    OrganisationKind.PUBLIC: (
        "public|public body|government|city|municipality|offentlich|behorde|stadt|kommune|organisme public"
    ),
    OrganisationKind.ENABLER: (
        "enabler|accelerator|incubator|chamber|hub|cluster|network|netzwerk|kammer|verband|association"
        "|accelerateur|chambre|reseau"
    ),
}
KIND_WORDS = {word: kind for kind, words in _KINDS.items() for word in words.split("|")}

_STAGES = {
    Stage.IDEA: "idea|idee|concept|konzept",
    Stage.PROTOTYPE: "prototype|prototyp|mvp",
    Stage.PILOT: "pilot|pilote|pilots|pilotphase|demonstration",
    Stage.MARKET: "market|on the market|markt|am markt|marche|sur le marche|revenue|early revenue",
    Stage.GROWTH: "growth|wachstum|croissance|scale|scaling|scale up|mature",
}
STAGE_WORDS = {word: stage for stage, words in _STAGES.items() for word in words.split("|")}


def size_of(text: str) -> str | None:
    """The class of size that a number of people or a range belongs to; None when it is neither."""
    tidy = text.replace("–", "-").replace(" ", "").replace("'", "")
    if tidy in SIZES:
        return tidy
    found = re.fullmatch(r"(?:>|ca\.?|~)?(\d{1,3}(?:[.,]\d{3})+|\d{1,7})(?:-(\d{1,7}))?\+?", tidy)
    if found is None:
        return None
    people = int(re.sub(r"[.,]", "", found[2] or found[1]))
    for size, most in zip(SIZES, (10, 50, 250, 1000), strict=False):
        if people <= most:
            return size
    return SIZES[-1]
