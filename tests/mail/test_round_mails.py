"""The wording of a round's mails, as snapshot files to read and to correct."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from config import Config
from matchmaker.mail.render import render
from matchmaker.models import MailStatus, OutboxMail

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
EVENT = {"event_name": "Hydrogen day Canada - Ruhr", "event_slug": "hydrogen", "event_zone": "Europe/Berlin"}
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "suggestions_open",
        "suggestions_open",
        {
            **EVENT,
            "wishes_until": "2026-11-09T17:00:00+00:00",
            "lists": [
                {"participation_id": 3, "name": "Acme <GmbH>", "count": 20},
                {"participation_id": 9, "name": "Beta Inc.", "count": 1},
            ],
        },
    ),
    (
        "agenda_published",
        "agenda_published",
        {
            **EVENT,
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
                },
                {"participation_id": 9, "name": "Beta Inc.", "meetings": []},
            ],
        },
    ),
]


def _mail(kind: str, arguments: dict[str, Any]) -> OutboxMail:
    return OutboxMail(
        key=kind,
        kind=kind,
        to_email="anna@acme.example",
        to_name="Anna Muster",
        language="en",
        time_zone="America/Toronto",
        arguments=arguments,
        message_id="<1@matchmaker>",
        status=MailStatus.PENDING,
        created_at=NOW,
        due_at=NOW,
    )


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    mail = render(_mail(kind, arguments), config)
    assert f"{mail.subject}\n\n{mail.text}" == (SNAPSHOTS / f"{snapshot}.txt").read_text()
    for link in [word for word in mail.text.split() if word.startswith("http")]:
        assert link in mail.html
