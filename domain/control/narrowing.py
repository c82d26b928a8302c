"""What narrows a set-point: a battery's charge, and limits of those who are stronger. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.control.capabilities import on_step
from domain.control.model import Device, Report, Value
from domain.control.owners import LIMITING, rank

FULL = 95.0
"""State of charge [%] from which a battery is not charged further where it says no limit."""
EMPTY = 5.0


@dataclass(frozen=True, slots=True)
class Limit:
    """What narrows a set-point: who, from where to where [kW], and in words."""

    owner: str
    low_kw: float
    high_kw: float
    words: str


def battery_limits(device: Device, report: Report, *, fresh: bool) -> list[Limit]:
    """What a battery's charge allows; unknown charge allows neither direction."""
    limits = device.capabilities.power_kw
    if device.device_type != "battery" or limits is None:
        return []
    if report.soc_percent is None or not fresh:
        return [Limit("safety", 0.0, 0.0, "state of charge unknown: it holds")]
    low, high = limits.low, limits.high
    if report.soc_percent >= FULL:
        return [Limit("safety", low, min(high, 0.0), "the battery is full")]
    if report.soc_percent <= EMPTY:
        return [Limit("safety", max(low, 0.0), high, "the battery is empty")]
    return []


def allowed(device: Device, value: float, limits: Sequence[Limit]) -> tuple[float, list[Limit]]:
    """The nearest allowed power to the one asked for, and the limits that moved it."""
    own = device.capabilities.power_kw
    low, high = (own.low, own.high) if own else (value, value)
    if own is not None:
        value = min(max(value, low), high)
    binding: list[Limit] = []
    for limit in sorted(limits, key=lambda one: rank(one.owner)):
        # A weaker limit cannot open what a stronger one has closed.
        low, high = _narrowed(low, high, limit)
        moved = min(max(value, low), high)
        if moved != value:
            binding.append(limit)
            value = moved
    if own is None:
        return value, binding
    stepped = on_step(own, value)
    return min(max(stepped, low), high), binding


def on_within(device: Device, limits: Sequence[Limit]) -> tuple[str, Value, list[Limit]]:
    """Switching on, or the most that a limit leaves of it where the device takes a power.

    A battery that is on follows its own rule in both directions: under a limit it rests instead.
    """
    own = device.capabilities.power_kw
    narrowing = [one for one in limits if one.owner in LIMITING]
    if own is None or not narrowing:
        return "on", None, []
    if device.device_type != "battery":
        value, binding = allowed(device, own.high, limits)
        return ("set_power_kw", value, binding) if binding else ("on", None, [])
    binding = [one for one in narrowing if one.high_kw < own.high or one.low_kw > own.low]
    if not binding:
        return "on", None, []
    return "set_power_kw", allowed(device, 0.0, limits)[0], binding


def _narrowed(low: float, high: float, limit: Limit) -> tuple[float, float]:
    if limit.low_kw > high:
        return high, high
    if limit.high_kw < low:
        return low, low
    return max(low, limit.low_kw), min(high, limit.high_kw)
