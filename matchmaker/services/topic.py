"""The taxonomy of an event: topics with labels in three languages, which offers and needs refer to."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy.orm import Session

from matchmaker.models import Topic

DEFAULT_TAXONOMY = Path(__file__).resolve().parents[1] / "taxonomy" / "default.csv"


def copy_default_topics(session: Session, *, event_id: int) -> None:
    """Give a new event its own copy of the default taxonomy."""
    with DEFAULT_TAXONOMY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    session.add_all(
        Topic(
            event_id=event_id,
            code=row["code"],
            parent_code=row["parent"],
            label_en=row["en"],
            label_de=row["de"],
            label_fr=row["fr"],
            position=position,
        )
        for position, row in enumerate(rows)
    )
    session.flush()
