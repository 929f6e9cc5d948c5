"""The taxonomy of an event as a table: code, parent, en, de, fr."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matchmaker.errors import N_, Invalid
from matchmaker.models import Topic
from matchmaker.services.audit import record
from matchmaker.services.table_file import guarded, read_table
from matchmaker.services.topic import CODE_LENGTH, as_tree, topics_of

COLUMNS = ("code", "parent", "en", "de", "fr")
LABEL_LENGTH = 120
MOST_TOPICS = 2_000
CODE = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{CODE_LENGTH - 1}}}")


class WrongTopicFile(Invalid):
    """A line of the file cannot be taken; nothing was changed."""

    message = N_("Line %(line)s: %(problem)s")

    def __init__(self, message: str, **arguments: object) -> None:
        super().__init__(message, field="file", **arguments)


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    added: int
    changed: int


def export_topics(session: Session, *, event_id: int) -> str:
    """The event's topics as CSV, each below its parent."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for _depth, topic in as_tree(topics_of(session, event_id=event_id)):
        cells = (topic.code, topic.parent_code, topic.label_en, topic.label_de, topic.label_fr)
        writer.writerow([guarded(cell) for cell in cells])
    return file.getvalue()


def import_topics(
    session: Session, *, event_id: int, content: bytes, actor_id: int, now: dt.datetime
) -> Imported:
    """Add the file's topics and change those whose code there is; none is deleted.

    All or nothing: raises WrongTopicFile with the line of the first problem.
    """
    rows = _read(content)
    topics = {topic.code: topic for topic in topics_of(session, event_id=event_id)}
    _check_parents(rows, topics)
    position = max((topic.position for topic in topics.values()), default=-1) + 1
    added = changed = 0
    for row in rows:
        topic = topics.get(row["code"])
        values = {
            "parent_code": row["parent"],
            "label_en": row["en"],
            "label_de": row["de"] or row["en"],
            "label_fr": row["fr"] or row["en"],
        }
        if topic is None:
            session.add(Topic(event_id=event_id, code=row["code"], position=position + added, **values))
            added += 1
        elif any(getattr(topic, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(topic, name, value)
            changed += 1
    session.flush()
    record(
        session,
        actor_id=actor_id,
        event_id=event_id,
        action="import_topics",
        subject="topic",
        subject_id=None,
        now=now,
        added=added,
        changed=changed,
    )
    return Imported(added, changed)


def _read(content: bytes) -> list[dict[str, str]]:
    table = read_table(content)
    names = [name.lower() for name in table.columns]
    if missing := [name for name in ("code", "en") if name not in names]:
        raise WrongTopicFile(
            N_("The first line must name the columns %(columns)s; %(missing)s is missing."),
            columns=", ".join(COLUMNS),
            missing=", ".join(missing),
        )
    rows: list[dict[str, str]] = []
    seen: set[str] = set()
    for line in table.rows:
        cells = dict(zip(names, line.cells, strict=False))
        row = {name: cells.get(name, "") for name in COLUMNS}
        _check_row(row, line.number)
        if row["code"] in seen:
            raise WrongTopicFile(N_("The code %(code)s stands in the file twice."), code=row["code"])
        seen.add(row["code"])
        rows.append(row)
    if len(rows) > MOST_TOPICS:
        raise WrongTopicFile(N_("The file must hold at most %(most)s topics."), most=MOST_TOPICS)
    return rows


def _check_row(row: dict[str, str], line: int) -> None:
    if not CODE.fullmatch(row["code"]):
        raise WrongTopicFile(
            N_("Line %(line)s: the code %(code)s must be of small letters, digits and hyphens."),
            line=line,
            code=row["code"] or "–",
        )
    if not row["en"]:
        raise WrongTopicFile(N_("Line %(line)s: the English label is missing."), line=line)
    if max(len(row[name]) for name in ("en", "de", "fr")) > LABEL_LENGTH:
        raise WrongTopicFile(
            N_("Line %(line)s: a label has at most %(most)s characters."), line=line, most=LABEL_LENGTH
        )


def _check_parents(rows: list[dict[str, str]], topics: dict[str, Topic]) -> None:
    """Raise WrongTopicFile for a parent that is nowhere, or for topics below themselves."""
    parents = {topic.code: topic.parent_code for topic in topics.values()}
    parents |= {row["code"]: row["parent"] for row in rows}
    for row in rows:
        if row["parent"] and row["parent"] not in parents:
            raise WrongTopicFile(
                N_("The parent %(parent)s of %(code)s is neither in the file nor in the event."),
                parent=row["parent"],
                code=row["code"],
            )
        seen, code = {row["code"]}, row["parent"]
        while code:
            if code in seen:
                raise WrongTopicFile(N_("The topic %(code)s is below itself."), code=row["code"])
            seen.add(code)
            code = parents.get(code, "")
