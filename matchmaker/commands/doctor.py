"""`matchmaker doctor`: what is wrong with this installation, before it hurts."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from config import Config
from matchmaker.doctor import Severity, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--strict", is_flag=True, help="End with 1 for warnings too.")
@click.pass_obj
def doctor(config: Config, as_json: bool, strict: bool) -> None:
    """Examine settings, machine, database and waiting work; ends with 1 when there is a fault."""
    findings = examine(config)
    found = {finding.severity for finding in findings}
    is_ill = Severity.FAULT in found or (strict and Severity.WARNING in found)
    if as_json:
        click.echo(
            json.dumps({"is_well": not is_ill, "findings": [asdict(one) for one in findings]}, indent=2)
        )
    else:
        for finding in findings:
            click.echo(f"{finding.severity.value.upper():<8}{finding.check}: {finding.text}")
    sys.exit(1 if is_ill else 0)
