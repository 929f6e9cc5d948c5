"""What the files of the demonstration promise to those who seed from them and to the real firms in them."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest

import matchmaker

ROOT = Path(matchmaker.__file__).parent
LANGUAGES = {"en", "de", "fr"}
KINDS = {"startup", "corporate", "research", "investor", "public", "enabler"}
STAGES = {"idea", "prototype", "pilot", "market", "growth"}
SIZES = {"1-10", "11-50", "51-250", "251-1000", "1000+"}
OTHER_SIDE = {"CA": "DE", "DE": "CA"}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def topics() -> list[dict[str, str]]:
    with (ROOT / "taxonomy" / "default.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def organisations() -> list[Row]:
    return json.loads((ROOT / "demo" / "organisations.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wishes() -> list[dict[str, str]]:
    return json.loads((ROOT / "demo" / "wishes.json").read_text(encoding="utf-8"))


def entries(organisation: Row) -> Iterator[Row]:
    yield from organisation["offers"]
    yield from organisation["needs"]


def topics_of(rows: list[Row]) -> set[str]:
    return {code for row in rows for code in row["topics"]}


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_taxonomy_is_a_tree_of_two_levels_with_parents_first(topics):
    assert 60 <= len(topics) <= 90
    roots: set[str] = set()
    for topic in topics:
        if topic["parent"]:
            assert topic["parent"] in roots, topic
        else:
            roots.add(topic["code"])
    assert {topic["parent"] for topic in topics} - {""} == roots
    assert repeated([topic["code"] for topic in topics]) == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_taxonomy_labels_are_there_and_unique_in_each_language(topics, language):
    labels = [topic[language] for topic in topics]
    assert all(label and label == label.strip() for label in labels)
    assert repeated(labels) == []


def test_each_side_has_at_least_25_real_organisations(organisations):
    real = Counter(row["country"] for row in organisations if not row["invented"])
    assert set(real) == {"CA", "DE"}
    assert min(real.values()) >= 25
    assert 6 <= sum(row["invented"] for row in organisations) <= 8


def test_canadian_side_has_at_least_25_real_firms_that_are_no_funds_or_agencies(organisations):
    firms = [
        row for row in organisations if row["country"] == "CA" and row["kind"] in {"startup", "corporate"}
    ]
    assert sum(not row["invented"] for row in firms) >= 25


def test_organisations_use_known_words(organisations, topics):
    sectors = {topic["en"] for topic in topics if not topic["parent"]}
    for row in organisations:
        assert row["kind"] in KINDS, row["key"]
        assert row["size"] in SIZES, row["key"]
        assert row["sector"] in sectors, row["key"]
        assert set(row["wanted_kinds"]) <= KINDS, row["key"]
        assert row["stage"] in (STAGES if row["kind"] == "startup" else {""}), row["key"]
        assert set(row["languages"]) <= LANGUAGES, row["key"]
        assert row["language"] in row["languages"], row["key"]


def test_keys_names_and_addresses_are_unique(organisations):
    assert repeated([row["key"] for row in organisations]) == []
    assert repeated([row["name"] for row in organisations]) == []
    assert repeated([row["website"] for row in organisations]) == []
    assert repeated([person["mail"] for row in organisations for person in row["delegates"]]) == []


def test_addresses_are_role_accounts_that_reach_nobody(organisations):
    for row in organisations:
        for mail in [row["mail"], *(person["mail"] for person in row["delegates"])]:
            local, _, domain = mail.partition("@")
            assert local, mail
            assert domain == f"{row['key']}.example", mail
        assert row["mail"] in {person["mail"] for person in row["delegates"]}, row["key"]


def test_delegates_have_a_role_an_iana_zone_and_languages(organisations):
    zones = available_timezones()
    for row in organisations:
        assert 1 <= len(row["delegates"]) <= 3, row["key"]
        assert repeated([person["role"] for person in row["delegates"]]) == []
        for person in row["delegates"]:
            assert set(person) == {"role", "mail", "time_zone", "languages"}, row["key"]
            assert person["time_zone"] in zones, person
            assert person["languages"], person
            assert set(person["languages"]) <= set(row["languages"]), person


def test_entries_have_words_and_known_topics(organisations, topics):
    codes = {topic["code"] for topic in topics}
    for row in organisations:
        for entry in entries(row):
            assert entry["title"], row["key"]
            assert entry["text"], row["key"]
            assert entry["language"] in LANGUAGES, entry["title"]
            assert entry["topics"], entry["title"]
            assert repeated(entry["topics"]) == []
            assert set(entry["topics"]) <= codes, entry["title"]


def test_only_invented_profiles_are_thin(organisations):
    thin = set()
    for row in organisations:
        full = row["description"] and 2 <= len(row["offers"]) <= 3 and 2 <= len(row["needs"]) <= 3
        if not full:
            thin.add(row["key"])
    assert thin
    assert thin <= {row["key"] for row in organisations if row["invented"]}


def test_no_text_is_used_twice(organisations):
    texts = [row["description"] for row in organisations if row["description"]]
    texts += [entry[part] for row in organisations for entry in entries(row) for part in ("title", "text")]
    assert repeated(texts) == []


def test_each_language_is_spoken_in_the_market(organisations):
    spoken = Counter(entry["language"] for row in organisations for entry in entries(row))
    assert set(spoken) == LANGUAGES
    assert min(spoken.values()) >= 20


def test_every_real_organisation_finds_an_answer_on_the_other_side(organisations):
    offered = {
        country: topics_of(
            [offer for row in organisations if row["country"] == country for offer in row["offers"]]
        )
        for country in OTHER_SIDE
    }
    alone = [
        row["key"]
        for row in organisations
        if not row["invented"] and not topics_of(row["needs"]) & offered[OTHER_SIDE[row["country"]]]
    ]
    assert alone == []


def test_wishes_are_those_of_invented_firms_only(organisations, wishes):
    invented = {row["key"]: row["invented"] for row in organisations}
    for wish in wishes:
        assert wish["wish"] in {"must", "meet", "never"}
        assert invented[wish["from"]], wish
        assert wish["to"] in invented, wish
        assert wish["from"] != wish["to"], wish
    assert repeated([f"{wish['from']} {wish['to']}" for wish in wishes]) == []


def test_no_real_organisation_is_the_object_of_a_veto(organisations, wishes):
    invented = {row["key"] for row in organisations if row["invented"]}
    assert all(wish["to"] in invented for wish in wishes if wish["wish"] == "never")


def test_some_wishes_are_mutual(wishes):
    wanted = {(wish["from"], wish["to"]) for wish in wishes if wish["wish"] in {"must", "meet"}}
    assert sum((b, a) in wanted for a, b in wanted) >= 4
