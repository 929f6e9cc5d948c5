"""Who should meet whom, for both sides, and why. Pure: knows no database and no web.

The way through: `texts_to_encode` says which texts need vectors, an `Encoder` makes them (in the background,
kept by content hash and encoder version), `build_profiles` lays everything out, `score` gives the pairs and
`explain` the reasons of one.
"""

from matchmaker.matching.encoders import Encoder, load_encoder
from matchmaker.matching.explanations import Direction, Explanation, explain, explain_many
from matchmaker.matching.learning import (
    LEAST_DECISIONS,
    Compared,
    Decision,
    Figures,
    Learned,
    TooLittleToLearnError,
    features_of,
    learn,
)
from matchmaker.matching.logits import Form, form_of
from matchmaker.matching.newcomers import score_newcomer
from matchmaker.matching.participants import KINDS, Entry, Participant, content_hash, texts_to_encode
from matchmaker.matching.parts import Part
from matchmaker.matching.popularity import (
    Candidates,
    Popularity,
    browsing_lists,
    candidates_of,
    lists_of,
    newcomer_scale,
    popularity,
    priced_order,
)
from matchmaker.matching.profiles import Profiles, build_profiles
from matchmaker.matching.reasons import Confidence, Reason
from matchmaker.matching.rules import Exclusion, Rules, Wish, why_excluded
from matchmaker.matching.scores import ExcludedPairs, ScoredPairs, score
from matchmaker.matching.weights import Scale, Weights

__all__ = [
    "KINDS",
    "LEAST_DECISIONS",
    "Candidates",
    "Compared",
    "Confidence",
    "Decision",
    "Direction",
    "Encoder",
    "Entry",
    "ExcludedPairs",
    "Exclusion",
    "Explanation",
    "Figures",
    "Form",
    "Learned",
    "Part",
    "Participant",
    "Popularity",
    "Profiles",
    "Reason",
    "Rules",
    "Scale",
    "ScoredPairs",
    "TooLittleToLearnError",
    "Weights",
    "Wish",
    "browsing_lists",
    "build_profiles",
    "candidates_of",
    "content_hash",
    "explain",
    "explain_many",
    "features_of",
    "form_of",
    "learn",
    "lists_of",
    "load_encoder",
    "newcomer_scale",
    "popularity",
    "priced_order",
    "score",
    "score_newcomer",
    "texts_to_encode",
    "why_excluded",
]
