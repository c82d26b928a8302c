"""The written form of terms: strict JSON that names its own version."""

from typing import Literal

import msgspec

from domain.money.tariff import Part, Terms


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: Literal[1]
    parts: tuple[Part, ...]


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(_Body)


def encode(terms: Terms) -> str:
    """Write terms; the same terms are always the same text."""
    return _encoder.encode(_Body(1, terms.parts)).decode()


def decode(body: str) -> Terms:
    """Read terms back; raises ValueError for whatever `encode` would not have written."""
    try:
        return Terms(_decoder.decode(body).parts)
    except msgspec.MsgspecError as error:
        raise ValueError(f"these are no terms of a tariff: {error}") from error
