"""Password hashes (argon2id at OWASP's floor) and what a password must be.

Hashing costs about 19 MB and 40 ms each, so only a few run at once: a flood of logins queues
here instead of taking the machine's memory.
"""

import re
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.foundation.errors import FieldError, InvalidInput

MIN_LENGTH = 12
MAX_LENGTH = 128
_LEAST_DIFFERENT_SIGNS = 5
_LEAST_NAME = 3
# fmt: off
_COMMON = frozenset({
    "password", "passwort", "senha", "administrator", "administrador", "wattboard", "welcome",
    "letmein", "changeme", "qwertyuiop", "qwerty", "azerty", "qwertz", "iloveyou", "sunshine",
    "princess", "football", "baseball", "dragon", "monkey", "abcdefghijkl", "abc", "secret",
    "master", "superman", "trustno", "starwars", "whatever", "default", "supersecret",
})
# fmt: on
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_at_once = threading.BoundedSemaphore(4)
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Hash with argon2id, m = 19456 KiB, t = 2, p = 1."""
    with _at_once:
        return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Check a password; without a hash (nobody by that name) it takes the same time and is False.

    The length is cut before hashing, so that a megabyte of password costs no more than a word.
    """
    with _at_once:
        try:
            right = _hasher.verify(password_hash or _NOBODY, password[: MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
    return right and password_hash is not None


def check_new(password: str, user_name: str) -> None:
    """Refuse what is short, long, or among the first a stranger would try.

    Raises:
        InvalidInput: with one sentence that says what to do.
    """
    plain = re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", password).casefold())
    name = user_name.casefold()
    if len(password) < MIN_LENGTH:
        raise _refused(f"needs at least {MIN_LENGTH} characters", MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise _refused(f"has at most {MAX_LENGTH} characters", MAX_LENGTH)
    if len(name) >= _LEAST_NAME and name in password.casefold():
        raise _refused("must not contain the user name")
    if len(set(password)) < _LEAST_DIFFERENT_SIGNS or plain in _COMMON:
        raise _refused("is too easy to guess; four unrelated words make a good one")


def _refused(reason: str, limit: int | None = None) -> InvalidInput:
    return InvalidInput(
        f"The password {reason}.", [FieldError("password", reason, limit)], code="weak_password"
    )


def random_password() -> str:
    """Make a password that a person can copy from a screen: 20 signs, 100 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
