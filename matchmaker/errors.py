"""Named errors of the use cases: a sentence to translate, its arguments, and the field it belongs to.

Services raise them; the web layer translates `message` and fills in `arguments`.
"""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the field's usual name for "translate later"
    """Mark a text for translation without translating it."""
    return text


class MatchmakerError(Exception):
    """Something a person asked for cannot be done; `message` tells what to do next."""

    message = N_("This could not be done. Please try again.")
    status = 422

    def __init__(self, message: str | None = None, *, field: str | None = None, **arguments: object) -> None:
        self.message = message or type(self).message
        self.field = field
        self.arguments = arguments
        super().__init__(self.message % arguments if arguments else self.message)


class Invalid(MatchmakerError):
    """A value cannot be used; `field` names the form field."""

    message = N_("This value cannot be used.")


class NotFound(MatchmakerError):
    """There is no such thing, or not for this person."""

    message = N_("There is nothing here, or it is not for you.")
    status = 404


class NotAllowed(MatchmakerError):
    """The acting person has no right to do this."""

    message = N_("You are not allowed to do this.")
    status = 403


class Stale(MatchmakerError):
    """Somebody else changed it meanwhile; the fresh state is shown."""

    message = N_("Somebody changed this in the meantime. Look at the present state and try again.")
    status = 409


class Conflict(MatchmakerError):
    """It contradicts what is already there."""

    message = N_("This is not possible as things stand.")
    status = 409


class RateLimited(MatchmakerError):
    """Too many tries in a short time."""

    message = N_("Too many tries. Please wait a few minutes and try again.")
    status = 429


class LinkInvalid(MatchmakerError):
    """A link of a mail is unknown, used, revoked or past its time."""

    message = N_("This link is no longer valid. Ask for a new one.")
    status = 410
