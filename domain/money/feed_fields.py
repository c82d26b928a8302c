"""What a person may say of a feed, checked field by field. Pure."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from domain.alarms.targets import checked_address
from domain.foundation.errors import FieldError, InvalidInput
from domain.money.feed import METRIC_OF, ORIGINS, QUANTITIES, Feed

Fields = Mapping[str, object]
FIELDS = ("name", "quantity", "origin", "url", "refresh_s", "sensor_id")
FOR_EVER = ("quantity", "origin")
"""What a feed keeps: its values would mean something else."""
NAME_LENGTH = 80
REFRESH_LIMITS_S = (300, 86_400)
USUAL_REFRESH_S = 3600
_TOPIC_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}")
Measures = Callable[[str, str], bool]
"""Whether a sensor measures a metric."""


def checked(given: Fields, base: Fields, measures: Measures) -> dict[str, object]:
    """`base` with the given fields in place of its own, as columns.

    Raises InvalidInput with one entry per field.
    """
    errors = [
        FieldError(name, "is no field of a feed", list(FIELDS))
        for name in given
        if name not in FIELDS
    ]
    errors += [
        FieldError(name, "stays what it was; make another feed")
        for name in FOR_EVER
        if base.get(name) is not None and given.get(name, base[name]) != base[name]
    ]
    wanted = {**base, **{name: value for name, value in given.items() if name in FIELDS}}
    for name, known in (("quantity", QUANTITIES), ("origin", ORIGINS)):
        if wanted.get(name) not in known:
            errors.append(FieldError(name, f"is one of {', '.join(known)}", list(known)))
    name = str(wanted.get("name") or "").strip()
    origin, quantity = wanted.get("origin"), wanted.get("quantity")
    _check_name(name, origin, errors)
    columns: dict[str, object] = {
        "name": name,
        "quantity": quantity,
        "origin": origin,
        "url": _url(wanted.get("url"), errors) if origin == "url" else None,
        "refresh_s": _refresh(wanted.get("refresh_s"), errors) if origin == "url" else None,
        "sensor_id": None,
    }
    if origin == "sensor" and quantity in QUANTITIES:
        columns["sensor_id"] = _sensor(wanted.get("sensor_id"), quantity, measures, errors)
    if errors:
        raise InvalidInput("This feed cannot be used.", errors)
    return columns


def columns_of(feed: Feed) -> dict[str, object]:
    """A feed as its fields."""
    return {name: getattr(feed, name) for name in FIELDS}


def without_key(columns: Fields) -> dict[str, object]:
    """The same for the audit: what stands behind the question mark of an address may be a key."""
    url = columns.get("url")
    if not isinstance(url, str):
        return dict(columns)
    return {**columns, "url": plain_address(url)}


def plain_address(url: str) -> str:
    """An address without what may be a key in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")


def checked_url(raw: object) -> str:
    """A web address as it will be asked. Raises InvalidInput."""
    errors: list[FieldError] = []
    url = _url(raw, errors)
    if url is None:
        raise InvalidInput("This address cannot be used.", errors)
    return url


def _check_name(name: str, origin: object, errors: list[FieldError]) -> None:
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        words = f"Give it a name of at most {NAME_LENGTH} characters"
        errors.append(FieldError("name", words, NAME_LENGTH))
    elif origin == "mqtt" and not _TOPIC_PART.fullmatch(name):
        words = "is the last part of its topic: 1 to 64 of A-Z, a-z, 0-9, “_”, “.”, “-”"
        errors.append(FieldError("name", words, _TOPIC_PART.pattern))


def _url(raw: object, errors: list[FieldError]) -> str | None:
    try:
        return checked_address("webhook", raw)
    except InvalidInput as error:
        errors += [FieldError("url", fault.message, fault.limit) for fault in error.fields]
        return None


def _refresh(raw: object, errors: list[FieldError]) -> int | None:
    low, high = REFRESH_LIMITS_S
    text = str(USUAL_REFRESH_S if raw in (None, "") else raw)
    if text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    errors.append(FieldError("refresh_s", f"is from {low} to {high} seconds", [low, high]))
    return None


def _sensor(
    raw: object, quantity: object, measures: Measures, errors: list[FieldError]
) -> str | None:
    sensor_id = str(raw or "").strip()
    metric = METRIC_OF[quantity]  # type: ignore[index]
    if not measures(sensor_id, metric):
        errors.append(FieldError("sensor_id", f"Choose a sensor that measures {metric}"))
    return sensor_id
