"""MongoDB's extended JSON, both forms, as plain values."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.inbox.refusal import Refused

DEEPEST = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A `$date`: what MongoDB takes for UTC, and the original wrote from its server's clock."""

    epoch_ms: int

    @property
    def wall(self) -> str:
        """The same as that clock showed it, without a zone."""
        return (_EPOCH + timedelta(milliseconds=self.epoch_ms)).replace(tzinfo=None).isoformat(" ")


def plain(value: Any, depth: int = 0) -> Any:
    """Replace every `$oid`, `$date` and `$number…` by what it stands for.

    Raises:
        Refused: `bad_extended` or `malformed`.
    """
    if depth > DEEPEST:
        raise Refused("malformed", f"Nested more than {DEEPEST} deep.")
    if type(value) is list:
        return [plain(item, depth + 1) for item in value]
    if type(value) is not dict:
        return value
    if len(value) <= 2:
        key = next(iter(value), "")
        if key.startswith("$"):
            return _special(key, value[key])
    return {key: plain(item, depth + 1) for key, item in value.items()}


def _special(key: str, inner: Any) -> Any:
    try:
        if key in ("$oid", "$uuid", "$symbol"):
            return str(inner)
        if key in ("$numberInt", "$numberLong"):
            return int(inner)
        if key in ("$numberDouble", "$numberDecimal"):
            return float(inner)
        if key == "$date":
            return _moment(inner)
        if key == "$timestamp":
            return Moment(int(inner["t"]) * 1000)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise Refused("bad_extended", f"{key} holds “{str(inner)[:40]}”.") from None
    if key in ("$undefined", "$minKey", "$maxKey"):
        return None
    raise Refused("bad_extended", f"{key[:40]} is not known.")


def _moment(inner: Any) -> Moment:
    if type(inner) is dict:
        inner = int(inner["$numberLong"])
    if isinstance(inner, bool) or not isinstance(inner, int | float | str):
        raise ValueError
    if isinstance(inner, str):
        said = datetime.fromisoformat(inner)
        said = said if said.tzinfo else said.replace(tzinfo=UTC)
        return Moment((said - _EPOCH) // timedelta(milliseconds=1))
    if not math.isfinite(inner) or abs(inner) > 253_402_300_799_000:
        raise ValueError
    return Moment(int(inner))
