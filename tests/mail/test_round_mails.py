"""The wording of a round's mails, as snapshot files to read and to correct."""

from __future__ import annotations

from typing import Any

import pytest

from config import Config
from tests.mail.snapshot import check_wording

EVENT = {"event_name": "Hydrogen day Canada - Ruhr", "event_slug": "hydrogen", "event_zone": "Europe/Berlin"}
CHANGE: dict[str, Any] = {
    "meeting_id": 4,
    "own": "Acme <GmbH>",
    "partner": "Zeche Phantasia",
    "starts_at": "2026-11-25T15:00:00+00:00",
    "ends_at": "2026-11-25T15:20:00+00:00",
    "place": "Table 2",
    "room": "",
    "was_starts_at": "2026-11-25T14:00:00+00:00",
    "was_ends_at": "2026-11-25T14:20:00+00:00",
    "was_place": "Table 1",
    "needs_answer": False,
}
SEAT: dict[str, Any] = {
    "starts_at": "2026-11-25T15:00:00+00:00",
    "ends_at": "2026-11-25T15:20:00+00:00",
    "place": "Room 2",
    "host": "Zeche Phantasia",
}
THEN: dict[str, Any] = {
    "then_starts_at": "2026-11-25T15:30:00+00:00",
    "then_ends_at": "2026-11-25T15:50:00+00:00",
    "then_place": "Room 4",
}
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "suggestions_open",
        "suggestions_open",
        {
            **EVENT,
            "wishes_until": "2026-11-09T17:00:00+00:00",
            "answer_token": "t0ken",
            "lists": [
                {"participation_id": 3, "name": "Acme <GmbH>", "count": 20},
                {"participation_id": 9, "name": "Beta Inc.", "count": 1},
            ],
        },
    ),
    (
        "review_open",
        "review_open",
        {
            **EVENT,
            "until": "2026-11-16T17:00:00+00:00",
            "lists": [
                {"participation_id": 3, "name": "Acme <GmbH>", "count": 8},
                {"participation_id": 9, "name": "Beta Inc.", "count": 1},
            ],
        },
    ),
    (
        "agenda_published",
        "agenda_published",
        {
            **EVENT,
            "answer_token": "t0ken",
            "agendas": [
                {
                    "participation_id": 3,
                    "name": "Acme <GmbH>",
                    "meetings": [
                        {
                            "starts_at": "2026-11-25T14:00:00+00:00",
                            "ends_at": "2026-11-25T14:20:00+00:00",
                            "other": "Zeche Phantasia",
                            "place": "Video room",
                            "is_confirmed": True,
                            "needs_answer": False,
                        },
                        {
                            "starts_at": "2026-11-25T14:25:00+00:00",
                            "ends_at": "2026-11-25T14:45:00+00:00",
                            "other": "Luftschloss AG",
                            "place": "",
                            "is_confirmed": False,
                            "needs_answer": True,
                        },
                    ],
                    "sessions": [
                        {
                            "starts_at": "2026-11-25T15:00:00+00:00",
                            "ends_at": "2026-11-25T15:20:00+00:00",
                            "title": "Roundtable: first orders",
                            "place": "Room 2",
                            "host": "Zeche Phantasia",
                            "is_host": False,
                            "people": ["Anna Acme"],
                        },
                        {
                            "starts_at": "2026-11-25T16:00:00+00:00",
                            "ends_at": "2026-11-25T16:45:00+00:00",
                            "title": "Roundtable: pilots",
                            "place": "",
                            "host": "Acme <GmbH>",
                            "is_host": True,
                            "people": ["Anna Acme"],
                        },
                    ],
                },
                {
                    "participation_id": 9,
                    "name": "Beta Inc.",
                    "meetings": [],
                    "without_seat": [
                        {"title": "Roundtable: pilots", "code": "full"},
                        {"title": "Roundtable: ports", "code": "not_proposed"},
                    ],
                },
            ],
        },
    ),
    (
        "agenda_changed",
        "agenda_changed",
        {
            "event": EVENT["event_name"],
            "event_slug": "hydrogen",
            "event_zone": "Europe/Berlin",
            "calendars": [],
            "changes": [
                {**CHANGE, "kind": "moved"},
                {**CHANGE, "kind": "new", "partner": "Luftschloss AG", "needs_answer": True},
                {**CHANGE, "kind": "cancelled", "partner": "Erdreich eG"},
            ],
        },
    ),
    (
        "agenda_changed",
        "agenda_changed_delegate",
        {
            "event": EVENT["event_name"],
            "event_slug": "hydrogen",
            "event_zone": "Europe/Berlin",
            "calendars": [],
            "left": "Ben Beispiel",
            "left_organisation": "Luftschloss AG",
            "changes": [
                {**CHANGE, "kind": "handed", "partner": "Luftschloss AG", "sits": "Cora Kollegin"},
                {**CHANGE, "kind": "moved", "partner": "Luftschloss AG", "sits": "Cora Kollegin"},
            ],
        },
    ),
    (
        "agenda_changed",
        "agenda_changed_seats",
        {
            "event": EVENT["event_name"],
            "event_slug": "hydrogen",
            "event_zone": "Europe/Berlin",
            "calendars": [{"method": "CANCEL"}, {"method": "CANCEL"}],
            "calendar": {"method": "REQUEST"},
            "is_withdrawal": True,
            "changes": [],
            "sessions": [
                {**SEAT, "kind": "off", "title": "Roundtable: first orders"},
                {**SEAT, "kind": "seat_gone", "title": "Masterclass <pilots>"},
                {**SEAT, "kind": "hosts", "title": "Roundtable: ports"},
            ],
        },
    ),
    (
        "agenda_changed",
        "agenda_changed_seat",
        {
            "event": EVENT["event_name"],
            "event_slug": "hydrogen",
            "event_zone": "Europe/Berlin",
            "calendars": [],
            "calendar": {"method": "CANCEL"},
            "is_withdrawal": True,
            "changes": [],
            "sessions": [{**SEAT, "kind": "off", "title": "Roundtable: first orders"}],
        },
    ),
    (
        "agenda_changed",
        "agenda_changed_sessions",
        {
            "event": EVENT["event_name"],
            "event_slug": "hydrogen",
            "event_zone": "Europe/Berlin",
            "calendars": [],
            "changes": [],
            "sessions": [
                {**SEAT, **THEN, "kind": "moved", "title": "Roundtable: steel"},
                {**SEAT, **THEN, "then_place": "", "kind": "moved", "title": "Masterclass: permits"},
                {**SEAT, "kind": "off", "title": "Roundtable: ports"},
            ],
        },
    ),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)
