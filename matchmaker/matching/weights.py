"""The weights of the score: named, versioned, fixed.

No constant is taken from the participations of an event, so that registering one more changes nobody else's
score. What depends on the encoder (where its similarities lie) travels here under the encoder's version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Scale:
    """Where an encoder's similarities of a need and an offer lie: `centre` says nothing either way.

    lexical is what the cosine of shared words counts, next to the encoder's own.
    """

    centre: float
    spread: float
    lexical: float = 0.3


DEFAULT_SCALES: Mapping[str, Scale] = {
    "": Scale(0.10, 0.12),
    "ngrams": Scale(0.02, 0.07),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the logit of "a wants to meet b"; all in logits per unit of their part.

    bias      what every pair starts from: with it, pairs of the graded firms that neither side would refuse
              come to about 50, those that both would want to 80 and more, the others mostly below 20
    need      what b offers meets what a needs, per spread of the encoder
    offer     what b needs meets what a offers, the same, as a share of `need`
    common_aims  how much b's own needs count beside b's offers when they are held against a's needs
    topics    cosine of the topics needed and offered
    kind, region, stage, language, sector   fits, each part in -1..1
    competitor  b offers what a offers, and neither needs it
    history   rating of an earlier meeting, -1..1
    """

    version: str = "2026-2"
    bias: float = -3.5
    need: float = 1.0
    offer: float = 0.6
    common_aims: float = 0.3
    topics: float = 2.0
    topics_centre: float = 0.2
    kind: float = 0.5
    region: float = 0.4
    stage: float = 0.3
    language: float = 0.6
    sector: float = 0.3
    competitor: float = 1.5
    history: float = 1.0
    scales: Mapping[str, Scale] = field(default_factory=lambda: dict(DEFAULT_SCALES))

    def scale(self, encoder: str) -> Scale:
        """The constants of an encoder by its version, or by the part of it before the first colon."""
        for name in (encoder, encoder.split(":")[0], ""):
            if name in self.scales:
                return self.scales[name]
        return DEFAULT_SCALES[""]

    def to_json(self) -> str:
        """A line of JSON that `from_json` reads back unchanged."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Weights:
        """Read what `to_json` wrote; raises ValueError on unknown names or values that are no numbers."""
        read = json.loads(text)
        if not isinstance(read, dict):
            raise ValueError("weights must be a JSON object")
        try:
            if "scales" in read:
                read["scales"] = {name: Scale(**values) for name, values in read["scales"].items()}
            return cls(**read)
        except TypeError as error:
            raise ValueError(str(error)) from error
