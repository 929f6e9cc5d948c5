"""The wording of reminders, as snapshot files to read and to correct."""

from __future__ import annotations

from typing import Any

import pytest

from config import Config
from tests.mail.snapshot import check_wording

EVENT = {
    "event_name": "Hydrogen day <Essen>",
    "event_slug": "hydrogen",
    "event_zone": "Europe/Berlin",
    "organiser_name": "Ruhr Development",
}
VIDEO = {
    "starts_at": "2026-11-25T14:00:00+00:00",
    "ends_at": "2026-11-25T14:20:00+00:00",
    "partner": "Ruhr & Sons",
    "place": "Video room",
    "room": "/events/hydrogen/meetings/4/room",
    "path": "/events/hydrogen/meetings/4",
    "is_moved": False,
}
TABLE = {
    **VIDEO, "starts_at": "2026-11-25T14:25:00+00:00", "ends_at": "2026-11-25T14:45:00+00:00",
    "partner": "Luftschloss AG", "place": "Table 3", "room": "", "is_moved": True,
}  # fmt: skip
PROPOSAL = {
    "partner": "Ruhr & Sons", "starts_at": VIDEO["starts_at"], "path": "/events/hydrogen/meetings/4",
    "expires_at": None,
}  # fmt: skip
REQUEST = {
    **PROPOSAL, "partner": "Luftschloss AG", "path": "/events/hydrogen/requests/9",
    "expires_at": "2026-11-05T09:00:00+00:00",
}  # fmt: skip
LIST = {"participation_id": 3, "name": "Acme <GmbH>"}
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "reminder_wishes",
        "reminder_wishes",
        {**EVENT, "wishes_until": "2026-11-09T17:00:00+00:00", "lists": [LIST]},
    ),
    ("reminder_unanswered", "reminder_unanswered_one", {**EVENT, "items": [PROPOSAL]}),
    ("reminder_unanswered", "reminder_unanswered_two", {**EVENT, "items": [PROPOSAL, REQUEST]}),
    (
        "reminder_profile",
        "reminder_profile",
        {
            **EVENT,
            "participation_id": 3,
            "organisation": "Acme <GmbH>",
            "missing": ["needs", "description", "topics"],
        },
    ),
    ("reminder_changed", "reminder_changed", {**EVENT, "count": 3, "meetings": [VIDEO, TABLE]}),
    ("reminder_changed", "reminder_changed_to_nothing", {**EVENT, "count": 4, "meetings": []}),
    ("reminder_start", "reminder_start", {**EVENT, "meetings": [VIDEO, TABLE]}),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)
