"""What can be told from the settings alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from config import Config
from matchmaker.doctor.finding import Finding, fault, ok, warning

# fewer different characters than this are a word somebody typed, not a secret
FEWEST_CHARACTERS = 12


def examine_settings(config: Config) -> Iterator[Finding]:
    """Secret, address, proxies, mail server, figures."""
    is_local = urlsplit(config.base_url).hostname in {"127.0.0.1", "localhost"}
    yield _secret(config, is_local=is_local)
    yield _address(config, is_local=is_local)
    yield _proxies(config, is_local=is_local)
    if config.smtp_url is None:
        yield fault("mail server", "SMTP_URL is not set: every mail waits. Name the mail server.")
    else:
        yield ok("mail server", "SMTP_URL is set")


def _secret(config: Config, *, is_local: bool) -> Finding:
    if len(set(config.secret_key)) < FEWEST_CHARACTERS:
        return fault("secret", "SECRET_KEY can be guessed. Make one with: matchmaker new-secret")
    if config.has_default_secret and not is_local:
        return fault("secret", "SECRET_KEY is the one of this machine's file; set one for all machines")
    if config.has_default_secret:
        return warning("secret", "SECRET_KEY is not set: a file on this machine serves, and for it alone")
    return ok("secret", "SECRET_KEY is set")


def _address(config: Config, *, is_local: bool) -> Finding:
    if is_local:
        return warning("address", f"BASE_URL is {config.base_url}: links in mails lead to this machine only")
    if not config.is_secure:
        return fault("address", f"BASE_URL is {config.base_url}: passwords travel unprotected; use https")
    return ok("address", f"BASE_URL is {config.base_url}")


def _proxies(config: Config, *, is_local: bool) -> Finding:
    if config.is_secure and config.proxy_hops == 0:
        return fault(
            "proxies",
            "BASE_URL is https but PROXY_HOPS is 0: everybody seems to come from the proxy, and limits on "
            "log-ins hit all at once. Set it to the number of proxies in front, mostly 1.",
        )
    if is_local and config.proxy_hops:
        return warning("proxies", "PROXY_HOPS trusts headers of a proxy, but BASE_URL names none")
    return ok("proxies", f"PROXY_HOPS is {config.proxy_hops}")
