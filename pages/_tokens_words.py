"""What a token may, how much of it, and until when, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from components import formats
from domain.access.model import Token
from domain.access.policy import COMING, RESOURCES, ROLE_PERMISSIONS, token_permissions
from domain.access.token_request import MAX_MINUTES
from domain.foundation.contract import Contract

SOON_MS = 7 * 86_400_000
LAST_PART = 0.25
_DAY_S = 86_400
RESOURCE_LABELS: Mapping[str, str] = {
    "sensors": "Sensors",
    "rooms": "Rooms",
    "analytics": "Analytics",
    "batteries": "Batteries",
    "demand-response": "Demand response",
    "p2p": "Trading",
    "forecast": "Forecasts",
    "iot": "Devices",
    "events": "Events",
    "export": "Export",
    "tokens": "Tokens",
}
# What more than reading is called; “change” where nothing else is said.
_WRITES: Mapping[str, str] = {
    "batteries": "control",
    "demand-response": "manage",
    "p2p": "trade",
    "forecast": "train",
    "iot": "control",
    "tokens": "manage",
}
TIME_WORDS: Mapping[str, str] = {
    "all": "As measured",
    "5minutes": "5-minute means",
    "15minutes": "15-minute means",
    "60minutes": "Hourly means",
}
End = Literal["active", "resting", "expired", "revoked"]


class Rights(NamedTuple):
    """What of one resource somebody could pass on; `write` is empty where it is reading only."""

    resource: str
    read: bool
    write: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """The role of who issued a token, and whether their tokens rest because they are shut out."""

    role: str
    shut_out: bool = False


def rights_of(resource: str, held: frozenset[str]) -> Rights:
    """What of a resource may be read and done by who holds these permissions."""
    reading = token_permissions([f"{resource}:read"], held)
    more = token_permissions([resource], held) - reading
    if not more:
        return Rights(resource, bool(reading), "")
    only_events = more == {"events.acknowledge"}
    return Rights(
        resource, bool(reading), "acknowledge" if only_events else _WRITES.get(resource, "change")
    )


def all_rights(held: frozenset[str]) -> list[Rights]:
    """Every resource there is of which something could be passed on, in the contract's order."""
    found = [rights_of(resource, held) for resource in RESOURCES if resource not in COMING]
    return [rights for rights in found if rights.read or rights.write]


def access_words(resources: Iterable[str], role: str) -> str:
    """`sensors (read, change), rooms (read)`; nothing of what the issuer's role has not."""
    held = ROLE_PERMISSIONS.get(role, frozenset())
    listed = set(resources)
    said = []
    for resource, label in RESOURCE_LABELS.items():
        rights = rights_of(resource, held)
        full = resource in listed
        acts = ["read"] if rights.read and (full or f"{resource}:read" in listed) else []
        acts += [rights.write] if full and rights.write else []
        if acts:
            said.append(f"{label.lower()} ({', '.join(acts)})")
    return ", ".join(said) or "nothing that its issuer still may"


def limit_words(contract: Contract) -> str:
    """`embargo 60 min, hourly means`; `none` where all is shared."""
    said = []
    if contract.embargo_minutes:
        said.append(f"embargo {minutes_words(contract.embargo_minutes)}")
    if contract.bucket_ms:
        said.append(TIME_WORDS[contract.time_aggregation].lower())
    if contract.sums_only:
        said.append("sums only")
    return ", ".join(said) or "none"


def minutes_words(minutes: int) -> str:
    """`60 min` up to two hours, then hours and days."""
    return f"{minutes} min" if minutes <= 120 else formats.span(minutes * 60)


def end_of(token: Token, issuer: Issuer, now_ms: int) -> End:
    """Whether a token counts now, and if not, what ended it."""
    if token.revoked_ms is not None:
        return "revoked"
    if token.expires_ms <= now_ms:
        return "expired"
    return "resting" if issuer.shut_out else "active"


def state_words(token: Token, end: End, now_ms: int, zone: ZoneInfo) -> tuple[str, str]:
    """The state and the tone of its chip: `Expires in 3 d`, late."""
    if end == "revoked":
        return f"Revoked {formats.moment(token.revoked_ms or 0, now_ms, zone)}", "stale"
    if end == "expired":
        return f"Expired {formats.moment(token.expires_ms, now_ms, zone)}", "stale"
    if end == "resting":
        return "Rests: its issuer may not sign in", "stale"
    left_ms = token.expires_ms - now_ms
    if left_ms >= SOON_MS:
        return f"Active until {formats.moment(token.expires_ms, now_ms, zone)}", "ok"
    # A token made for a day is not late from its first minute on.
    late = left_ms < (token.expires_ms - token.issued_ms) * LAST_PART
    return f"Active, expires in {left_words(left_ms)}", "late" if late else "ok"


def left_words(left_ms: int) -> str:
    """Whole days from two on: `3 d`, `23 h 59 min`, `4 min`."""
    seconds = left_ms // 1000
    return formats.span(round(seconds / _DAY_S) * _DAY_S if seconds >= 2 * _DAY_S else seconds)


def contract_of(token: Token) -> Contract:
    """The limits a token was issued with."""
    return Contract(token.data_aggregation, token.time_aggregation, token.embargo_minutes)


LIVES: Sequence[tuple[str, str]] = (
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "7 days"),
    ("43200", "30 days"),
    ("129600", "90 days"),
    (str(MAX_MINUTES), "1 year"),
)
