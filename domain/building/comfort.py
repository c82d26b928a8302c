"""How a room feels: five steps from its temperature, and what else is wrong with its air.

The default band is the ASHRAE 55 range for offices, winter's low and summer's high end together;
1,000 ppm CO₂ is the usual sign of too little fresh air.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from domain.foundation.errors import FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class Comfort:
    """Limits of a room: °C, ppm and % relative humidity."""

    temperature_low: float = 21.0
    temperature_high: float = 26.0
    cold_below: float = 19.0
    hot_above: float = 28.0
    co2_limit_ppm: float = 1000.0
    humidity_low: float = 30.0
    humidity_high: float = 65.0


COMFORT_FIELDS: dict[str, tuple[str, float, float]] = {
    "temperature_low": ("Band from", 5.0, 40.0),
    "temperature_high": ("Band to", 5.0, 40.0),
    "cold_below": ("Cold below", -10.0, 40.0),
    "hot_above": ("Hot above", 5.0, 60.0),
    "co2_limit_ppm": ("CO₂ limit", 400.0, 10_000.0),
    "humidity_low": ("Humidity from", 0.0, 100.0),
    "humidity_high": ("Humidity to", 0.0, 100.0),
}
"""Label, lowest and highest accepted value of each limit."""

STEPS: dict[str, str] = {
    "cold": "Cold",
    "cool": "Cool",
    "in_band": "In band",
    "warm": "Warm",
    "hot": "Hot",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One limit a room is beyond; value and limit in the metric's unit."""

    metric: str
    word: str
    value: float
    limit: float
    above: bool


