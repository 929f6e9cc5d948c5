"""The wording of the mails about events: sessions of the programme, the team."""

from __future__ import annotations

from typing import Any

import pytest

from config import Config
from tests.mail.snapshot import check_wording

SESSION = {
    "event": "Hydrogen day <Essen>",
    "event_slug": "hydrogen-day",
    "title": "Masterclass electrolysis",
    "starts_at": "2026-11-25T15:00:00+00:00",
    "ends_at": "2026-11-25T16:00:00+00:00",
    "place": "Room 2",
    "event_zone": "Europe/Berlin",
    "host": "Zeche Phantasia",
    "calendar": {},
}
INVITATION = {
    "event": "Hydrogen day <Essen>",
    "token": "the-token",
    "inviter": "Carla Chamber",
    "inviter_email": "carla@chamber.example",
    "role": "enabler",
    "expires_at": "2026-11-16T09:00:00+00:00",
}
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    ("session_moved", "session_moved", SESSION),
    ("session_moved", "session_moved_hosts", {**SESSION, "is_host": True}),
    ("session_cancelled", "session_cancelled", SESSION),
    ("seat_given", "seat_given", {**SESSION, "how": "freed"}),
    ("seat_given", "seat_given_taken", {**SESSION, "how": "taken"}),
    ("seat_given", "seat_given_hosts", {**SESSION, "how": "hosts"}),
    ("seat_given_back", "seat_given_back", SESSION),
    ("join_event_team", "join_event_team", INVITATION),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)
