"""The catalogues: every text is there, nothing is fuzzy, and no placeholder is lost on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from matchmaker.translations import LANGUAGES, SOURCE_LANGUAGE, catalogue_path, translations

ROOT = Path(__file__).resolve().parents[1]
TRANSLATED = sorted(set(LANGUAGES) - {SOURCE_LANGUAGE})
# what participants read; a new text there fails until it is translated (`make translations`)
PARTICIPANTS = re.compile(
    r"templates/(emails|registration|account|invitation|legal_text/show|error|_footer|_navigation|base"
    r"|mail_answer|unsubscribe|video_room|suggestion|meeting/|meeting_request|agenda|review"
    r"|participation/|entry|delegate|organisation/|home|event/show|event_session/programme)"
    r"|matchmaker/(errors|local_time|services/(meeting|wish|suggestion|answer|entry|delegate|account|login)"
    r"|web/(errors|registration|invitation|own_|reasons|suggestion|meeting|participation\.py|mail_answer"
    r"|forms/(account|registration|person|participation|entry|delegate|meeting|mail_choice)))"
)
LEAST_SHARE = 0.98
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{[a-z_]+\}|</?[a-z]+")


@pytest.fixture(scope="module")
def texts() -> dict[str | tuple[str, ...], list[str]]:
    """Every text of code and templates, and the files it stands in."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
    found: dict[str | tuple[str, ...], list[str]] = {}
    for name, _line, text, _comments, _context in extract_from_dir(ROOT, methods, options, keywords):
        found.setdefault(text, []).append(name)
    return found


def _catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_keeps_the_placeholders(language: str) -> None:
    wrong = []
    for message in _catalogue(language):
        ids, strings = _parts(message.id), _parts(message.string)
        if not message.id or not all(strings):
            continue
        if message.fuzzy or any(
            set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(ids[-1])) for text in strings
        ):
            wrong.append(message.id)
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_participants_read_is_translated(
    language: str, texts: dict[str | tuple[str, ...], list[str]]
) -> None:
    catalogue = _catalogue(language)
    missing = []
    for text, files in texts.items():
        message = catalogue.get(text)
        string = message.string if message else ""
        is_whole = all(string) if isinstance(string, tuple) else bool(string)
        if any(PARTICIPANTS.match(name) for name in files) and not is_whole:
            missing.append((text, files))
    assert missing == []


def _parts(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


@pytest.mark.parametrize("language", TRANSLATED)
def test_nearly_all_texts_are_translated(
    language: str, texts: dict[str | tuple[str, ...], list[str]]
) -> None:
    catalogue = _catalogue(language)
    done = [all(_parts(found.string)) for text in texts if (found := catalogue.get(text)) is not None]
    assert sum(done) >= LEAST_SHARE * len(texts)


def test_unknown_language_is_read_in_english() -> None:
    assert translations("fr").gettext("Log in") == "Log in"
