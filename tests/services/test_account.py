"""What a new password and a new address make worthless."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import LinkInvalid
from matchmaker.models import Link, OutboxMail, Person
from matchmaker.services.account import (
    ask_new_email,
    ask_new_password,
    change_password,
    confirm_new_email,
    reset_password,
)
from matchmaker.services.login import open_login
from matchmaker.services.password import set_password
from tests.factories import NOW, PASSWORD, make_person

NEW = "nine green lanterns drift"


def _with_password(session: Session) -> Person:
    person = make_person(session)
    set_password(person, PASSWORD)
    return person


def _last_token(session: Session) -> str:
    mail = session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    return str(mail.arguments["token"])


def test_a_changed_password_makes_a_waiting_change_of_address_worthless(session: Session) -> None:
    person = _with_password(session)
    open_login(session, person=person, user_agent="", lifetime=dt.timedelta(days=1), now=NOW)
    ask_new_email(session, person_id=person.id, password=PASSWORD, email="thief@other.example", now=NOW)
    token = _last_token(session)
    change_password(session, person_id=person.id, present=PASSWORD, new=NEW, login_id=1, now=NOW)
    with pytest.raises(LinkInvalid):
        confirm_new_email(session, token=token, actor_id=person.id, now=NOW)


def test_a_reset_password_makes_a_waiting_change_of_address_worthless(session: Session) -> None:
    person = _with_password(session)
    ask_new_email(session, person_id=person.id, password=PASSWORD, email="thief@other.example", now=NOW)
    token = _last_token(session)
    ask_new_password(session, email=person.email or "", now=NOW)
    reset_password(session, token=_last_token(session), password=NEW, now=NOW)
    with pytest.raises(LinkInvalid):
        confirm_new_email(session, token=token, actor_id=person.id, now=NOW)


def test_asking_for_an_address_leaves_the_links_of_others_to_it_alone(session: Session) -> None:
    first, second = _with_password(session), _with_password(session)
    for person in (first, second, second):
        ask_new_email(session, person_id=person.id, password=PASSWORD, email="shared@firm.example", now=NOW)
    alive = session.scalars(sa.select(Link.person_id).where(Link.revoked_at.is_(None))).all()
    assert sorted(filter(None, alive)) == [first.id, second.id]
