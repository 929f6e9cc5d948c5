"""Reads the demonstration's organisations and wishes from the files beside this module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchmaker.models import EntryKind, OrganisationKind, WishKind

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class DemoEntry:
    """An offer or a need, illustrative and not the organisation's own statement."""

    kind: EntryKind
    title: str
    text: str
    language: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class DemoDelegate:
    """A role of an organisation (no person), with its address and zone."""

    role: str
    mail: str
    time_zone: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class DemoOrganisation:
    """An organisation of the demonstration; invented ones have invented names."""

    key: str
    name: str
    kind: OrganisationKind
    country: str
    region: str
    city: str
    website: str
    sector: str
    stage: str
    size: str
    languages: tuple[str, ...]
    language: str
    description: str
    wanted_kinds: tuple[str, ...]
    is_invented: bool
    entries: tuple[DemoEntry, ...]
    delegates: tuple[DemoDelegate, ...]

    @property
    def is_canadian(self) -> bool:
        """Which side of the hydrogen day it is on."""
        return self.country == "CA"


@dataclass(frozen=True)
class DemoWish:
    """A wish of an invented organisation."""

    from_key: str
    to_key: str
    kind: WishKind


def organisations() -> list[DemoOrganisation]:
    """All organisations of the demonstration, in the order of the file."""
    rows = json.loads((FOLDER / "organisations.json").read_text(encoding="utf-8"))
    return [_organisation(row) for row in rows]


def wishes() -> list[DemoWish]:
    """The wishes of the invented organisations."""
    rows = json.loads((FOLDER / "wishes.json").read_text(encoding="utf-8"))
    return [DemoWish(row["from"], row["to"], WishKind(row["wish"])) for row in rows]


def _organisation(row: dict[str, Any]) -> DemoOrganisation:
    offers = [_entry(EntryKind.OFFER, entry) for entry in row["offers"]]
    needs = [_entry(EntryKind.NEED, entry) for entry in row["needs"]]
    same = ("key", "name", "country", "region", "city", "website", "sector", "stage", "size", "language")
    return DemoOrganisation(
        **{name: row[name] for name in same},
        kind=OrganisationKind(row["kind"]),
        description=row["description"],
        languages=tuple(row["languages"]),
        wanted_kinds=tuple(row["wanted_kinds"]),
        is_invented=row["invented"],
        entries=(*offers, *needs),
        delegates=tuple(
            DemoDelegate(d["role"], d["mail"], d["time_zone"], tuple(d["languages"]))
            for d in row["delegates"]
        ),
    )


def _entry(kind: EntryKind, row: dict[str, Any]) -> DemoEntry:
    return DemoEntry(kind, row["title"], row["text"], row["language"], tuple(row["topics"]))
