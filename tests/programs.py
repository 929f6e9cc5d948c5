"""Programs of the system that tests start; `python -m tests.programs` installs them where apt may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PROGRAMS = {"chromium": CHROMIUM, "systemd": ("systemd-analyze",)}
"""Debian's package, and the names under which the program may be found."""


def find(package: str) -> str | None:
    """The path of the package's program (CHROMIUM in the environment names another browser), or None."""
    named = os.environ.get("CHROMIUM") if package == "chromium" else None
    names = (named,) if named else PROGRAMS[package]
    return next((path for name in names if (path := shutil.which(name))), None)


def install(packages: list[str]) -> None:
    """Install Debian's packages, as far as this user may and apt has them."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], check=False, **quiet)  # type: ignore[call-overload]


def main() -> int:
    """Make sure that all are there, or say in a line each what to install."""
    if missing := [package for package in PROGRAMS if find(package) is None]:
        install(missing)
    for package in PROGRAMS:
        path = find(package)
        if path is None:
            sys.stderr.write(f"The tests need {PROGRAMS[package][0]}: apt-get install {package}.\n")
        else:
            sys.stdout.write(f"The tests use {path}.\n")
    return int(any(find(package) is None for package in PROGRAMS))


if __name__ == "__main__":
    sys.exit(main())
