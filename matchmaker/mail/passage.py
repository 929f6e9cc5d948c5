"""The organiser's own passage of a mail: plain text with a little Markdown and a few placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markupsafe import Markup

# emphasis, links, lists and line ends; no HTML of the author's, no pictures, no headings, no code
_MARKDOWN = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "link", "autolink", "list", "newline", "escape", "entity"]
)
PLACEHOLDERS = ("name", "event", "organiser")
_BRACED = re.compile(r"\{([^{}\n]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is no placeholder, in order."""
    return [name for name in _BRACED.findall(text) if name not in PLACEHOLDERS]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The passage with its placeholders filled in, each once: what is filled in is not looked at again."""
    return _BRACED.sub(lambda found: values.get(found[1], found[0]), text).strip()


def as_html(text: str, values: Mapping[str, str]) -> Markup:
    """The passage as safe HTML; what is filled in is text and never Markdown."""
    plain = {name: re.sub(r"([\\`*_\[\]<>()#+\-.!&])", r"\\\1", value) for name, value in values.items()}
    return Markup(_MARKDOWN.render(fill(text, plain)))
