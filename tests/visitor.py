"""A browser without JavaScript: it reads pages, fills in their real forms and follows redirects."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from matchmaker import clock
from matchmaker.db import Database
from matchmaker.models import Person
from matchmaker.services.login import open_login


class Visitor:
    """One browser; `log_in` gives it a real log-in without typing the password."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self._database: Database = app.extensions["database"]
        self.response: TestResponse | None = None

    def log_in(self, person: Person | int) -> Visitor:
        """Open a log-in of this person in this browser."""
        person_id = person if isinstance(person, int) else person.id
        with self._database.transaction() as session:
            token = open_login(
                session,
                person=session.get_one(Person, person_id),
                user_agent="test",
                lifetime=dt.timedelta(days=1),
                now=clock.now(),
            )
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return self

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        """Open a page (redirects are followed) and read it."""
        self.response = self.client.get(path, follow_redirects=True)
        assert self.response.status_code == status, self._told()
        return self.page()

    def page(self) -> BeautifulSoup:
        """The page as it is now."""
        assert self.response is not None
        return BeautifulSoup(self.response.get_data(as_text=True), "html.parser")

    def text(self) -> str:
        """What stands on the page, blanks folded."""
        return " ".join(self.page().get_text(" ").split())

    def submit(self, *, action: str | None = None, status: int = 200, **values: Any) -> BeautifulSoup:
        """Fill in the page's form (the one whose action ends so) and press its button."""
        form = self._form(action)
        data = typed(form)
        for name, value in values.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        assert self.response is not None
        target = str(form.get("action") or self.response.request.full_path.rstrip("?"))
        self.response = self.client.post(
            target, data=data, follow_redirects=True, content_type="multipart/form-data"
        )
        assert self.response.status_code == status, self._told()
        return self.page()

    def _form(self, action: str | None) -> Tag:
        forms = [
            form
            for form in self.page().find_all("form")
            if (action is None and "log-out" not in str(form.get("action", "")))
            or (action is not None and str(form.get("action", "")).endswith(action))
        ]
        assert forms, f"no form {action!r} on the page: {self.text()[:500]}"
        return forms[0]

    def _told(self) -> str:
        assert self.response is not None
        return f"{self.response.status_code} {self.response.request.path}: {self.text()[:600]}"


def typed(form: Tag) -> MultiDict[str, Any]:
    """What the form would send as it stands."""
    data: MultiDict[str, Any] = MultiDict()
    for field in form.find_all(["input", "textarea", "select"]):
        name = field.get("name")
        kind = field.get("type", "")
        if not name or field.has_attr("disabled") or kind in {"submit", "file", "button"}:
            continue
        if kind in {"checkbox", "radio"}:
            if field.has_attr("checked"):
                data.add(name, field.get("value", "on"))
        elif field.name == "select":
            chosen = field.find_all("option", selected=True) or (
                [] if field.has_attr("multiple") else field.find_all("option")[:1]
            )
            for option in chosen:
                data.add(name, option.get("value", option.get_text()))
        elif field.name == "textarea":
            data.add(name, field.get_text().removeprefix("\r\n").removeprefix("\n"))
        else:
            data.add(name, field.get("value", ""))
    return data
