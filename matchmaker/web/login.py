"""Log-ins as rows: the cookie holds a token, the row says whose it is and whether it still counts."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_login import LoginManager

from matchmaker import clock
from matchmaker.models import LoginSession, Person
from matchmaker.services.login import find_login
from matchmaker.web.storage import reading


class LoggedIn:
    """The logged-in person of a request, as flask-login wants it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, login: LoginSession, token: str) -> None:
        self.login_id = login.id
        self.person_id = login.person_id
        self.person: Person = login.person
        self._token = token

    def get_id(self) -> str:
        """What the cookie keeps: the log-in's token, not the person."""
        return self._token


def init_login(app: Flask) -> None:
    """Attach flask-login."""
    manager = LoginManager()
    manager.init_app(app)
    manager.session_protection = None

    @manager.user_loader
    def load(token: str) -> Any:
        login = find_login(reading(), token=token, now=clock.now())
        return None if login is None else LoggedIn(login, token)
