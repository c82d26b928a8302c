"""Tokens of the original, listed to be issued anew.

Nothing is written for them: their secrets are not ours to accept, and a row of ours names a user
who issued it and could be made to count again, which none of these ever was.
"""

from collections.abc import Mapping
from typing import Any

import jwt

from data_ingest.original.extended import Moment
from data_ingest.original.report import MOST_LISTED, Place, Report
from domain.access.policy import resolve_resources
from domain.access.token_request import DATA_AGGREGATIONS, MAX_MINUTES, TIME_AGGREGATIONS
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import InvalidInput
from domain.inbox.service import clean

LONGEST_TOKEN = 16_384
MOST_RESOURCES = 100
LAST_S = 253_402_300_799
Document = Mapping[str, Any]


class Tokens:
    """Reads what a token allowed; never keeps the token."""

    def __init__(self, report: Report, now_ms: int) -> None:
        self._report = report
        self._now_s = now_ms // 1000
        self._seen: set[str] = set()

    def take(self, document: Document, place: Place) -> None:
        """List one token with the request that would issue it again."""
        tally = self._report.tokens
        said = _claims(document)
        if said is None:
            words = "Neither its fields nor its claims can be read."
            tally.refuse("unreadable_token", place, words, "token")
            return
        listed = _resources(_first(said, "list_of_resources", "List of Resources"))
        usable, unknown = _sorted(listed)
        entry = {
            "name": clean(str(_first(said, "name", "Name") or "unnamed"), 100),
            "list_of_resources": usable,
            "not_known_here": unknown,
            "data_aggregation": _text(_first(said, "data_aggregation", "Data Aggregation")),
            "time_aggregation": _text(_first(said, "time_aggregation", "Time Aggregation")),
            "embargo_minutes": _minutes(
                _first(said, "embargo_period", "embargo", "Embargo Period")
            ),
            "expires_at": _expiry(said.get("exp")),
            "active": document.get("active") is not False,
        }
        key = repr(entry)
        if key in self._seen:
            return
        if unknown:
            words = f"Not known here: {', '.join(unknown)[:200]}."
            tally.note("unknown_resource", place, words, "list_of_resources")
        if len(self._seen) < MOST_LISTED:
            self._seen.add(key)
            entry["file"], entry["line"] = clean(place.file, 200), place.line
            self._report.tokens_to_issue_anew.append(
                {**entry, "request": self._request(entry, said)}
            )

    def _request(self, entry: Mapping[str, Any], said: Document) -> dict[str, Any] | None:
        """The body for `POST /api/v1/tokens/generate`; None for one that has ended."""
        expires_s = said.get("exp")
        lasts = (int(float(str(expires_s))) - self._now_s) // 60 if _is_epoch(expires_s) else None
        ended = lasts is not None and lasts <= 0
        if not entry["active"] or not entry["list_of_resources"] or ended:
            return None
        body: dict[str, Any] = {
            "name": entry["name"],
            "list_of_resources": entry["list_of_resources"],
            "embargo": entry["embargo_minutes"],
        }
        for name, known in (
            ("data_aggregation", DATA_AGGREGATIONS),
            ("time_aggregation", TIME_AGGREGATIONS),
        ):
            if entry[name] in known:
                body[name] = entry[name]
        if lasts is not None:
            body["exp"] = min(lasts, MAX_MINUTES)
        return body


def _claims(document: Document) -> Document | None:
    """Fields of the row over the claims in its token, whose signature does not matter here."""
    secret = document.get("token")
    claims: dict[str, Any] = {}
    if isinstance(secret, str) and len(secret) <= LONGEST_TOKEN:
        try:
            claims = jwt.decode(secret, options={"verify_signature": False})
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            claims = {}
    rest = {name: value for name, value in document.items() if name not in ("token", "_id")}
    said = {**claims, **rest}
    known = {"name", "Name", "list_of_resources", "List of Resources"}
    return said if known & said.keys() else None


def _first(said: Document, *names: str) -> Any:
    return next((said[name] for name in names if said.get(name) is not None), None)


def _resources(listed: Any) -> list[str]:
    """The original's first tokens named devices, as `[{"text": "Fridge"}]`."""
    found = [
        item.get("text") if type(item) is dict else item
        for item in (listed if type(listed) is list else [listed])[:MOST_RESOURCES]
    ]
    return list(dict.fromkeys(clean(item, 100) for item in found if isinstance(item, str)))


def _sorted(listed: list[str]) -> tuple[list[str], list[str]]:
    usable: list[str] = []
    unknown: list[str] = []
    for name in listed:
        try:
            resolve_resources([name])
            usable.append(name)
        except InvalidInput:
            unknown.append(name)
    return usable, unknown


def _text(said: Any) -> str | None:
    return clean(said.replace(" min", "minutes"), 40) if isinstance(said, str) else None


def _minutes(said: Any) -> int:
    """Its embargo; the longest one there is where it cannot be read, never none."""
    if said in (None, ""):
        return 0
    try:
        return min(max(int(said), 0), MAX_MINUTES)
    except (ValueError, TypeError, OverflowError):
        return MAX_MINUTES


def _is_epoch(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= LAST_S


def _expiry(said: Any) -> str | None:
    if isinstance(said, Moment):
        said = said.epoch_ms / 1000
    return iso_utc(from_ms(int(said) * 1000)) if _is_epoch(said) else None
