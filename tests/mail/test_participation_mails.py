"""The wording of the mails about participations and invitations, as snapshot files to read and to correct."""

from __future__ import annotations

from typing import Any

import pytest

from config import Config
from tests.mail.snapshot import check_wording

EVENT = {
    "event_name": "Hydrogen day Canada - Ruhr",
    "event_slug": "hydrogen",
    "organiser_name": "Ruhr Development",
    "organiser_address": "Street 1\n45127 Essen",
}
INVITATION = {
    **EVENT,
    "token": "the-token",
    "organisation": "Acme <GmbH>",
    "event_zone": "Europe/Berlin",
    "starts_on": "2026-11-25",
    "ends_on": "2026-11-25",
    "organiser_email": "office@ruhr.example",
    "source": "the catalogue of the fair in Toronto",
    "answer_by": "2026-11-18",
    "note": "",
    "is_included": False,
}
DELEGATE = {
    **EVENT,
    "organisation": "Acme <GmbH>",
    "added_by": "Ben",
    "participation_id": 6,
    "delegate_id": 7,
}
MAILS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "participation_registered",
        "participation_registered",
        {**EVENT, "organisation": "Acme <GmbH>", "participation_id": 7},
    ),
    ("participation_approved", "participation_approved", {**EVENT, "participation_id": 7}),
    ("delegate_added", "delegate_added_new", {**DELEGATE, "token": "the-token"}),
    ("delegate_added", "delegate_added_known", {**DELEGATE, "token": None}),
    ("invitation", "invitation", INVITATION),
    (
        "invitation",
        "invitation_included",
        {**INVITATION, "is_included": True, "note": "We met in Toronto & would like to see you again."},
    ),
    ("invitation_reminder", "invitation_reminder", INVITATION),
]


@pytest.mark.parametrize(("kind", "snapshot", "arguments"), MAILS, ids=[name for _, name, _ in MAILS])
def test_mail_reads_as_its_snapshot(
    kind: str, snapshot: str, arguments: dict[str, Any], config: Config
) -> None:
    check_wording(kind, snapshot, arguments, config)
