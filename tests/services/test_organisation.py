"""Founding organisations and recognising those that are known."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from matchmaker.errors import Invalid
from matchmaker.models import MemberRole, OrganisationKind
from matchmaker.services.organisation import (
    OrganisationProfile,
    domain_of,
    edit_organisation,
    found_organisation,
    name_key,
    similar_organisations,
    website_address,
)
from tests.factories import make_organisation, make_person


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ACME GmbH", "acme"),
        ("Acme, Ltd.", "acme"),
        ("Müller & Söhne GmbH & Co. KG", "müller & söhne"),
        ("H2 & Co", "h2"),
        ("Fuel Cell Co. Ltd.", "fuel cell"),
        ("Hydro S.A.", "hydro"),
        ("Verein der Ingenieure e. V.", "verein der ingenieure"),
        ("thyssenkrupp AG", "thyssenkrupp"),
        ("Siemens Energy SE", "siemens energy"),
        ("Hydrogène Québec ltée", "hydrogène québec"),
        ("GmbH", "gmbh"),
        ("3M", "3m"),
        ("  ...  ", ""),
    ],
)
def test_name_key_ignores_case_dots_and_legal_forms(name: str, key: str) -> None:
    assert name_key(name) == key


def test_domain_of_free_mail_is_nobodys() -> None:
    assert domain_of("anna@Firm.example") == "firm.example"
    assert domain_of("anna@gmail.com") == ""


@pytest.mark.parametrize("website", ["javascript://x.example/%0aalert(1)", "firm", "http://[", "a b.example"])
def test_website_that_is_no_link_is_refused(website: str) -> None:
    with pytest.raises(Invalid):
        website_address(website)


def test_website_without_scheme_becomes_https() -> None:
    assert website_address("www.firm.example") == "https://www.firm.example"


def test_similar_organisations_are_found_by_name_and_by_domain_but_not_merged_or_own(
    session: Session,
) -> None:
    person = make_person(session, email="anna@acme.example")
    by_name = make_organisation(session, name="Acme Inc", name_key="acme")
    by_domain = make_organisation(session, name="Umbrella", mail_domain="acme.example")
    make_organisation(session, person, name="Acme", name_key="acme")
    make_organisation(session, name="Acme old", name_key="acme", merged_into_id=by_name.id)
    make_organisation(session, name="Other", name_key="other", mail_domain="other.example")
    found = similar_organisations(session, name="ACME GmbH", email=person.email, person_id=person.id)
    assert [row.id for row in found] == [by_name.id, by_domain.id]


def test_founder_is_the_first_manager(session: Session, now: dt.datetime) -> None:
    person = make_person(session, email="anna@acme.example")
    profile = OrganisationProfile(name="Acme GmbH", kind=OrganisationKind.STARTUP, website="acme.example")
    organisation = found_organisation(session, profile=profile, person=person, now=now)
    assert organisation.mail_domain == "acme.example"
    assert organisation.website == "https://acme.example"
    assert [(m.person_id, m.role) for m in organisation.members] == [(person.id, MemberRole.MANAGER)]


def test_edited_name_is_found_under_its_new_key(session: Session, now: dt.datetime) -> None:
    person = make_person(session)
    organisation = make_organisation(session, person)
    profile = OrganisationProfile(name="New Name AG", kind=OrganisationKind.CORPORATE, country="CA")
    edit_organisation(session, organisation_id=organisation.id, profile=profile, actor_id=person.id, now=now)
    assert (organisation.name_key, organisation.kind) == ("new name", OrganisationKind.CORPORATE)
