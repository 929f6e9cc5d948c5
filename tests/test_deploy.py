"""The files of deploy/, linted by the tools of their kinds; images are not built here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.programs import find

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
UNITS = sorted((DEPLOY / "systemd").iterdir())


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.strip() == "", done.stderr


def test_dockerfile_passes_hadolint() -> None:
    _run(BIN / "hadolint", "--failure-threshold", "info", DEPLOY / "Dockerfile")


def test_compose_file_follows_the_specification() -> None:
    # the schema comes with the tool
    _run(
        BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml",
    )  # fmt: skip


def test_units_pass_systemd_s_own_check(tmp_path: Path) -> None:
    tool = find("systemd")
    assert tool is not None, "systemd-analyze is needed; on Debian: apt-get install systemd"
    for unit in UNITS:
        # it looks whether the programs are there
        text = unit.read_text().replace("/opt/matchmaker/.venv/bin", str(BIN))
        (tmp_path / unit.name).write_text(text)
    instances = [tmp_path / unit.name.replace("@.", "@1.") for unit in UNITS]
    _run(tool, "verify", "--man=no", "--generators=no", *instances)


def test_caddy_takes_the_proxy_s_settings() -> None:
    done = subprocess.run(
        [BIN / "caddy", "adapt", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"],
        env={"SITE_ADDRESS": "matchmaker.example", "PATH": ""},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "not formatted" not in done.stderr
    assert '"dial":"web:8000"' in done.stdout
    assert "matchmaker.example" in done.stdout


def test_nothing_in_deploy_holds_a_secret() -> None:
    texts = {path: path.read_text() for path in DEPLOY.rglob("*") if path.is_file()}
    assert [
        path for path, text in texts.items() if re.search(r"(?i)(password|secret|token)[\w]*=\S", text)
    ] == []
    example = texts[DEPLOY / "environment.example"]
    assert re.findall(r"^\w+=(.+)$", example, re.MULTILINE) == []


def test_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in text


def test_image_holds_all_that_the_service_reads() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    named = {name for line in copied for name in line.split()}
    assert {"config.py", "wsgi.py", "matchmaker", "migrations", "templates", "static"} <= named
    assert all((ROOT / name).exists() for name in named)
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in named} <= set(ignored)
