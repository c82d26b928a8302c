"""Ids of the original that Wattboard cannot use, and what each becomes, the same at every run."""

import hashlib
import re
from functools import lru_cache

from domain.inbox.decode import SENSOR_ID

_OUTSIDE = re.compile(r"[^A-Za-z0-9_.-]+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TAIL = 6
LARGEST = 2**63


@lru_cache(maxsize=65_536)
def usable_id(original: str) -> str:
    """The id itself, or its usable letters and a tail made from all of it.

    The tail keeps “Lamp 1” and “Lamp_1” apart without having seen the other, and its six letters
    are one word, so that no room is read into it.
    """
    if SENSOR_ID.fullmatch(original):
        return original
    number = int.from_bytes(hashlib.blake2b(original.encode("utf-8", "replace")).digest()[:8])
    tail = ""
    for _ in range(_TAIL):
        number, letter = divmod(number, len(_LETTERS))
        tail += _LETTERS[letter]
    body = _OUTSIDE.sub("_", original).strip("_")[: 64 - _TAIL - 1].rstrip("_-.")
    return f"{body or 'sensor'}-{tail}"


def text_of(said: object) -> str | None:
    """An id as text: a text, or a whole number; None where it can be none."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    if isinstance(said, int) and abs(said) > LARGEST:
        return None
    return str(said).strip()[:400] or None
