"""Keys that sign webhooks lie sealed in the database, under a key made of WATTBOARD_SECRET_KEY."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEALED = "v1:"
"""What a sealed key begins with; no plain one has a colon."""
_PURPOSE = b"wattboard signature keys of webhooks v1"


class Sealer:
    """Seals and opens the keys of one installation."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
        self._fernet = Fernet(urlsafe_b64encode(derived))

    def seal(self, key: str) -> str:
        """A key as it may be stored; another text each time."""
        return SEALED + self._fernet.encrypt(key.encode()).decode()

    def open(self, stored: str) -> str | None:
        """The key itself; None where it was sealed under another WATTBOARD_SECRET_KEY."""
        if not stored.startswith(SEALED):
            return stored  # from before keys were sealed, or set to nothing
        try:
            return self._fernet.decrypt(stored.removeprefix(SEALED).encode()).decode()
        except InvalidToken:
            return None
