"""What a person may say of a rule, checked field by field. Pure."""

import math
from collections.abc import Callable, Mapping

from domain.alarms.model import KINDS, SEVERITIES, Rule
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS

Fields = Mapping[str, object]
SCOPES = ("all", "sensor", "room", "type", "main")
SIDES = ("above", "below")
MOST_DELAY_S = 86_400
_NUMBERS = {
    "delay_on_s": ("How long before it rings", 0, MOST_DELAY_S),
    "delay_off_s": ("How long before it clears", 0, MOST_DELAY_S),
    "join_s": ("Time in which sensors join one event", 0, MOST_DELAY_S),
}
_COMMON = ("name", "severity", "enabled", *_NUMBERS)
_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "limit": ("scope", "scope_value", "metric", "side", "limit", "hysteresis"),
    "peak": ("limit", "hysteresis"),
}
DEFAULTS: Fields = {
    "severity": "warning",
    "enabled": True,
    "scope": "all",
    "scope_value": None,
    "side": "above",
    "hysteresis": 0.0,
    "delay_on_s": 300,
    "delay_off_s": 0,
    "join_s": 600,
}


def editable(kind: str) -> tuple[str, ...]:
    """The fields that a rule of a kind has for a person."""
    return (*_COMMON, *_OF_KIND.get(kind, ()))


def checked(
    kind: str, given: Fields, base: Fields, exists: Callable[[str, str], bool]
) -> dict[str, object]:
    """`base` with the given fields in place of its own, as columns.

    `exists` tells whether a scope has such a sensor, room or type.
    Raises InvalidInput with one entry per field.
    """
    allowed = editable(kind)
    errors = [
        FieldError(name, f"is no field of a rule of kind “{KINDS.get(kind, kind)}”", list(allowed))
        for name in given
        if name not in allowed
    ]
    wanted = {**base, **{k: v for k, v in given.items() if k in allowed}}
    found: dict[str, object] = {"kind": kind}
    _words(wanted, found, errors)
    for name, (label, low, high) in _NUMBERS.items():
        _number(name, label, wanted.get(name), low, high, found, errors, whole=True)
    if "limit" in allowed:
        _limits(kind, wanted, found, errors)
    if kind == "limit":
        _scope(wanted, found, errors, exists)
    if errors:
        raise InvalidInput("This rule cannot be used.", errors)
    return found


def columns_of(rule: Rule) -> dict[str, object]:
    """A rule as its fields."""
    names = (*_COMMON, "scope", "scope_value", "metric", "side", "limit", "hysteresis")
    return {name: getattr(rule, name) for name in names}


def _words(wanted: Fields, found: dict[str, object], errors: list[FieldError]) -> None:
    name = str(wanted.get("name") or "").strip()
    if not 1 <= len(name) <= 80 or not name.isprintable():
        errors.append(FieldError("name", "Give it a name of at most 80 characters", 80))
    found["name"] = name
    severity = wanted.get("severity")
    if severity not in SEVERITIES:
        errors.append(FieldError("severity", f"is one of {', '.join(SEVERITIES)}", SEVERITIES))
    found["severity"] = severity
    found["enabled"] = bool(wanted.get("enabled"))


def _limits(kind: str, wanted: Fields, found: dict[str, object], errors: list[FieldError]) -> None:
    metric = METRICS.get(str(wanted.get("metric") or ""))
    if kind == "limit":
        if metric is None or metric.kind == "counter":
            known = [name for name, m in METRICS.items() if m.kind != "counter"]
            errors.append(FieldError("metric", "Choose what is measured", known))
        side = wanted.get("side")
        if side not in SIDES:
            errors.append(FieldError("side", "is above or below", list(SIDES)))
        found |= {"metric": metric.name if metric else None, "side": side}
    low, high = (metric.low, metric.high) if metric else (-1e12, 1e12)
    _number("limit", "The limit", wanted.get("limit"), low, high, found, errors)
    span = high - low
    _number("hysteresis", "The return margin", wanted.get("hysteresis"), 0, span, found, errors)


def _number(
    name: str,
    label: str,
    raw: object,
    low: float,
    high: float,
    found: dict[str, object],
    errors: list[FieldError],
    *,
    whole: bool = False,
) -> None:
    try:
        usable = isinstance(raw, int | float | str) and not isinstance(raw, bool)
        value = float(raw) if usable else math.nan  # type: ignore[arg-type]
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        message = f"{label} is a number from {low:g} to {high:g}"
        errors.append(FieldError(name, message, [low, high]))
        return
    found["limit_value" if name == "limit" else name] = round(value) if whole else value


def _scope(
    wanted: Fields,
    found: dict[str, object],
    errors: list[FieldError],
    exists: Callable[[str, str], bool],
) -> None:
    scope = str(wanted.get("scope"))
    value = str(wanted.get("scope_value") or "")
    if scope not in SCOPES:
        errors.append(FieldError("scope", f"is one of {', '.join(SCOPES)}", list(SCOPES)))
    elif scope in ("all", "main"):
        value = ""
    elif not exists(scope, value):
        errors.append(FieldError("scope_value", f"Choose a {scope} that exists"))
    found |= {"scope": scope, "scope_value": value or None}
