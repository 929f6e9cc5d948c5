"""Finds the browser of the tests; `python -m tests.chromium` installs it where apt may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The path of a chromium (CHROMIUM names another one), or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> bool:
    """Install Debian's chromium; False where this user may not or apt does not have it."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(command, check=False, **quiet).returncode != 0:  # type: ignore[call-overload]
            return False
    return True


def main() -> int:
    """Make sure that there is a browser, or say in one line what to install."""
    if find() or (install() and find()):
        sys.stdout.write(f"The browser tests use {find()}.\n")
        return 0
    sys.stderr.write(
        "The browser tests need chromium: apt-get install chromium, or set CHROMIUM to its path.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
