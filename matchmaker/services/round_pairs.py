"""The pairs of a round's problem: what stays, candidates, what is forced, and what may not be and is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from matchmaker import scheduling
from matchmaker.matching import Exclusion, ScoredPairs, Wish
from matchmaker.services.round_input import RoundInput
from matchmaker.services.round_kept import KeptMeeting

Row = tuple[int, int]


class Pairs:
    """Collects each pair once, by the positions of its two participations."""

    def __init__(self, frozen: RoundInput, row: Mapping[int, int]) -> None:
        self.frozen, self.row = frozen, row
        self.pairs: list[scheduling.Pair] = []
        self.fits: list[float] = []
        self.kept: dict[int, KeptMeeting] = {}
        self.movable: dict[int, KeptMeeting] = {}
        self._done: set[Row] = set()
        self._barred = {pair: why for ids, why in frozen.barred.items() if (pair := self._rows(ids))}
        self._forced = {pair for ids in frozen.forced if (pair := self._rows(ids))}
        vetoes = (pair for pair, kind in frozen.wishes.items() if kind == Wish.NEVER)
        self._vetoed = {tuple(sorted(rows)) for ids in vetoes if (rows := self._rows(ids))}
        self._selected = None if frozen.selected is None else {row[p] for p in frozen.selected if p in row}

    def add_kept(
        self, meetings: Iterable[KeptMeeting], lock_of: Callable[[KeptMeeting], scheduling.Lock]
    ) -> None:
        """Meetings that stay; a veto or a word of the organiser ends those that nobody has yet."""
        for meeting in meetings:
            pair = (self.row[meeting.a_id], self.row[meeting.b_id])
            if not meeting.is_seated and (pair in self._vetoed or pair in self._barred):
                continue
            self.kept[len(self.pairs)] = meeting
            self._add(
                pair, meeting.fit, scheduling.Pair(*pair, round(1000 * meeting.value), lock=lock_of(meeting))
            )

    def add_movable(
        self, meetings: Iterable[KeptMeeting], lock_of: Callable[[KeptMeeting], scheduling.Lock]
    ) -> None:
        """Published meetings that a repair may move; it says itself how much staying counts."""
        for meeting in meetings:
            pair = self._rows((meeting.a_id, meeting.b_id))
            if pair is None or pair in self._vetoed or pair in self._barred:
                continue
            at = lock_of(meeting)
            self.movable[len(self.pairs)] = meeting
            seen = scheduling.Seen(at.slot, at.place, 0, at.delegate_a, at.delegate_b)
            self._add(pair, meeting.fit, scheduling.Pair(*pair, round(1000 * meeting.value), seen=seen))

    def add_scored(self, scored: ScoredPairs, seen: Mapping[Row, scheduling.Seen]) -> None:
        """Candidates: who fits well enough, was wished, forced, or seen in the review."""
        least = float(self.frozen.settings.get("least_fit") or 0.0)
        columns = [column.tolist() for column in (scored.a, scored.b, scored.fit, scored.value)]
        for a, b, fit, value in zip(*columns, strict=True):
            pair = (a, b)
            is_told = self._is_told(pair)
            if pair in self._done or not self._is_selected(pair):
                continue
            if pair in self._barred:
                if is_told:
                    self._add(pair, fit, scheduling.Pair(a, b, 0, forbidden=self._barred[pair]))
            elif fit >= least or is_told or pair in seen:
                forced = pair in self._forced
                worth = round(1000 * value)
                self._add(pair, fit, scheduling.Pair(a, b, worth, force=forced, seen=seen.get(pair)))

    def add_excluded(self, scored: ScoredPairs) -> None:
        """What the rules or a veto exclude, as far as somebody is to be told."""
        out = scored.excluded
        columns = [column.tolist() for column in (out.a, out.b, out.fit)]
        for a, b, fit, reason in zip(*columns, out.reason, strict=True):
            is_told = reason == Exclusion.VETO or self._is_told((a, b))
            if (a, b) not in self._done and is_told and self._is_selected((a, b)):
                self._add((a, b), fit, scheduling.Pair(a, b, 0, forbidden=reason.value))

    def add_forced(self) -> None:
        """Forced pairs that the scorer did not look at closely."""
        for a, b in sorted(self._forced - self._done):
            if self._is_selected((a, b)):
                self._add((a, b), 0.0, scheduling.Pair(a, b, 0, force=True))

    def _add(self, pair: Row, fit: float, made: scheduling.Pair) -> None:
        self._done.add(pair)
        self.pairs.append(made)
        self.fits.append(fit)

    def _rows(self, ids: tuple[int, int]) -> Row | None:
        one, other = self.row.get(ids[0]), self.row.get(ids[1])
        return None if one is None or other is None else (one, other)

    def _is_selected(self, pair: Row) -> bool:
        return self._selected is None or pair[0] in self._selected or pair[1] in self._selected

    def _is_told(self, pair: Row) -> bool:
        one, other = self.frozen.participants[pair[0]].id, self.frozen.participants[pair[1]].id
        said = (self.frozen.wishes.get((one, other)), self.frozen.wishes.get((other, one)))
        return pair in self._forced or any(wish in (Wish.MUST, Wish.MEET) for wish in said)
