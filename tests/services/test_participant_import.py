"""Importing participants: mapping, errors with the way out, upsert, all or nothing, erased addresses."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid
from matchmaker.models import (
    AuditEntry,
    EntryKind,
    Event,
    Group,
    Organisation,
    OrganisationKind,
    Origin,
    Participation,
    ParticipationStatus,
    Person,
    Topic,
)
from matchmaker.services.erased_address import remember_erased
from matchmaker.services.participant_apply import ImportHasErrors, ImportResult, apply_import
from matchmaker.services.participant_columns import complete_mapping, guess_mapping
from matchmaker.services.participant_import import ImportPlan, RowAction, plan_import
from matchmaker.services.participation import participations_for_rounds
from matchmaker.services.table_file import read_table
from tests.factories import NOW, add, make_event, make_organisation, make_participation, make_person

LATER = NOW + dt.timedelta(days=1)


def _plan(
    session: Session, event: Event, text: str, mapping: Mapping[str, str] | None = None, **options: object
) -> ImportPlan:
    table = read_table(text.encode())
    chosen = complete_mapping(table.columns, mapping or {})
    return plan_import(session, event=event, table=table, mapping=chosen, **options)  # type: ignore[arg-type]


def _import(session: Session, event: Event, text: str, **options: object) -> ImportResult:
    plan = _plan(session, event, text)
    values: dict[str, object] = {"source": "a list", "actor_id": None, "now": NOW, **options}
    result = apply_import(session, event=event, plan=plan, **values)  # type: ignore[arg-type]
    session.flush()
    session.expire_all()
    return result


def _errors(plan: ImportPlan) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.value) for error in plan.errors]


def _all(session: Session, event: Event) -> list[Participation]:
    statement = sa.select(Participation).where(Participation.event_id == event.id).order_by(Participation.id)
    return list(session.scalars(statement))


def _topic(session: Session, event: Event) -> None:
    add(
        session,
        Topic(
            event_id=event.id, code="h2", label_en="Hydrogen", label_de="Wasserstoff", label_fr="Hydrogène"
        ),
    )


@pytest.mark.both_databases
def test_row_becomes_an_invited_unconfirmed_participation(session: Session) -> None:
    event = make_event(session)
    _topic(session, event)
    _import(
        session,
        event,
        "id,company,type,country,state,website,languages,size,contact,e-mail,"
        "offer 1 title,offer_1_topics,needs\n"
        "7,Firm Ltd.,startup/scale-up,Kanada,BC,firm.example,English|fr,37,Ada,ADA@firm.example,Stacks,"
        "Wasserstoff,Pilot sites|Partners\n",
    )
    (row,) = _all(session, event)
    assert (row.status, row.origin, row.confirmed_at) == (
        ParticipationStatus.INVITED,
        Origin.IMPORTED,
        None,
    )
    assert (row.external_id, row.source, row.group.code) == ("7", "a list", "startups")
    assert (row.country, row.region, row.website) == ("CA", "BC", "https://firm.example")
    assert (row.languages, row.size) == (["en", "fr"], "11-50")
    assert [(entry.kind, entry.title, entry.topics) for entry in row.entries] == [
        (EntryKind.NEED, "Pilot sites", []),
        (EntryKind.NEED, "Partners", []),
        (EntryKind.OFFER, "Stacks", ["h2"]),
    ]
    person = row.delegates[0].person
    assert (person.name, person.email, person.time_zone) == ("Ada", "ada@firm.example", "America/Vancouver")
    assert row.delegates[0].is_manager
    assert person.password_hash is None
    assert (row.organisation.name, row.organisation.mail_domain) == ("Firm Ltd.", "firm.example")
    assert row.organisation.members == []


def test_row_without_an_address_gets_a_contact_whom_nobody_can_mail(session: Session) -> None:
    event = make_event(session)
    _import(session, event, "name,kind,country\nFirm,corporate,DE\n")
    (row,) = _all(session, event)
    assert [(d.person.name, d.person.email, d.person.time_zone) for d in row.delegates] == [
        ("Firm", None, "Europe/Berlin")
    ]


def test_import_into_rounds_needs_an_express_word(session: Session) -> None:
    event = make_event(session)
    _import(session, event, "name,kind\nOne,startup\n")
    assert session.scalars(participations_for_rounds(event.id)).all() == []
    _import(session, event, "name,kind\nOne,startup\nTwo,startup\n", includes_unconfirmed=True)
    found = session.scalars(participations_for_rounds(event.id)).all()
    assert sorted(row.organisation.name for row in found) == ["One", "Two"]


def test_errors_name_row_column_and_value(session: Session) -> None:
    event = make_event(session)
    plan = _plan(
        session,
        event,
        "name,kind,country,email,offer_1_title,offer_1_topics\n"
        "Good,startup,DE,a@good.example,,\n"
        ",startup,DE,,,\n"
        "Bad,plumber,Atlantis,not an address,Offer,Alchemy\n",
    )
    assert _errors(plan) == [
        (3, "name", ""),
        (4, "country", "Atlantis"),
        (4, "email", "not an address"),
        (4, "kind", "plumber"),
        (4, "offer_1_topics", "Alchemy"),
    ]
    assert (plan.bad_rows, plan.count(RowAction.CREATE)) == (2, 1)


def test_import_is_all_or_nothing_unless_bad_rows_may_be_left_out(session: Session) -> None:
    event = make_event(session)
    text = "name,kind\nGood,startup\nBad,plumber\n"
    with pytest.raises(ImportHasErrors) as caught:
        _import(session, event, text)
    assert caught.value.arguments == {"count": 1}
    assert _all(session, event) == []
    result = _import(session, event, text, skips_bad_rows=True)
    assert (result.created, result.skipped) == (1, 1)


@pytest.mark.both_databases
def test_second_import_updates_by_external_id_then_by_address_then_by_name(session: Session) -> None:
    event = make_event(session)
    _import(
        session,
        event,
        "id,name,kind,email,sector\n1,By number,startup,,a\n,By mail,startup,m@mail.example,a\n"
        ",By name,startup,,a\n",
    )
    result = _import(
        session,
        event,
        "id,name,kind,email,sector\n1,Renamed,startup,new@number.example,b\n"
        "9,By mail too,startup,m@mail.example,b\n,by NAME,startup,,b\n",
    )
    assert (result.created, result.updated) == (0, 3)
    rows = _all(session, event)
    assert [(row.external_id, row.sector) for row in rows] == [("1", "b"), ("9", "b"), (None, "b")]
    assert [d.person.email for d in rows[0].delegates] == ["new@number.example"]


def test_update_leaves_alone_what_the_file_has_no_column_for(session: Session) -> None:
    event = make_event(session)
    _import(session, event, "id,name,kind,sector,website,offers\n1,Firm,startup,a,firm.example,Stacks\n")
    _import(session, event, "id,name,kind,sector\n1,Firm,startup,b\n")
    (row,) = _all(session, event)
    assert (row.sector, row.website) == ("b", "https://firm.example")
    assert [entry.title for entry in row.entries] == ["Stacks"]


def test_what_a_firm_confirmed_is_not_overwritten(session: Session) -> None:
    event = make_event(session)
    make_participation(session, event, external_id="1", description="Our words", confirmed_at=NOW)
    result = _import(session, event, "id,name,kind,description\n1,Firm,startup,Their words\n")
    assert result.kept == 1
    assert _all(session, event)[0].description == "Our words"


def test_firm_that_said_no_is_not_invited_again(session: Session) -> None:
    event = make_event(session)
    make_participation(
        session, event, external_id="1", confirmed_at=None, status=ParticipationStatus.WITHDRAWN
    )
    result = _import(session, event, "id,name,kind\n1,Firm,startup\n", includes_unconfirmed=True)
    assert result.kept == 1
    assert _all(session, event)[0].status == ParticipationStatus.WITHDRAWN


@pytest.mark.both_databases
def test_who_asked_to_be_erased_is_not_imported_again(session: Session) -> None:
    event = make_event(session)
    remember_erased(session, email="no@firm.example", now=NOW)
    result = _import(
        session,
        event,
        "name,kind,email,delegate_2_email\nOne,startup,NO@firm.example,\n"
        "Two,startup,yes@two.example,no@firm.example\n",
    )
    assert (result.created, result.erased) == (1, 1)
    (row,) = _all(session, event)
    assert [d.person.email for d in row.delegates] == ["yes@two.example"]


def test_person_with_an_account_keeps_the_own_words(session: Session) -> None:
    event = make_event(session)
    person = make_person(session, name="Own name", time_zone="Asia/Tokyo")
    _import(session, event, f"name,kind,contact,email\nFirm,startup,Other name,{person.email}\n")
    _import(session, event, f"name,kind,contact,email\nFirm,startup,Third name,{person.email}\n")
    (row,) = _all(session, event)
    assert [d.person_id for d in row.delegates] == [person.id]
    assert (person.name, person.time_zone) == ("Own name", "Asia/Tokyo")


def test_known_organisation_is_used_again_and_nobody_becomes_its_member(session: Session) -> None:
    event = make_event(session)
    manager = make_person(session)
    known = make_organisation(session, manager, name="Firm", name_key="firm", country="DE")
    _import(session, event, "name,kind,country,email\nFirm GmbH,startup,DE,x@other.example\n")
    (row,) = _all(session, event)
    assert row.organisation_id == known.id
    assert [member.person_id for member in known.members] == [manager.id]


def test_two_firms_of_one_name_stay_two(session: Session) -> None:
    event = make_event(session)
    _import(session, event, "id,name,kind\n1,Firm,startup\n2,Firm,startup\n")
    assert len({row.organisation_id for row in _all(session, event)}) == 2
    assert len(session.scalars(sa.select(Organisation)).all()) == 2


def test_same_firm_twice_in_the_file_is_an_error(session: Session) -> None:
    event = make_event(session)
    plan = _plan(session, event, "id,name,kind\n1,Firm,startup\n1,Other,startup\n")
    assert [(error.row, error.value, error.arguments) for error in plan.errors] == [(3, "1", {"row": 2})]


def test_group_is_named_where_several_could_take_the_firm(session: Session) -> None:
    event = make_event(session)
    add(session, Group(event_id=event.id, code="scale-ups", name="Scale-ups", kind="startup"))
    session.expire_all()
    assert _errors(_plan(session, event, "name,kind\nFirm,startup\n")) == [(2, "", "startup")]
    plan = _plan(session, event, "name,group\nFirm,Scale-Ups\n")
    assert [(row.kind, row.firm.name) for row in plan.rows] == [(OrganisationKind.STARTUP, "Firm")]


def test_enabler_does_not_touch_what_others_brought(session: Session) -> None:
    event = make_event(session)
    enabler = make_person(session)
    make_participation(session, event, external_id="1", confirmed_at=None)
    plan = _plan(session, event, "id,name,kind\n1,Firm,startup\n2,Own,startup\n", only_brought_by=enabler.id)
    assert _errors(plan) == [(2, "", "1")]
    result = apply_import(
        session,
        event=event,
        plan=plan,
        source="own list",
        actor_id=enabler.id,
        now=NOW,
        skips_bad_rows=True,
        origin=Origin.ENABLER,
        brought_by_id=enabler.id,
    )
    assert result.created == 1
    assert [(row.origin, row.brought_by_id) for row in _all(session, event)][1:] == [
        (Origin.ENABLER, enabler.id)
    ]


def test_import_is_written_down(session: Session) -> None:
    event = make_event(session)
    organiser = make_person(session)
    _import(session, event, "name,kind\nFirm,startup\n", actor_id=organiser.id)
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.details["created"]) == (
        "import_participants",
        organiser.id,
        1,
    )


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"nothing": "name"}, "no column nothing"),
        ({"firm": "colour"}, "no field colour"),
        ({"firm": "name", "other": "name"}, "both meant as name"),
        ({"name": ""}, "holds the name"),
    ],
)
def test_mapping_that_cannot_be_used_says_why(chosen: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        complete_mapping(("name", "firm", "other"), chosen)


def test_mapping_is_guessed_from_headings_in_three_languages() -> None:
    assert guess_mapping(["Firma", "Land", "Ansprechpartner", "E-Mail", "Größe", "Angebote", "Farbe"]) == {
        "Firma": "name",
        "Land": "country",
        "Ansprechpartner": "delegate_1_name",
        "E-Mail": "delegate_1_email",
        "Größe": "size",
        "Angebote": "offers",
        "Farbe": "",
    }


def test_column_with_the_fields_own_name_goes_before_one_that_is_like_it() -> None:
    assert guess_mapping(["one_liner", "description"]) == {"one_liner": "", "description": "description"}


def test_real_lists_are_imported_whole_and_a_second_time_changes_nothing(
    session: Session, shared_data: Path
) -> None:
    event = make_event(session)
    for _time in range(2):
        for name in ("canadian_cleantech_firms.csv", "german_corporates.csv"):
            _import(session, event, (shared_data / name).read_text(), includes_unconfirmed=True)
    rows = _all(session, event)
    with (shared_data / "canadian_cleantech_firms.csv").open() as file:
        symbols = [row["symbol"] for row in csv.DictReader(file)]
    assert [row.external_id for row in rows][:76] == symbols
    assert len(rows) == 281
    assert len(session.scalars(sa.select(Person)).all()) == 281
    groups = [row.group.code for row in rows]
    assert (groups.count("startups"), groups.count("corporates")) == (64, 217)
    assert {row.country for row in rows} == {"CA", "DE"}
    assert len(session.scalars(participations_for_rounds(event.id)).all()) == 281


ANN = "name,kind,email,contact\nAcme,startup,a@acme.example,Ann\n"


def _left_by_ann(session: Session, event: Event) -> Participation:
    """An imported firm whose contact has sat in a meeting and left since; the list still shows the name."""
    _import(session, event, ANN)
    (firm,) = _all(session, event)
    firm.delegates[0].left_at, firm.delegates[0].is_manager = NOW, False
    session.flush()
    return firm


def test_somebody_who_had_left_comes_back_when_the_file_names_them_and_the_check_says_so(
    session: Session,
) -> None:
    event = make_event(session)
    firm = _left_by_ann(session, event)
    plan = _plan(session, event, ANN)
    assert (plan.coming_back, plan.staying_away) == ((("Ann", "Acme"),), ())
    assert [row.participation_id for row in plan.rows] == [firm.id]
    _import(session, event, ANN)
    session.expire_all()
    (delegate,) = firm.delegates
    assert (delegate.left_at, delegate.is_manager) == (None, True)


def test_somebody_who_left_a_firm_that_answered_itself_stays_away_and_the_check_says_so(
    session: Session,
) -> None:
    event = make_event(session)
    firm = _left_by_ann(session, event)
    firm.confirmed_at = NOW
    session.flush()
    plan = _plan(session, event, ANN)
    assert (plan.coming_back, plan.staying_away) == ((), (("Ann", "Acme"),))
    _import(session, event, ANN)
    assert firm.delegates[0].left_at == NOW


def test_somebody_who_left_one_firm_and_is_in_the_row_of_another_belongs_to_that(session: Session) -> None:
    event = make_event(session)
    acme = _left_by_ann(session, event)
    text = "name,kind,email\nBolt,startup,a@acme.example\n"
    assert [row.action for row in _plan(session, event, text).rows] == [RowAction.CREATE]
    _import(session, event, text)
    bolt = next(row for row in _all(session, event) if row.id != acme.id)
    assert (acme.delegates[0].left_at, bolt.delegates[0].left_at) == (NOW, None)
    assert [row.participation_id for row in _plan(session, event, text).rows] == [bolt.id]
