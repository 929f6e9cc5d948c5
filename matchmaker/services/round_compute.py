"""Computes a round from its frozen input: scores, reasons, meetings, figures. Touches no database."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaker import matching, scheduling
from matchmaker.errors import N_, MatchmakerError
from matchmaker.models import RoundStep
from matchmaker.services.gathering_problem import plan_sessions
from matchmaker.services.round_figures import Figures, without_a_meeting
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_plan import LeftOut, PlannedMeeting, ScoredPair
from matchmaker.services.round_problem import Frozen, build_problem
from matchmaker.services.round_report import Report, report_on
from matchmaker.services.round_why_not import left_out
from matchmaker.services.session_plan import figures_of_sessions

Tell = Callable[[str, float], None]
"""Receives what is being done (a code) and the share of the whole that is done, 0..1."""

SMALL = 400
"""Up to so many participations every pair is a candidate; above, the best of each."""

CANDIDATES = 40

NEAR_ENOUGH = 1e-4
"""A round ends before its time when it is proved to be within this share of the best possible."""


class RoundImpossible(MatchmakerError):
    """The locks, kept meetings and rules contradict one another."""

    message = N_("The meetings that must stay contradict each other or the rules.")


@dataclass(frozen=True)
class RoundResult:
    """All that a round found."""

    scorer_version: str
    suggestions: tuple[ScoredPair, ...]
    meetings: tuple[PlannedMeeting, ...] = ()
    unplaced: tuple[LeftOut, ...] = ()
    figures: Figures = field(default_factory=dict)
    frozen: Frozen | None = None
    schedule: scheduling.Schedule | None = None
    report: Report | None = None


@dataclass(frozen=True)
class Scoring:
    """What a round scored with, and what came out."""

    profiles: matching.Profiles
    weights: matching.Weights
    scored: matching.ScoredPairs


def compute_round(
    frozen: RoundInput,
    vectors: Mapping[str, NDArray[np.float32]],
    *,
    encoder_version: str,
    is_fallback: bool,
    tell: Tell,
) -> RoundResult:
    """Score, and where the step asks for it schedule; raises RoundImpossible with what contradicts."""
    began = time.monotonic()
    scoring = score_round(frozen, vectors, encoder_version=encoder_version, tell=tell)
    profiles, weights, scored = scoring.profiles, scoring.weights, scoring.scored
    figures: Figures = {
        "participations": len(frozen.participants),
        "pairs_scored": len(scored),
        "texts_missing": profiles.missing,
        "encoder": encoder_version,
        "is_fallback": is_fallback,
        # in full, so that every part of an explanation can be traced to its weight later
        "weights": json.loads(weights.to_json()),
        "seconds_scoring": round(time.monotonic() - began, 2),
    }
    version = f"{weights.version}/{encoder_version}"
    if frozen.step == RoundStep.SUGGEST:
        explainer = Explainer(profiles, weights, version, _list_length(frozen), tell)
        listed = _listed(scored, explainer.top)
        began = time.monotonic()
        suggestions = explainer.rows(scored, listed)
        figures["seconds_explaining"] = round(time.monotonic() - began, 2)
        return RoundResult(version, suggestions, figures=figures)
    return _scheduled(frozen, profiles, weights, scored, version, figures, tell)


def score_round(
    frozen: RoundInput, vectors: Mapping[str, NDArray[np.float32]], *, encoder_version: str, tell: Tell
) -> Scoring:
    """Score everybody with everybody by the event's rules and weights."""
    weights = frozen.weights.for_encoder(encoder_version)
    profiles = matching.build_profiles(frozen.participants, vectors, frozen.taxonomy, encoder=encoder_version)
    rules = matching.Rules(
        may_meet=frozen.may_meet,
        exclude_met_before=True,
        met=frozen.finished_pairs | frozen.met_earlier,
        require_common_slot=bool(frozen.slots),
        wishes=frozen.wishes,
        ratings=frozen.ratings,
    )
    scored = matching.score(
        profiles, rules, weights, top=_top(frozen), progress=lambda share: tell("scoring", 0.3 * share)
    )
    return Scoring(profiles, weights, scored)


