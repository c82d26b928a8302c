"""What a device says of itself, out of its state and availability messages (API.md §6). Pure."""

import math
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from domain.control.model import MODES, Report

LONGEST_MESSAGE = 65_536
_parse = msgspec.json.Decoder().decode


def said(before: Report, payload: bytes, arrived_ms: int, *, retained: bool) -> Report | None:
    """The report after a state message; None where it is none, or older than what is known.

    A retained message without a time of its own says nothing about when it was true.
    """
    fields = _fields(payload)
    if fields is None:
        return None
    stamp = _number(fields, "timestamp")
    said_ms = None if stamp is None else round(stamp * 1000)
    if said_ms is None and retained:
        return None
    at_ms = arrived_ms if said_ms is None else min(said_ms, arrived_ms)
    if before.said_ms is not None and at_ms < before.said_ms <= arrived_ms:
        return None
    switched, mode = fields.get("on"), fields.get("mode")
    on = switched if isinstance(switched, bool) else None
    return replace(
        before,
        power_kw=_number(fields, "power_kw"),
        on=on,
        setpoint_c=_number(fields, "setpoint_c"),
        mode=str(mode) if mode in MODES else None,
        soc_percent=_number(fields, "soc_percent"),
        said_ms=at_ms,
        heard_ms=arrived_ms,
        on_since_ms=before.on_since_ms if _goes_on(before, on, at_ms) else at_ms,
    )


def _goes_on(before: Report, on: bool | None, at_ms: int) -> bool:
    """Whether it says the same as before; a time to come is from before the clock was set back."""
    return on == before.on and before.on_since_ms is not None and before.on_since_ms <= at_ms


def available(before: Report, payload: bytes, arrived_ms: int) -> Report | None:
    """The report after an availability message; None for words nobody knows."""
    words = {b"online": True, b"offline": False}
    found = words.get(payload.strip().strip(b'"'))
    if found is None:
        return None
    if found == before.available:
        return before
    return replace(before, available=found, available_ms=arrived_ms)


def _fields(payload: bytes) -> Mapping[str, object] | None:
    if len(payload) > LONGEST_MESSAGE:
        return None
    try:
        found = _parse(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _number(fields: Mapping[str, object], name: str) -> float | None:
    raw = fields.get(name)
    return float(raw) if _is_number(raw) else None  # type: ignore[arg-type]


def _is_number(raw: object) -> bool:
    known = isinstance(raw, int | float) and not isinstance(raw, bool)
    return known and math.isfinite(raw) and abs(raw) < 1e15  # type: ignore[arg-type]
