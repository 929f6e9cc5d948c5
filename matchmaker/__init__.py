"""Open event matchmaking for startups and industry."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Config
from matchmaker.db import Database
from matchmaker.web import register_blueprints
from matchmaker.web.access import init_access
from matchmaker.web.acting import init_acting
from matchmaker.web.errors import init_errors
from matchmaker.web.formats import init_formats
from matchmaker.web.language import init_language
from matchmaker.web.login import init_login
from matchmaker.web.mail_kinds import init_mail_kinds
from matchmaker.web.metrics import init_metrics
from matchmaker.web.navigation import init_navigation
from matchmaker.web.page import init_page
from matchmaker.web.request_log import init_request_log
from matchmaker.web.security import init_security
from matchmaker.web.storage import init_storage
from matchmaker.web.tables import init_tables

__version__ = "0.1.0"


def create_app(config: Config, database: Database | None = None) -> Flask:
    """The web application of one installation; starts no clock and no worker."""
    app = Flask("matchmaker", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    init_request_log(app)
    init_metrics(app)
    init_security(app, config)
    init_storage(app, database or Database(config.database_url))
    init_language(app)
    init_login(app)
    init_access(app)
    init_formats(app)
    init_tables(app)
    init_page(app, config)
    init_navigation(app)
    init_acting(app)
    init_mail_kinds(app)
    init_errors(app)
    register_blueprints(app)
    if config.proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxy_hops, x_proto=config.proxy_hops, x_host=config.proxy_hops
        )
    return app
