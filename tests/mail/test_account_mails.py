"""The wording of the mails about accounts and organisations, as snapshot files to read and to correct."""

from __future__ import annotations

from typing import Any

import pytest

from config import Config
from tests.mail.snapshot import check_wording

MAILS: list[tuple[str, str, dict[str, Any]]] = [
    ("confirm_email", "confirm_email", {"token": "the-token", "expires_at": "2026-11-05T09:00:00+00:00"}),
    ("already_registered", "already_registered", {"next": "/events/hydrogen/register"}),
    (
        "ask_to_join",
        "ask_to_join",
        {
            "organisation": "Acme <GmbH>",
            "organisation_id": 7,
            "asker": "Ben Beispiel",
            "asker_email": "ben@acme.example",
        },
    ),
    (
        "join_answered",
        "join_answered_yes",
        {"organisation": "Acme <GmbH>", "organisation_id": 7, "is_welcome": True},
    ),
    (
        "join_answered",
        "join_answered_no",
        {"organisation": "Acme <GmbH>", "organisation_id": 7, "is_welcome": False},
    ),
    (
        "join_organisation",
        "join_organisation",
        {
            "token": "the-token",
            "organisation": "Acme <GmbH>",
            "inviter": "Ben Beispiel",
            "inviter_email": "ben@acme.example",
            "expires_at": "2026-11-16T09:00:00+00:00",
        },
    ),
    ("reset_password", "reset_password", {"token": "the-token", "expires_at": "2026-11-02T11:00:00+00:00"}),
    ("password_changed", "password_changed", {"at": "2026-11-02T09:00:00+00:00"}),
    ("change_email", "change_email", {"token": "the-token", "expires_at": "2026-11-03T09:00:00+00:00"}),
    ("right_granted", "right_granted_events", {"right": "create_events"}),
    ("right_granted", "right_granted_administrator", {"right": "administrator"}),
    (
        "organisations_merged",
        "organisations_merged",
        {"source": "ACME", "target": "Acme GmbH", "organisation_id": 7},
    ),
    ("email_changed", "email_changed", {"new_email": "anna@new.example"}),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)
