"""What must be true of every database, as statements that must return no row.

Each gives the numbers of the rows that break it. `matchmaker check` runs them, and so do the tests
that let many act at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

INVARIANTS: dict[str, str] = {
    "nobody sits in two meetings that overlap": """
        SELECT one.person_id, one.meeting_id, two.meeting_id
        FROM seat AS one JOIN slot AS s1 ON s1.id = one.slot_id
        JOIN seat AS two ON two.person_id = one.person_id AND two.meeting_id > one.meeting_id
        JOIN slot AS s2 ON s2.id = two.slot_id
        WHERE s1.starts_at < s2.ends_at AND s2.starts_at < s1.ends_at
    """,
    "a place never holds more meetings at once than its capacity": """
        SELECT claim.place_id, claim.slot_id, count(*)
        FROM place_claim AS claim JOIN place ON place.id = claim.place_id
        JOIN slot ON slot.id = claim.slot_id JOIN block ON block.id = slot.block_id
        GROUP BY claim.place_id, claim.slot_id, place.capacity, block.capacity, block.place_id
        HAVING count(*) > CASE WHEN block.place_id = claim.place_id
                               THEN coalesce(block.capacity, place.capacity) ELSE place.capacity END
    """,
    "no lane of a place is taken by two meetings that overlap": """
        SELECT one.place_id, one.meeting_id, two.meeting_id
        FROM place_claim AS one JOIN slot AS s1 ON s1.id = one.slot_id
        JOIN place_claim AS two ON two.place_id = one.place_id AND two.lane = one.lane
                               AND two.meeting_id > one.meeting_id
        JOIN slot AS s2 ON s2.id = two.slot_id
        WHERE s1.starts_at < s2.ends_at AND s2.starts_at < s1.ends_at
    """,
    "a proposed or confirmed meeting has a seat for each of its delegates": """
        SELECT meeting.id, sitter.delegate_id
        FROM meeting JOIN meeting_delegate AS sitter ON sitter.meeting_id = meeting.id
        LEFT JOIN seat ON seat.meeting_id = meeting.id AND seat.delegate_id = sitter.delegate_id
        WHERE meeting.status IN ('proposed', 'confirmed') AND seat.meeting_id IS NULL
    """,
    "a proposed or confirmed meeting has seats of both sides": """
        SELECT meeting.id FROM meeting
        WHERE meeting.status IN ('proposed', 'confirmed') AND 2 <> (
            SELECT count(DISTINCT delegate.participation_id) FROM seat
            JOIN delegate ON delegate.id = seat.delegate_id
            WHERE seat.meeting_id = meeting.id AND delegate.participation_id
                  IN (meeting.participation_a_id, meeting.participation_b_id))
    """,
    "a meeting that is a draft or has ended holds no seat": """
        SELECT meeting.id, seat.person_id FROM meeting JOIN seat ON seat.meeting_id = meeting.id
        WHERE meeting.status IN ('draft', 'declined', 'cancelled', 'expired')
    """,
    "a meeting that is a draft or has ended holds no place": """
        SELECT meeting.id, claim.place_id FROM meeting
        JOIN place_claim AS claim ON claim.meeting_id = meeting.id
        WHERE meeting.status IN ('draft', 'declined', 'cancelled', 'expired')
    """,
    "seats and claims are in the meeting's own slot and place": """
        SELECT meeting.id FROM meeting JOIN seat ON seat.meeting_id = meeting.id
        WHERE seat.slot_id <> meeting.slot_id
        UNION ALL
        SELECT meeting.id FROM meeting JOIN place_claim AS claim ON claim.meeting_id = meeting.id
        WHERE claim.slot_id <> meeting.slot_id OR claim.place_id <> meeting.place_id
    """,
    "a meeting at a place of limited capacity has claimed it": """
        SELECT meeting.id FROM meeting JOIN place ON place.id = meeting.place_id
        LEFT JOIN place_claim AS claim ON claim.meeting_id = meeting.id
        WHERE meeting.status IN ('proposed', 'confirmed') AND place.capacity IS NOT NULL
              AND claim.meeting_id IS NULL
    """,
    "a seat is its delegate's person": """
        SELECT seat.meeting_id, seat.person_id FROM seat JOIN delegate ON delegate.id = seat.delegate_id
        WHERE delegate.person_id <> seat.person_id
    """,
    "nobody attends a session while seated in a meeting": """
        SELECT seat.person_id, seat.meeting_id, session.id
        FROM attendance JOIN delegate ON delegate.id = attendance.delegate_id
        JOIN event_session AS session ON session.id = attendance.session_id
        JOIN seat ON seat.person_id = delegate.person_id JOIN slot ON slot.id = seat.slot_id
        WHERE slot.starts_at < session.ends_at AND session.starts_at < slot.ends_at
    """,
    "nobody attends two sessions that overlap": """
        SELECT d1.person_id, s1.id, s2.id
        FROM attendance AS one JOIN delegate AS d1 ON d1.id = one.delegate_id
        JOIN event_session AS s1 ON s1.id = one.session_id
        JOIN delegate AS d2 ON d2.person_id = d1.person_id
        JOIN attendance AS two ON two.delegate_id = d2.id AND two.session_id > one.session_id
        JOIN event_session AS s2 ON s2.id = two.session_id
        WHERE s1.starts_at < s2.ends_at AND s2.starts_at < s1.ends_at
    """,
    "no session has more guests than seats": """
        SELECT session.id, count(DISTINCT delegate.person_id)
        FROM attendance JOIN delegate ON delegate.id = attendance.delegate_id
        JOIN event_session AS session ON session.id = attendance.session_id
        WHERE session.seats IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM attendance AS other JOIN delegate AS host ON host.id = other.delegate_id
            WHERE other.session_id = session.id AND host.person_id = delegate.person_id
                  AND host.participation_id = session.host_id)
        GROUP BY session.id, session.seats HAVING count(DISTINCT delegate.person_id) > session.seats
    """,
    "nobody sits in a session whose time is open": """
        SELECT session.id, attendance.delegate_id
        FROM attendance JOIN event_session AS session ON session.id = attendance.session_id
        WHERE NOT session.has_time
    """,
    "a roundtable and the meetings beside it fit into its place": """
        SELECT session.id, claim.slot_id, count(DISTINCT claim.meeting_id)
        FROM event_session AS session JOIN place ON place.id = session.place_id
        JOIN place_claim AS claim ON claim.place_id = place.id
        JOIN slot ON slot.id = claim.slot_id
        WHERE session.kind = 'roundtable' AND slot.starts_at < session.ends_at
              AND session.starts_at < slot.ends_at
        GROUP BY session.id, claim.slot_id, place.capacity
        HAVING count(DISTINCT claim.meeting_id) >= place.capacity
    """,
    "roundtables at one place at once are as many as fit, and no other session is there": """
        SELECT one.id, count(*)
        FROM event_session AS one JOIN place ON place.id = one.place_id
        JOIN event_session AS two ON two.place_id = one.place_id AND two.id <> one.id
        WHERE one.kind = 'roundtable' AND one.starts_at < two.ends_at AND two.starts_at < one.ends_at
        GROUP BY one.id, place.capacity
        HAVING count(*) >= coalesce(place.capacity, count(*) + 1) OR max(CASE WHEN two.kind = 'roundtable'
                                                                        THEN 0 ELSE 1 END) = 1
    """,
    "nobody sits at a roundtable without its host": """
        SELECT session.id FROM event_session AS session
        WHERE session.kind = 'roundtable'
              AND EXISTS (SELECT 1 FROM attendance WHERE attendance.session_id = session.id)
              AND NOT EXISTS (SELECT 1 FROM attendance JOIN delegate ON delegate.id = attendance.delegate_id
                              WHERE attendance.session_id = session.id
                                    AND delegate.participation_id = session.host_id)
    """,
    "a freed seat was given only after the list has dealt with it": """
        SELECT id FROM freed_seat WHERE given_to_id IS NOT NULL AND dealt_at IS NULL
    """,
    "a confirmed meeting was accepted by both sides": """
        SELECT meeting.id FROM meeting
        WHERE meeting.status = 'confirmed'
              AND (meeting.accepted_a_at IS NULL OR meeting.accepted_b_at IS NULL)
    """,
    "an accepted request has its meeting, and no other request has one": """
        SELECT request.id FROM meeting_request AS request
        WHERE (request.status = 'accepted') <> (request.meeting_id IS NOT NULL)
    """,
    "nobody is asked for another time of a meeting that has ended": """
        SELECT request.id FROM meeting_request AS request JOIN meeting ON meeting.id = request.moves_id
        WHERE request.status = 'open' AND meeting.status IN ('declined', 'cancelled', 'expired')
    """,
    "an offer of the waiting list that nobody moved is in the slot that came free": """
        SELECT freed.meeting_id FROM freed_slot AS freed
        JOIN meeting AS ended ON ended.id = freed.meeting_id
        JOIN meeting AS offer ON offer.id = freed.offer_id
        WHERE offer.sequence = 0 AND offer.slot_id <> ended.slot_id
    """,
    "a mail that was sent or given up keeps nothing of what it said": """
        SELECT id FROM outbox_mail
        WHERE status <> 'pending' AND CAST(arguments AS VARCHAR(10)) <> '{}'
    """,
}


def broken_invariants(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """The rules that do not hold, each with at most 20 rows that show it; empty when all is well."""
    broken = {}
    for rule, statement in INVARIANTS.items():
        rows = session.execute(sa.text(statement)).fetchmany(20)
        if rows:
            broken[rule] = [tuple(row) for row in rows]
    return broken
