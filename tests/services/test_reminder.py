"""Reminders: due by rows, each once, silent for those who did it or do not want to be reminded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker.mail.render import render
from matchmaker.models import (
    MailTopic,
    Meeting,
    MeetingRequest,
    MeetingStatus,
    OutboxMail,
    RequestStatus,
    Round,
    RoundStatus,
    RoundStep,
    Suggestion,
    WishKind,
)
from matchmaker.services.mail_choice import refuse_topic
from matchmaker.services.meeting import cancel, move
from matchmaker.services.reminder import due_reminders, queue_reminder
from matchmaker.services.seat import claim_seats
from tests.factories import NOW, add, make_meeting, make_place
from tests.rounds import Fair, make_fair, say

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Scene:
    """A fair 20 days ahead."""

    fair: Fair
    session: Session

    def remind(self, now: dt.datetime) -> list[tuple[str, int | None]]:
        """Kind and person of the reminders that were queued now."""
        rows = due_reminders(self.session, event=self.fair.event, now=now)
        return [
            (row.kind, row.person_id) for row in rows if queue_reminder(self.session, reminder=row, now=now)
        ]

    def person(self, side: str, number: int = 0) -> int:
        """The person of a startup or a corporate."""
        rows = self.fair.startups if side == "startup" else self.fair.corporates
        return self.fair.people[rows[number].id]

    def meeting(self, slot: int, status: MeetingStatus, number: int = 0) -> Meeting:
        """A meeting of two firms of the same number, with seats."""
        meeting = make_meeting(
            self.session, self.fair.event, a=self.fair.startups[number], b=self.fair.corporates[number],
            slot=self.fair.slots[slot], place=make_place(self.session, self.fair.event), status=status,
        )  # fmt: skip
        claim_seats(self.session, meeting=meeting)
        return meeting


@pytest.fixture
def scene(session: Session) -> Scene:
    """Two startups and two corporates with whole profiles."""
    day = (NOW + 20 * DAY).date()
    fair = make_fair(session, startups=2, corporates=2, slots=4, starts_on=day, ends_on=day)
    for row in (*fair.startups, *fair.corporates):
        row.description = "We make what others need and need what others make, at any size. " * 2
    session.flush()
    return Scene(fair, session)


def test_who_has_not_wished_is_reminded_once_near_the_end(session: Session, scene: Scene) -> None:
    fair = scene.fair
    round_ = add(
        session,
        Round(
            event_id=fair.event.id, number=1, step=RoundStep.SUGGEST, status=RoundStatus.PUBLISHED,
            settings={}, due_at=NOW, created_at=NOW, opened_at=NOW, wishes_until=NOW + 5 * DAY,
        ),
    )  # fmt: skip
    for one, other in zip(fair.startups, fair.corporates, strict=True):
        add(
            session,
            Suggestion(
                round_id=round_.id, event_id=fair.event.id, participation_a_id=one.id,
                participation_b_id=other.id, fit=0.5, fit_ab=0.5, fit_ba=0.5, value=0.5,
                rank_a=1, rank_b=1, scorer_version="1", inputs_hash="", explanation={},
            ),
        )  # fmt: skip
    say(session, fair.startups[0], WishKind.NEVER, fair.corporates[0])
    assert scene.remind(NOW + 4 * DAY - HOUR) == []
    expected = sorted(
        ("reminder_wishes", number)
        for number in (scene.person("startup", 1), scene.person("corporate"), scene.person("corporate", 1))
    )
    assert sorted(scene.remind(NOW + 4 * DAY)) == expected
    assert scene.remind(NOW + 4 * DAY + HOUR) == []
    assert scene.remind(NOW + 5 * DAY) == []


def test_what_waits_is_named_once_and_again_only_with_something_new(session: Session, scene: Scene) -> None:
    first = scene.meeting(0, MeetingStatus.PROPOSED)
    first.accepted_b_at = NOW
    session.flush()
    assert scene.remind(NOW + 23 * HOUR) == []
    waits = ("reminder_unanswered", scene.person("startup"))
    assert scene.remind(NOW + DAY) == [waits]
    assert scene.remind(NOW + 2 * DAY) == []
    request = add(
        session,
        MeetingRequest(
            event_id=scene.fair.event.id, from_id=scene.fair.corporates[1].id,
            to_id=scene.fair.startups[0].id, slot_id=scene.fair.slots[1].id, status=RequestStatus.OPEN,
            asked_at=NOW + 2 * DAY, expires_at=NOW + 2 * DAY + 8 * HOUR,
        ),
    )  # fmt: skip
    assert scene.remind(NOW + 2 * DAY + 3 * HOUR) == []
    assert scene.remind(NOW + 2 * DAY + 4 * HOUR) == [waits]
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    assert [item["path"].rsplit("/", 2)[1] for item in mail.arguments["items"]] == ["meetings", "requests"]
    request.status = RequestStatus.DECLINED
    session.flush()
    assert scene.remind(NOW + 3 * DAY) == []  # the older one was named before


def test_request_of_somebody_vetoed_is_not_named(session: Session, scene: Scene) -> None:
    fair = scene.fair
    say(session, fair.startups[0], WishKind.NEVER, fair.corporates[1])
    add(
        session,
        MeetingRequest(
            event_id=fair.event.id, from_id=fair.corporates[1].id, to_id=fair.startups[0].id,
            slot_id=fair.slots[1].id, status=RequestStatus.OPEN, asked_at=NOW, expires_at=NOW + 5 * DAY,
        ),
    )  # fmt: skip
    assert scene.remind(NOW + 3 * DAY) == []


def test_thin_profile_is_told_once_what_it_lacks(session: Session, scene: Scene) -> None:
    scene.fair.startups[1].description = ""
    session.flush()
    assert scene.remind(NOW + 3 * DAY - HOUR) == []
    assert scene.remind(NOW + 3 * DAY) == [("reminder_profile", scene.person("startup", 1))]
    assert scene.remind(NOW + 4 * DAY) == []


def test_day_with_many_changes_ends_with_what_is_on_now(
    session: Session, scene: Scene, config: Config
) -> None:
    meeting = scene.meeting(0, MeetingStatus.CONFIRMED)
    other = scene.meeting(3, MeetingStatus.CONFIRMED, number=1)
    for slot in (1, 2):
        move(
            session, event=scene.fair.event, meeting_id=meeting.id, slot_id=scene.fair.slots[slot].id,
            place_id=meeting.place_id, version=meeting.version, actor_id=scene.fair.organiser.id, now=NOW,
        )  # fmt: skip
    for row in (meeting, other):
        cancel(
            session, event=scene.fair.event, meeting_id=row.id, participation_id=None, version=row.version,
            reason="", actor_id=scene.fair.organiser.id, now=NOW,
        )  # fmt: skip
    evening = NOW.replace(hour=17)  # 18:00 in Berlin
    assert scene.remind(evening - HOUR) == []
    told = scene.remind(evening)
    assert Counter(kind for kind, _person in told) == {"reminder_changed": 2}
    assert {person for _kind, person in told} == {scene.person("startup"), scene.person("corporate")}
    assert scene.remind(evening + HOUR) == []
    mail = session.scalars(sa.select(OutboxMail).where(OutboxMail.kind == "reminder_changed")).first()
    assert mail is not None
    assert "You have no meeting ahead now." in render(mail, config).text


def test_day_of_meetings_is_announced_the_evening_before(session: Session, scene: Scene) -> None:
    scene.meeting(0, MeetingStatus.CONFIRMED)
    scene.meeting(3, MeetingStatus.PROPOSED, number=1)
    starts_at = scene.fair.slots[0].starts_at
    assert scene.remind(starts_at - 19 * HOUR) == [
        ("reminder_unanswered", scene.person(side, 1)) for side in ("startup", "corporate")
    ]
    assert scene.remind(starts_at - 18 * HOUR) == [
        ("reminder_start", scene.person(side)) for side in ("startup", "corporate")
    ]
    assert scene.remind(starts_at - HOUR) == []


def test_topic_that_was_switched_off_stays_silent(session: Session, scene: Scene) -> None:
    scene.meeting(0, MeetingStatus.CONFIRMED)
    starts_at = scene.fair.slots[0].starts_at
    refuse_topic(session, person_id=scene.person("startup"), topic=MailTopic.START, now=NOW)
    assert scene.remind(starts_at - 18 * HOUR) == [("reminder_start", scene.person("corporate"))]
