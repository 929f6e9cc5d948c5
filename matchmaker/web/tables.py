"""Wide tables on a phone: each cell knows the heading of its column, and stands under the others with it.

The style sheet lays rows out as cards where the screen is narrow; it takes the labels from `data-label`.
"""

from __future__ import annotations

import re

from flask import Flask
from markupsafe import Markup, escape

TABLE = re.compile(r'<table class="([^"]*)">(.*?)</table>', re.DOTALL)
HEAD = re.compile(r"<thead>.*?</thead>", re.DOTALL)
HEADING = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
PART = re.compile(r"<(thead|tbody|tr|th)\b([^>]*)>|<(td)\b([^>]*)>(.*?)</td>", re.DOTALL)
COLSPAN = re.compile(r'colspan="(\d+)"')

NARROW = "narrow-table"
"""The class of tables that fit a phone as they are: up to three short columns."""

ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row"}


def stacked(page: str) -> Markup:
    """The page with what its wide tables need to be read on a phone without scrolling sideways.

    Every cell below a heading that is seen gets it as its label, and has what it says in one piece. The
    roles say again what tables are, because some browsers forget it where rows are laid out as blocks.
    """
    return Markup(TABLE.sub(_stack, page))  # its text was escaped when the page was written


def _stack(found: re.Match[str]) -> str:
    classes, content = found.groups()
    head = HEAD.search(content)
    if NARROW in classes.split() or head is None:
        return found.group()
    labels = [_label(heading) for heading in HEADING.findall(head.group())]
    column = 0

    def part(tag: re.Match[str]) -> str:
        nonlocal column
        name, attributes, cell, details, text = tag.groups()
        if name in ROLES:
            column = 0
            return f'<{name}{attributes} role="{ROLES[name]}">'
        span = COLSPAN.search(details if cell else attributes)
        width = int(span.group(1)) if span else 1
        label = labels[column] if width == 1 and column < len(labels) else ""
        column += width
        if cell:
            return _cell(details, label, text)
        role = "rowheader" if 'scope="row"' in attributes else "columnheader"
        return f'<th{attributes} role="{role}">'

    return f'<table class="{classes} stacked" role="table">{PART.sub(part, content)}</table>'


def _label(heading: str) -> str:
    """What a heading says to the eye; nothing where it is hidden from it."""
    return "" if "visually-hidden" in heading else str(Markup(heading).striptags())


def _cell(attributes: str, label: str, text: str) -> str:
    if not text.strip():
        return f'<td{attributes} data-empty role="cell"></td>'
    if not label:
        return f'<td{attributes} role="cell">{text}</td>'
    return f'<td{attributes} data-label="{escape(label)}" role="cell"><div>{text}</div></td>'


def init_tables(app: Flask) -> None:
    """Give templates the filter."""
    app.add_template_filter(stacked)