def _scheduled(
    frozen: RoundInput,
    profiles: matching.Profiles,
    weights: matching.Weights,
    scored: matching.ScoredPairs,
    version: str,
    figures: Figures,
    tell: Tell,
) -> RoundResult:
    began = time.monotonic()
    built = build_problem(frozen, scored)
    seconds = float(frozen.settings.get("seconds") or 30)
    try:
        schedule = scheduling.solve(
            built.problem,
            seconds=seconds,
            seed=int(frozen.settings.get("seed") or 0),
            gap=float(frozen.settings.get("gap") or NEAR_ENOUGH),
            progress=lambda _level, share: tell("scheduling", 0.3 + 0.5 * share),
        )
    except scheduling.Contradiction as contradiction:
        raise _impossible(frozen, built, contradiction) from contradiction
    figures |= {
        "candidates": sum(pair.forbidden is None for pair in built.problem.pairs),
        "seconds_scheduling": round(time.monotonic() - began, 2),
        "value": schedule.value,
        "objective": schedule.objective,
        "bound": schedule.bound,
        "gap": schedule.gap,
        "is_optimal": schedule.is_optimal,
    }
    report = report_on(
        built.problem,
        schedule,
        slot_ids=built.slot_ids,
        zones={delegate.id: delegate.zone for delegate in frozen.delegates},
        group_names=frozen.group_names,
        seconds=seconds,
        seed=int(frozen.settings.get("seed") or 0),
        tell=tell,
    )
    figures |= report.figures
    figures |= figures_of_sessions(plan_sessions(frozen, built.gatherings, built.times, schedule))
    meetings = _meetings(frozen, built, schedule)
    new = {(m.a_id, m.b_id) for m in meetings}
    explainer = Explainer(profiles, weights, version, _list_length(frozen), tell)
    wanted = np.zeros(len(scored), dtype=np.bool_)
    if frozen.stores_suggestions:
        wanted |= _listed(scored, explainer.top)
    ids = profiles.ids
    of_meetings = [
        (int(ids[a]), int(ids[b])) in new for a, b in zip(scored.a.tolist(), scored.b.tolist(), strict=True)
    ]
    wanted |= np.array(of_meetings, dtype=np.bool_)
    without = without_a_meeting(frozen, built, schedule)
    began = time.monotonic()
    suggestions = explainer.rows(scored, wanted, with_vetoed=frozen.stores_suggestions)
    figures["seconds_explaining"] = round(time.monotonic() - began, 2)
    return RoundResult(
        scorer_version=version,
        suggestions=suggestions,
        meetings=meetings,
        unplaced=left_out(frozen, built, schedule, {row["participation_id"] for row in without}),
        figures=figures | {"without": without},
        frozen=built,
        schedule=schedule,
        report=report,
    )


def _top(frozen: RoundInput) -> int | None:
    if len(frozen.participants) <= SMALL:
        return None
    return max(CANDIDATES, int(frozen.settings.get("top") or 0))


def _list_length(frozen: RoundInput) -> int:
    return int(frozen.settings.get("top") or CANDIDATES)


def _listed(scored: matching.ScoredPairs | matching.ExcludedPairs, top: int) -> NDArray[np.bool_]:
    """Which pairs one of the two sides is shown."""
    rank_a, rank_b = scored.rank_a, scored.rank_b
    return ((rank_a > 0) & (rank_a <= top)) | ((rank_b > 0) & (rank_b <= top))


