"""What an examination finds."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """How bad it is: a fault hurts now or soon, a warning is worth knowing."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `text` says what is wrong and what to do."""

    check: str
    severity: Severity
    text: str


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Severity.OK, text)


def warning(check: str, text: str) -> Finding:
    """Worth knowing."""
    return Finding(check, Severity.WARNING, text)


def fault(check: str, text: str) -> Finding:
    """It hurts now or soon."""
    return Finding(check, Severity.FAULT, text)
