"""The only reader of the environment: turns it into one frozen Config."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
DEFAULT_SQLITE = ROOT / "instance" / "matchmaker.sqlite3"


class ConfigError(ValueError):
    """A setting of the environment cannot be used; the text says which and what to write instead."""


@dataclass(frozen=True)
class Config:
    """All settings of one installation. Times are in seconds unless the name says otherwise."""

    database_url: str
    secret_key: str
    base_url: str
    trusted_hosts: tuple[str, ...]
    smtp_url: str | None
    mail_sender: str
    is_demo: bool = False
    is_testing: bool = False
    has_default_secret: bool = False
    proxy_hops: int = 0
    log_level: str = "INFO"
    login_days: int = 14
    encoder: str = "fast"
    mails_per_minute: int = 0
    smtp_timeout: float = 30
    jitsi_url: str = ""
    jitsi_app_id: str = ""
    jitsi_secret: str = field(default="", repr=False)
    log_format: str = "text"
    metrics_token: str = field(default="", repr=False)
    metrics_addresses: tuple[str, ...] = ()
    metrics_folder: str = ""
    operator_name: str = ""
    operator_address: str = ""
    operator_email: str = ""
    data_protection_contact: str = ""

    @property
    def names_operator(self) -> bool:
        """Whether the privacy notice that comes with the software can say who is responsible."""
        return bool(self.operator_name and self.operator_address and self.operator_email)

    @property
    def is_secure(self) -> bool:
        """Whether the service is reached over https, so that cookies must be too."""
        return self.base_url.startswith("https://")


def load(environ: Mapping[str, str]) -> Config:
    """Read the settings; raises ConfigError with the way out when one cannot be used."""
    base_url = environ.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"BASE_URL is {base_url!r}; write it like https://matchmaker.example.org")
    secret_key = environ.get("SECRET_KEY", "")
    is_local = parts.hostname in {"127.0.0.1", "localhost"}
    if not secret_key and not is_local:
        raise ConfigError("SECRET_KEY is not set; create one with: matchmaker new-secret")
    if secret_key and len(secret_key) < 32:
        raise ConfigError("SECRET_KEY is shorter than 32 characters; create one with: matchmaker new-secret")
    hosts = environ.get("TRUSTED_HOSTS", "")
    jitsi_url, jitsi_app_id, jitsi_secret = _jitsi(environ)
    return Config(
        database_url=environ.get("DATABASE_URL", f"sqlite:///{DEFAULT_SQLITE}"),
        secret_key=secret_key or _local_secret(),
        has_default_secret=not secret_key,
        base_url=base_url,
        trusted_hosts=tuple(h.strip() for h in hosts.split(",") if h.strip()) or _hosts_of(parts.hostname),
        smtp_url=environ.get("SMTP_URL") or None,
        mail_sender=environ.get("MAIL_SENDER") or f"Matchmaker <no-reply@{parts.hostname}>",
        is_demo=environ.get("MATCHMAKER_DEMO", "") == "1",
        proxy_hops=_whole_number(environ, "PROXY_HOPS", 0),
        log_level=environ.get("LOG_LEVEL", "INFO"),
        login_days=_whole_number(environ, "LOGIN_DAYS", 14),
        encoder=environ.get("MATCHMAKER_ENCODER", "fast"),
        mails_per_minute=_whole_number(environ, "MAILS_PER_MINUTE", 0),
        smtp_timeout=_whole_number(environ, "SMTP_TIMEOUT", 30),
        jitsi_url=jitsi_url,
        jitsi_app_id=jitsi_app_id,
        jitsi_secret=jitsi_secret,
        log_format=_log_format(environ, default="text" if is_local else "json"),
        metrics_token=_metrics_token(environ),
        metrics_addresses=_networks(environ, "METRICS_ADDRESSES"),
        metrics_folder=environ.get("PROMETHEUS_MULTIPROC_DIR", ""),
        operator_name=environ.get("OPERATOR_NAME", "").strip(),
        operator_address=environ.get("OPERATOR_ADDRESS", "").strip(),
        operator_email=environ.get("OPERATOR_EMAIL", "").strip(),
        data_protection_contact=environ.get("DATA_PROTECTION_CONTACT", "").strip(),
    )


def as_demo(config: Config, *, database_url: str, base_url: str) -> Config:
    """The same installation as the demonstration: local only, with its own database."""
    hosts = ("127.0.0.1", "localhost")
    return replace(config, is_demo=True, database_url=database_url, base_url=base_url, trusted_hosts=hosts)


def _hosts_of(hostname: str) -> tuple[str, ...]:
    if hostname in {"127.0.0.1", "localhost"}:
        return ("127.0.0.1", "localhost")
    return (hostname,)


def _jitsi(environ: Mapping[str, str]) -> list[str]:
    """The Jitsi server whose rooms want a token: all three settings or none."""
    names = ("JITSI_URL", "JITSI_APP_ID", "JITSI_SECRET")
    values = [environ.get(name, "") for name in names]
    if any(values) and not all(values):
        missing = ", ".join(name for name, value in zip(names, values, strict=True) if not value)
        raise ConfigError(f"{missing} must be set too for rooms with a token, or none of {', '.join(names)}")
    return values


def _log_format(environ: Mapping[str, str], *, default: str) -> str:
    form = environ.get("LOG_FORMAT", "") or default
    if form not in {"json", "text"}:
        raise ConfigError(f"LOG_FORMAT is {form!r}; write json or text")
    return form


def _metrics_token(environ: Mapping[str, str]) -> str:
    token = environ.get("METRICS_TOKEN", "")
    if token and len(token) < 16:
        raise ConfigError(
            "METRICS_TOKEN is shorter than 16 characters; create one with: matchmaker new-secret"
        )
    return token


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Addresses or networks such as 10.0.0.0/8, with commas."""
    networks = tuple(part.strip() for part in environ.get(name, "").split(",") if part.strip())
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ConfigError(
                f"{name} has {network!r}; write networks like 10.0.0.0/8 or 127.0.0.1"
            ) from error
    return networks


def _local_secret() -> str:
    """A secret kept beside the local database, so that log-ins survive a restart on one laptop."""
    path = ROOT / "instance" / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text().strip()


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise ConfigError(f"{name} is {text!r}; write a whole number such as {default}")
    return int(text)