@dataclass(frozen=True, slots=True)
class ComfortState:
    """`word` is the most pressing thing; `tone` its chip: ok, cool, warning, stale, missing."""

    step: str | None
    word: str
    tone: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as comfort sees it: `live` while its reading is fresh or late."""

    value: float
    live: bool


@dataclass(frozen=True, slots=True)
class TimeBeyond:
    """Seconds beyond a limit among the `measured_s` seconds that have a value."""

    beyond_s: float
    measured_s: float
    since_ms: int | None
    """Start of the stretch that still lasts at the last value, None when it is within."""


def temperature_step(temperature_c: float, comfort: Comfort) -> str:
    """Edges belong to the band: 21.0 and 26.0 are in it, 19.0 is cool, 28.0 is warm."""
    if temperature_c < comfort.cold_below:
        return "cold"
    if temperature_c < comfort.temperature_low:
        return "cool"
    if temperature_c <= comfort.temperature_high:
        return "in_band"
    if temperature_c <= comfort.hot_above:
        return "warm"
    return "hot"


def comfort_state(measured: Mapping[str, Measured], comfort: Comfort) -> ComfortState:
    """The step needs a live temperature; stuffy air outranks a temperature that is in band."""
    live = {metric: m.value for metric, m in measured.items() if m.live}
    reasons = tuple(_reasons(live, comfort))
    if "temperature" not in live:
        return _without_temperature(measured, reasons)
    step = temperature_step(live["temperature"], comfort)
    if step != "in_band":
        tone = "cool" if step == "cool" else "warning"
        return ComfortState(step, STEPS[step], tone, reasons)
    if reasons:
        return ComfortState(step, reasons[0].word, "warning", reasons)
    silent = sorted(metric for metric, m in measured.items() if not m.live)
    for metric in ("co2", "humidity"):
        if metric in silent:
            return ComfortState(step, f"{_NAMES[metric]} stale", "stale", reasons)
    return ComfortState(step, STEPS[step], "ok", reasons)


_NAMES = {"co2": "CO₂", "humidity": "Humidity", "temperature": "Temperature"}


def _without_temperature(
    measured: Mapping[str, Measured], reasons: tuple[Reason, ...]
) -> ComfortState:
    if reasons:
        return ComfortState(None, reasons[0].word, "warning", reasons)
    if "temperature" in measured:
        return ComfortState(None, "Stale", "stale", reasons)
    if not measured:
        return ComfortState(None, "No data", "missing", reasons)
    return ComfortState(None, "No temperature", "missing", reasons)


def _reasons(live: Mapping[str, float], comfort: Comfort) -> Iterable[Reason]:
    """Beyond a limit, the most pressing first: temperature, air, humidity."""
    temperature = live.get("temperature")
    if temperature is not None:
        step = temperature_step(temperature, comfort)
        if step in ("cold", "cool"):
            limit = comfort.temperature_low
            yield Reason("temperature", STEPS[step], temperature, limit, above=False)
        elif step in ("warm", "hot"):
            limit = comfort.temperature_high
            yield Reason("temperature", STEPS[step], temperature, limit, above=True)
    co2 = live.get("co2")
    if co2 is not None and co2 > comfort.co2_limit_ppm:
        yield Reason("co2", "Air stuffy", co2, comfort.co2_limit_ppm, above=True)
    humidity = live.get("humidity")
    if humidity is not None and humidity < comfort.humidity_low:
        yield Reason("humidity", "Air dry", humidity, comfort.humidity_low, above=False)
    elif humidity is not None and humidity > comfort.humidity_high:
        yield Reason("humidity", "Air humid", humidity, comfort.humidity_high, above=True)


def time_beyond(
    starts_ms: Sequence[int],
    values: Sequence[float | None],
    hold_ms: int,
    until_ms: int,
    is_beyond: Callable[[float], bool],
) -> TimeBeyond:
    """Each value holds to the next, at most `hold_ms`, never past `until_ms`; a None is a gap."""
    beyond_ms = measured_ms = 0
    since_ms: int | None = None
    for index, (start_ms, value) in enumerate(zip(starts_ms, values, strict=True)):
        following_ms = starts_ms[index + 1] if index + 1 < len(starts_ms) else until_ms
        if value is None:
            since_ms = None
            continue
        held_ms = max(0, min(following_ms - start_ms, hold_ms, until_ms - start_ms))
        measured_ms += held_ms
        if not is_beyond(value):
            since_ms = None
            continue
        beyond_ms += held_ms
        since_ms = start_ms if since_ms is None else since_ms
        if held_ms < following_ms - start_ms:
            since_ms = None
    return TimeBeyond(beyond_ms / 1000, measured_ms / 1000, since_ms)


Curve = tuple[Sequence[int], Sequence[float | None]]
"""Bucket starts, and the value of each; None is a gap."""


def combined_curve(curves: Sequence[Curve], *, highest: bool) -> Curve:
    """One curve of several probes, as a room's live value: of those that speak in each bucket.

    Their mean, or the `highest` where the worst place counts.
    """
    if len(curves) == 1:
        return curves[0]
    speaking: dict[int, list[float]] = {}
    for starts_ms, values in curves:
        for start_ms, value in zip(starts_ms, values, strict=True):
            known = speaking.setdefault(start_ms, [])
            if value is not None:
                known.append(value)
    starts = sorted(speaking)
    return starts, [_of_those(speaking[at], highest) for at in starts]


def _of_those(values: Sequence[float], highest: bool) -> float | None:
    if not values:
        return None
    return max(values) if highest else sum(values) / len(values)


def outside_band(
    starts_ms: Sequence[int],
    values_c: Sequence[float | None],
    hold_ms: int,
    until_ms: int,
    comfort: Comfort,
) -> TimeBeyond:
    """Time too cool or too warm, as `time_beyond`."""

    def is_outside(temperature_c: float) -> bool:
        return temperature_step(temperature_c, comfort) != "in_band"

    return time_beyond(starts_ms, values_c, hold_ms, until_ms, is_outside)


def with_limits(base: Comfort, own: Mapping[str, float]) -> Comfort:
    """The building's limits with those a room sets itself in their place.

    Cold and hot keep their distance to a band that is moved, unless they are set themselves.
    """
    moved = dict(own)
    if "temperature_low" in own and "cold_below" not in own:
        moved["cold_below"] = own["temperature_low"] - (base.temperature_low - base.cold_below)
    if "temperature_high" in own and "hot_above" not in own:
        moved["hot_above"] = own["temperature_high"] + (base.hot_above - base.temperature_high)
    return replace(base, **moved)


def checked_limits(base: Comfort, own: Mapping[str, object]) -> dict[str, float]:
    """The given limits as numbers, each within range and in order with the rest of `base`.

    None means the building's own limit. Raises InvalidInput with one entry per field.
    """
    errors: list[FieldError] = []
    limits: dict[str, float] = {}
    for name, raw in own.items():
        if name not in COMFORT_FIELDS:
            known = ", ".join(COMFORT_FIELDS)
            errors.append(FieldError(name, f"is no comfort limit; known are {known}"))
        elif raw is not None and raw != "":
            _check_limit(name, raw, limits, errors)
    if not errors:
        errors = _order_errors(with_limits(base, limits))
    if errors:
        raise InvalidInput("These comfort limits cannot be used.", errors)
    return limits


def _check_limit(
    name: str, raw: object, limits: dict[str, float], errors: list[FieldError]
) -> None:
    label, low, high = COMFORT_FIELDS[name]
    try:
        value = float(raw) if isinstance(raw, int | float | str) else float("nan")
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        message = f"{label} must be a number from {low:g} to {high:g}"
        errors.append(FieldError(name, message, [low, high]))
    else:
        limits[name] = value


def _order_errors(comfort: Comfort) -> list[FieldError]:
    """Cold below ≤ band from < band to ≤ hot above, and humidity from < to."""
    order = (
        ("temperature_high", comfort.temperature_low < comfort.temperature_high,
         "Band to must be above band from"),
        ("cold_below", comfort.cold_below <= comfort.temperature_low,
         "Cold below cannot be above the band"),
        ("hot_above", comfort.hot_above >= comfort.temperature_high,
         "Hot above cannot be below the band"),
        ("humidity_high", comfort.humidity_low < comfort.humidity_high,
         "Humidity to must be above humidity from"),
    )  # fmt: skip
    return [FieldError(name, message) for name, holds, message in order if not holds]


def as_dict(comfort: Comfort) -> dict[str, float]:
    """All limits by name."""
    return asdict(comfort)


LIMIT_NAMES = tuple(f.name for f in fields(Comfort))
