"""What has served its purpose goes without anybody asking for it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.models import ImportFile
from matchmaker.services.forgetting import forget_old
from matchmaker.services.import_file import keep_file
from tests.factories import NOW, make_event, make_person


def test_an_uploaded_file_that_nobody_imports_goes_after_a_day(session: Session) -> None:
    event = make_event(session)
    person_id = make_person(session).id
    for name, hours in (("old.csv", 25), ("fresh.csv", 23)):
        keep_file(
            session, event=event, name=name, content=b"name,email\nAda,ada@ada.example\n",
            actor_id=person_id, now=NOW - dt.timedelta(hours=hours),
        )  # fmt: skip
    forget_old(session, now=NOW)
    assert session.scalars(sa.select(ImportFile.name)).all() == ["fresh.csv"]
