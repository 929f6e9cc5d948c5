"""Which mails a person wants."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from matchmaker import clock
from matchmaker.models import MailTopic
from matchmaker.permissions import is_logged_in
from matchmaker.services.mail_choice import refused_topics, want_topics
from matchmaker.web.access import acting_id, requires
from matchmaker.web.forms.mail_choice import MailChoiceForm
from matchmaker.web.storage import reading, transaction

blueprint = Blueprint("own_mails", __name__)


@blueprint.route("/account/mails", methods=["GET", "POST"])
@requires(is_logged_in)
def edit() -> ResponseReturnValue:
    """Switch topics on and off."""
    refused = refused_topics(reading(), person_id=acting_id())
    form = MailChoiceForm(data={"topics": [topic.value for topic in MailTopic if topic not in refused]})
    if form.validate_on_submit():
        wanted = {MailTopic(topic) for topic in form.topics.data or []}
        with transaction() as session:
            want_topics(session, person_id=acting_id(), topics=wanted, now=clock.now())
        flash(gettext("Saved."), "success")
        return redirect(url_for(".edit"))
    return render_template("account/mails.html", form=form)
