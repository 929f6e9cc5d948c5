"""For which side somebody acts: the own one, or (visibly) another's."""

from __future__ import annotations

from flask import g

from matchmaker.permissions import Standing


def behalf_of(participation_id: int | None) -> int | None:
    """The participation when it is not the acting person's own, for the audit row."""
    standing: Standing = g.standing
    own = standing.managed | standing.delegated
    return None if participation_id is None or participation_id in own else participation_id
