"""Imprint, privacy notice and accessibility statement: the operator's own texts.

A privacy notice comes with the software and is shown until the operator publishes another one.
"""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markdown_it import MarkdownIt
from markupsafe import Markup

from config import Config
from matchmaker import clock
from matchmaker.errors import NotFound
from matchmaker.models import LegalKind
from matchmaker.permissions import is_administrator
from matchmaker.services import legal_text
from matchmaker.translations import SOURCE_LANGUAGE
from matchmaker.web.access import acting_id, public, requires
from matchmaker.web.forms.legal_text import LegalTextForm
from matchmaker.web.language import LANGUAGES, reader_language
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("legal_text", __name__)

# without HTML of the author's; links with dangerous schemes are left as text by the parser itself
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


def rendered(text: str) -> Markup:
    """The text's Markdown as safe HTML, its headings one level below the page's own."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))


@blueprint.get("/<any(imprint, privacy, accessibility):legal_kind>")
@public
def show(legal_kind: str) -> str:
    """The newest text in the reader's language; while there is none, the page says so."""
    kind = LegalKind(legal_kind)
    text = legal_text.current_text(reading(), kind=kind, language=reader_language())
    is_default = text is None and kind == LegalKind.PRIVACY
    source = text.text if text else default_privacy(reader_language()) if is_default else None
    return render_template(
        "legal_text/show.html",
        kind=kind,
        text=text,
        html=rendered(source) if source else None,
        is_default=is_default,
        names_operator=_config().names_operator,
        default_edition=legal_text.DEFAULT_PRIVACY,
    )


def default_privacy(language: str) -> str:
    """The privacy notice that comes with the software, with the operator named from the settings."""
    config = _config()
    missing = gettext("the operator has not stated this yet")
    return render_template(
        f"legal_text/privacy/{language if language in LANGUAGES else SOURCE_LANGUAGE}.md",
        operator_name=config.operator_name,
        operator_address=config.operator_address,
        operator_email=config.operator_email,
        data_protection_contact=config.data_protection_contact,
        missing=f"**[{missing}]**",
        login_days=config.login_days,
        how_matching_works=url_for("home.how_matching_works"),
        model_card=url_for("model_card.standard"),
    )


@blueprint.get("/admin/legal-texts")
@requires(is_administrator)
def index() -> str:
    """Which texts there are, in which languages and versions."""
    newest = legal_text.newest_texts(reading())
    return render_template("legal_text/index.html", newest=newest, kinds=list(LegalKind), languages=LANGUAGES)


@blueprint.route("/admin/legal-texts/<legal_kind>/<language>", methods=["GET", "POST"])
@requires(is_administrator)
def edit(legal_kind: str, language: str) -> ResponseReturnValue:
    """Write a text; saving publishes it as a new version and keeps the older ones."""
    if legal_kind not in set(LegalKind) or language not in LANGUAGES:
        raise NotFound()
    kind = LegalKind(legal_kind)
    last = legal_text.newest_texts(reading()).get((kind, language))
    form = LegalTextForm(obj=last)
    begins_from_default = last is None and kind == LegalKind.PRIVACY and not form.is_submitted()
    if begins_from_default:
        form.text.data = default_privacy(language)
    if form.validate_on_submit():
        with transaction() as db_session:
            legal_text.publish_text(
                db_session,
                kind=kind,
                language=language,
                text=form.text.data or "",
                actor_id=acting_id(),
                now=clock.now(),
            )
        flash(gettext("Published."), "success")
        return redirect(url_for("legal_text.index"))
    return render_template(
        "legal_text/edit.html",
        form=form,
        kind=kind,
        last=last,
        language_name=LANGUAGES[language],
        begins_from_default=begins_from_default,
    )


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
