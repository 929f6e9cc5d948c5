"""The catalogues: read from their .po files once per process; nothing compiled lies beside them.

English is the language of the code and needs no catalogue. `make translations` brings the others up to date.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "de": "Deutsch"}
SOURCE_LANGUAGE = "en"
FOLDER = Path(__file__).resolve().parent


def spoken(language: str) -> str:
    """This language where there is a catalogue for it, else English."""
    return language if language in LANGUAGES else SOURCE_LANGUAGE


def catalogue_path(language: str) -> Path:
    """Where translators work."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def translations(language: str) -> NullTranslations:
    """What gettext asks, in this language; what is not translated stays English."""
    if spoken(language) == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with catalogue_path(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, ignore_obsolete=True, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)
