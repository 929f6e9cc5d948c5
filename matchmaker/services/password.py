"""Passwords: argon2id, at least 12 characters, none that others use too often."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from matchmaker.errors import N_, Invalid
from matchmaker.models import Person

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200

_hasher = PasswordHasher()
_hash_of_nothing = _hasher.hash("nobody has this password")


def set_password(person: Person, password: str) -> None:
    """Keep the hash of a new password; raises Invalid when it is too short or too common."""
    if len(password) < MINIMUM_LENGTH:
        raise Invalid(
            N_(
                "A password needs at least %(minimum)s characters; a few words in a row are easy to remember."
            ),
            field="password",
            minimum=MINIMUM_LENGTH,
        )
    if len(password) > MAXIMUM_LENGTH:
        raise Invalid(
            N_("A password has at most %(maximum)s characters."), field="password", maximum=MAXIMUM_LENGTH
        )
    if _is_guessable(password, person):
        raise Invalid(
            N_("This password is easy to guess. Choose one that nobody else would think of."),
            field="password",
        )
    person.password_hash = _hasher.hash(password)


def is_password_of(person: Person, password: str) -> bool:
    """Whether this is the person's password; renews the hash when its parameters have aged."""
    if person.password_hash is None:
        return False
    try:
        _hasher.verify(person.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    if _hasher.check_needs_rehash(person.password_hash):
        person.password_hash = _hasher.hash(password)
    return True


def verify_nothing(password: str) -> None:
    """Take as long as a real check, so that the answer's time does not tell who is registered."""
    try:
        _hasher.verify(_hash_of_nothing, password)
    except VerificationError:
        return


def _is_guessable(password: str, person: Person) -> bool:
    """Whether it stands in lists of common passwords or is built from them, keyboard rows or own names."""
    address = person.email or ""
    own = [person.name, address, *person.name.split(), *address.split("@"), "matchmaker"]
    # its time grows with the square of the length; a guessable start is enough to refuse
    return int(zxcvbn(password[:64], user_inputs=[word for word in own if word])["score"]) < 3
