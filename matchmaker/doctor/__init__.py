"""Tells a wrong configuration before it hurts: settings, the machine, the database, the work that waits."""

from matchmaker.doctor.examine import examine
from matchmaker.doctor.finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]
