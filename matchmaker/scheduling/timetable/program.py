"""The timetable as a Boolean program that any engine can read: clauses, counts, and literals that cost one.

After the encoding of Bofill et al. (JAIR 74, 2022): x(m, t), meeting m takes place in slot t; u(p, t),
participant p is in a meeting in slot t; s(p, t), p's day has started by slot t; b(p, t), a break of p ends in
slot t. Their two families of implied constraints are here too: each participant is busy in exactly as many
slots as it has meetings, and a slot holds at most as many busy participants as its tables seat. Ours are the
windows (a day without a break is one of few patterns) and the relaxation, which forgets who meets whom.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Literals = list[int]
NOWHERE = 0  # stands for a literal that is always false; a variable's number is at least 1


@dataclass(slots=True)
class Program:
    """Variables 1..size; a negative number is the opposite literal.

    at_most_one  groups of literals of which no two are true
    counts       (literals, least, most): so many of them are true
    costs        literals of which as few as possible should be true
    """

    size: int = 0
    clauses: list[Literals] = field(default_factory=list)
    at_most_one: list[Literals] = field(default_factory=list)
    counts: list[tuple[Literals, int, int]] = field(default_factory=list)
    costs: Literals = field(default_factory=list)

    def variable(self) -> int:
        """A new one."""
        self.size += 1
        return self.size

    def any_of(self, literals: Literals) -> int:
        """A literal that is true exactly when one of these is; NOWHERE counts as none."""
        known = [literal for literal in literals if literal]
        if len(known) < 2:
            return known[0] if known else NOWHERE
        name = self.variable()
        self.clauses += [[-literal, name] for literal in known]
        self.clauses.append([-name, *known])
        return name

    def both(self, one: int, other: int) -> int:
        """A literal that is true exactly when both are."""
        return -self.any_of([-one, -other])

    def exactly_one(self, literals: Literals) -> None:
        """One of these is true; with none at all the program has no solution."""
        self.clauses.append(literals)
        self.at_most_one.append(literals)

    def count(self, literals: Literals, least: int, most: int) -> None:
        """Between `least` and `most` are true; nothing is written down when that is no restriction."""
        known = [literal for literal in literals if literal]
        if least > 0 or most < len(known):
            self.counts.append((known, least, most))

    def chain(self, literals: Literals) -> Literals:
        """For each place in the row, a literal that is true exactly when one up to there is."""
        row: Literals = []
        for literal in literals:
            row.append(self.any_of([row[-1] if row else NOWHERE, literal]))
        return row

    def ranks(self, literals: Literals) -> Literals:
        """For k = 0, 1, ... a literal that is true exactly when more than k of these are."""
        ranks: Literals = []
        for literal in literals:
            before = [*ranks, NOWHERE]
            ranks = [
                self.any_of([before[k], self.both(literal, before[k - 1]) if k else literal])
                for k in range(len(before))
            ]
        return ranks
