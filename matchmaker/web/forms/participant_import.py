"""Forms of the import page."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length

from matchmaker.models import OrganisationKind
from matchmaker.services.import_file import ImportSettings
from matchmaker.web.forms import Form
from matchmaker.web.labels import choices


class UploadForm(Form):
    """A file of participants."""

    file = FileField(
        _("CSV or Excel file (.xlsx)"),
        [FileRequired(_("Choose a file."))],
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx"},
    )


class ImportSettingsForm(Form):
    """What holds for the whole file; the columns are fields of the page's own."""

    kind = SelectField(_("Rows that do not say what they are"))
    source = StringField(_("Where the data came from"), [Length(max=300)])
    includes_unconfirmed = BooleanField(_("Use the firms in rounds before they confirm"))
    skips_bad_rows = BooleanField(_("Leave out rows with errors and import the others"))

    def __init__(self, settings: ImportSettings) -> None:
        super().__init__(obj=settings, data={"kind": settings.kind.value if settings.kind else ""})
        self.kind.choices = [("", gettext("are errors")), *choices(OrganisationKind)]
