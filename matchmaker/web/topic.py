"""The editor of an event's taxonomy."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.permissions import can_edit_event
from matchmaker.services import topic as topics
from matchmaker.services import topic_file
from matchmaker.web.access import requires
from matchmaker.web.change import attempt
from matchmaker.web.forms.topic import ReplaceTopicForm, TopicFileForm, TopicForm
from matchmaker.web.language import reader_language
from matchmaker.web.storage import reading

blueprint = Blueprint("topic", __name__, url_prefix="/events/<event_slug>/topics")


@blueprint.get("")
@requires(can_edit_event)
def index(event_slug: str) -> ResponseReturnValue:
    """All topics as a tree with their labels and uses."""
    return _index_page(TopicFileForm())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_edit_event)
def create(event_slug: str) -> ResponseReturnValue:
    """Add a topic."""
    form = TopicForm(topics.topics_of(reading(), event_id=g.event.id), reader_language())
    if form.validate_on_submit() and attempt(topics.add_topic, form=form, details=form.details()).is_done:
        flash(_("Saved."), "success")
        return redirect(url_for("topic.index", event_slug=event_slug))
    return render_template("topic/form.html", form=form, topic=None)


@blueprint.route("/<int:topic_id>/edit", methods=["GET", "POST"])
@requires(can_edit_event)
def edit(event_slug: str, topic_id: int) -> ResponseReturnValue:
    """Rename a topic, or put it elsewhere in the tree."""
    session = reading()
    topic = topics.find_topic(session, event_id=g.event.id, topic_id=topic_id)
    form = TopicForm(topics.topics_of(session, event_id=g.event.id), reader_language(), topic)
    if form.validate_on_submit():
        outcome = attempt(topics.edit_topic, form=form, topic_id=topic_id, details=form.details())
        if outcome.is_done:
            flash(_("Saved."), "success")
            return redirect(url_for("topic.index", event_slug=event_slug))
    return render_template("topic/form.html", form=form, topic=topic)


@blueprint.route("/<int:topic_id>/delete", methods=["GET", "POST"])
@requires(can_edit_event)
def delete(event_slug: str, topic_id: int) -> ResponseReturnValue:
    """Delete a topic; offers and needs that have it get another."""
    session = reading()
    topic = topics.find_topic(session, event_id=g.event.id, topic_id=topic_id)
    form = ReplaceTopicForm(topics.topics_of(session, event_id=g.event.id), reader_language(), topic)
    if form.validate_on_submit():
        replacement = form.replacement_id.data or None
        outcome = attempt(topics.delete_topic, form=form, topic_id=topic_id, replacement_id=replacement)
        if outcome.is_done:
            flash(_("Deleted."), "success")
            return redirect(url_for("topic.index", event_slug=event_slug))
    uses = topics.count_uses(reading(), event_id=g.event.id)[topic.code]
    return render_template("topic/delete.html", form=form, topic=topic, uses=uses)


@blueprint.post("/import")
@requires(can_edit_event)
def import_file(event_slug: str) -> ResponseReturnValue:
    """Add and change topics from a CSV file."""
    form = TopicFileForm()
    if form.validate_on_submit():
        outcome = attempt(topic_file.import_topics, form=form, content=form.file.data.read())
        if outcome.is_done:
            done = outcome.result
            flash(
                _("Topics added: %(added)s, changed: %(changed)s.", added=done.added, changed=done.changed),
                "success",
            )
            return redirect(url_for("topic.index", event_slug=event_slug))
    return _index_page(form)


@blueprint.get("/export.csv")
@requires(can_edit_event)
def export_file(event_slug: str) -> ResponseReturnValue:
    """The topics as a CSV file, which the import takes again."""
    text = topic_file.export_topics(reading(), event_id=g.event.id)
    name = f"topics-{g.event.slug}.csv"
    # the mark at the start makes spreadsheets read it as UTF-8
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _index_page(file_form: TopicFileForm) -> str:
    session = reading()
    return render_template(
        "topic/index.html",
        tree=topics.as_tree(topics.topics_of(session, event_id=g.event.id)),
        uses=topics.count_uses(session, event_id=g.event.id),
        file_form=file_form,
    )