@dataclass(frozen=True)
class Explainer:
    """Writes the reasons of pairs, in lists of at most `top` per participation."""

    profiles: matching.Profiles
    weights: matching.Weights
    version: str
    top: int
    tell: Tell

    def rows(
        self, scored: matching.ScoredPairs, wanted: NDArray[np.bool_], *, with_vetoed: bool = True
    ) -> tuple[ScoredPair, ...]:
        """The wanted pairs, and with them the vetoed ones that a list must not tell apart."""
        digests = [hashlib.sha256(repr(p).encode()).hexdigest() for p in self.profiles.participants]
        chosen = _columns(scored, scored.value.tolist(), wanted.tolist())
        if with_vetoed:
            out = scored.excluded
            vetoed = [reason == matching.Exclusion.VETO for reason in out.reason]
            chosen += _columns(
                out, [0.0] * len(out), (_listed(out, self.top) & np.array(vetoed, bool)).tolist()
            )
        rows = np.array([pair[:2] for pair in chosen], dtype=np.int64).reshape(-1, 2)
        # without wishes: what is kept can be shown to either side
        reasons = matching.explain_many(self.profiles, matching.Rules(), self.weights, rows[:, 0], rows[:, 1])
        found = []
        for number, (a, b, fit_ab, fit_ba, fit, rank_a, rank_b, value) in enumerate(chosen):
            if number % 200 == 0:
                self.tell("explaining", 0.8 + 0.15 * number / len(chosen))
            found.append(
                ScoredPair(
                    a_id=int(self.profiles.ids[a]),
                    b_id=int(self.profiles.ids[b]),
                    fit_ab=fit_ab,
                    fit_ba=fit_ba,
                    fit=fit,
                    value=value,
                    rank_a=rank_a if rank_a <= self.top else 0,
                    rank_b=rank_b if rank_b <= self.top else 0,
                    explanation=as_json(next(reasons)),
                    inputs_hash=hashlib.sha256(
                        f"{digests[a]}{digests[b]}{self.version}".encode()
                    ).hexdigest(),
                )
            )
        return tuple(found)


def _columns(
    pairs: matching.ScoredPairs | matching.ExcludedPairs, value: list[float], keep: list[bool]
) -> list[tuple[Any, ...]]:
    names = ("a", "b", "fit_ab", "fit_ba", "fit", "rank_a", "rank_b")
    columns = [getattr(pairs, name).tolist() for name in names]
    return [tuple(row[:-1]) for row in zip(*columns, value, keep, strict=True) if row[-1]]


def as_json(explanation: matching.Explanation) -> str:
    """Both directions as [code, weight, arguments], without anybody's wishes, as JSON."""

    def parts(direction: matching.Direction) -> list[list[Any]]:
        return [[part.code.value, round(part.weight, 4), dict(part.arguments)] for part in direction.parts]

    found = {
        "ab": parts(explanation.a_wants_b),
        "ba": parts(explanation.b_wants_a),
        "confidence": explanation.confidence.value,
    }
    return json.dumps(found)


def _meetings(frozen: RoundInput, built: Frozen, schedule: scheduling.Schedule) -> tuple[PlannedMeeting, ...]:
    found = []
    for meeting in schedule.meetings:
        pair, kept = built.problem.pairs[meeting.pair], built.kept.get(meeting.pair)
        sitting = (frozen.delegates[meeting.delegate_a].id, frozen.delegates[meeting.delegate_b].id)
        found.append(
            PlannedMeeting(
                a_id=frozen.participants[pair.a].id,
                b_id=frozen.participants[pair.b].id,
                slot_id=built.slot_ids[meeting.slot],
                place_id=None if meeting.place is None else frozen.places[meeting.place].id,
                delegate_ids=kept.delegate_ids if kept else sitting,
                fit=built.fits[meeting.pair],
                value=pair.value / 1000,
                kept_id=kept.id if kept else None,
                is_seated=kept is not None and kept.is_seated,
            )
        )
    return tuple(found)


def _impossible(
    frozen: RoundInput, built: Frozen, contradiction: scheduling.Contradiction
) -> RoundImpossible:
    people = frozen.participants
    names_pairs = contradiction.code != "gatherings_impossible"
    pairs = [built.problem.pairs[number] for number in contradiction.pairs[:10] if names_pairs]
    return RoundImpossible(
        code=contradiction.code, pairs=[[people[pair.a].id, people[pair.b].id] for pair in pairs]
    )
