"""Which devices the site's limits can narrow, and how a cap is said to each of them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.control.arbitration import Intent, Setting
from domain.control.limit_store import CAP_KEY
from domain.control.limits import Cap, Flexible
from domain.control.model import Device, DeviceNow

IMPORT, EXPORT = "import", "export"
MOST_SHED_PERCENT = 95.0
"""A device is reduced to a rest, by which it can still be seen what it would take."""
LEAST_SHED_KW = 0.1
_USABLE = ("fresh", "late")
_CRITICAL_TURN, _OTHER_TURN = 3, 2
_TURN_OF_TYPE = {"battery": 0, "ev_charger": 1}


def draw_kw(now: DeviceNow) -> float | None:
    """What a device draws by its own meter, else by its own word; None while that is not known."""
    alone = now.power_source == "reported" or now.alone_on_meter
    if now.power_kw is not None and now.power_state in _USABLE and alone:
        return now.power_kw
    return None if now.stale else now.report.power_kw


def flexible_of(
    now: DeviceNow, run: Setting, cap: Intent | None, direction: str
) -> Flexible | None:
    """A device as its power can be narrowed; None where it cannot, or nobody knows what it draws.

    `run` is what it is told without the site's limits, `cap` the intent by which they hold it.
    """
    device, drawn_kw = now.device, draw_kw(now)
    if drawn_kw is None or now.stale:
        return None
    turn = _TURN_OF_TYPE.get(device.device_type, _OTHER_TURN)
    turn = _CRITICAL_TURN if device.critical else turn
    if device.capabilities.power_kw is not None:
        return _by_power(device, drawn_kw, run, direction, turn)
    if device.capabilities.shed_percent is not None and direction == IMPORT:
        return _by_share(device, drawn_kw, cap, turn)
    return None


def _by_power(
    device: Device, drawn_kw: float, run: Setting, direction: str, turn: int
) -> Flexible | None:
    own = device.capabilities.power_kw
    if own is None or (direction == EXPORT and device.device_type != "battery"):
        return None
    sign, most_kw = (1.0, own.high) if direction == IMPORT else (-1.0, -own.low)
    if most_kw <= 0:
        return None
    flows_kw = sign * drawn_kw
    asked_kw: float | None = None
    if run.command == "set_power_kw" and isinstance(run.value, float):
        asked_kw = sign * run.value
    elif run.command == "on" and device.device_type != "battery":
        asked_kw = most_kw
    elif run.command == "off":
        asked_kw = 0.0
    floor_kw = 0.0 if device.device_type == "battery" else max(0.0, own.low)
    wants_kw = flows_kw if asked_kw is None else asked_kw
    return Flexible(
        device_id=device.device_id,
        name=device.name,
        turn=turn,
        draw_kw=flows_kw,
        want_kw=wants_kw,
        floor_kw=min(floor_kw, wants_kw),
        full_kw=most_kw if asked_kw is None else asked_kw,
        step_kw=own.step,
        asked=asked_kw is not None,
    )


def _by_share(device: Device, drawn_kw: float, cap: Intent | None, turn: int) -> Flexible | None:
    limits = device.capabilities.shed_percent
    full_kw = _full_kw(cap) or drawn_kw
    if limits is None or full_kw < LEAST_SHED_KW:
        return None
    most = min(limits.high, MOST_SHED_PERCENT)
    return Flexible(
        device_id=device.device_id,
        name=device.name,
        turn=turn,
        draw_kw=drawn_kw,
        want_kw=max(drawn_kw, 0.0),
        floor_kw=full_kw * (1 - most / 100),
        full_kw=full_kw,
    )


def _full_kw(cap: Intent | None) -> float | None:
    """What a device that is reduced took before: its cap is the rest of it."""
    if cap is None or cap.high_kw is None or not isinstance(cap.value, float):
        return None
    return cap.high_kw / (1 - cap.value / 100) if cap.value < 100 else None


def cap_of(intent: Intent) -> Cap:
    """The cap that an intent of the site's limits stands for."""
    kw = intent.high_kw if intent.high_kw is not None else -(intent.low_kw or 0.0)
    return Cap(kw, intent.command is not None)


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose limit it is, why, since when it says so and until when it holds."""

    owner_name: str
    reason: str
    since_ms: int
    now_ms: int
    ends_ms: int


def intent_of(device: Device, one: Flexible, cap: Cap, direction: str, lease: Lease) -> Intent:
    """The intent by which a device is held to its cap."""
    low_kw, high_kw = (None, cap.kw) if direction == IMPORT else (-cap.kw, None)
    aspect, command, value = "run", "set_power_kw", cap.kw if direction == IMPORT else -cap.kw
    if device.capabilities.power_kw is None:
        aspect, command = "shed", "set_shed_percent"
        value = shed_percent(device, one, cap.kw)
        high_kw = one.full_kw * (1 - value / 100)
    return Intent(
        intent_id=0,
        device_id=device.device_id,
        owner="grid",
        owner_name=lease.owner_name[:100],
        aspect=aspect,
        command=command if cap.told else None,
        value=value if cap.told else None,
        low_kw=low_kw,
        high_kw=high_kw,
        requested_ms=lease.since_ms,
        starts_ms=lease.now_ms,
        ends_ms=lease.ends_ms,
        reason=lease.reason[:300],
        key=f"{CAP_KEY}{direction}/{device.device_id}/{lease.now_ms}",
    )


def shed_percent(device: Device, one: Flexible, kw: float) -> float:
    """The least reduction, on the device's steps, that leaves no more than `kw`."""
    limits = device.capabilities.shed_percent
    if limits is None or one.full_kw <= 0:
        return 0.0
    share = max(0.0, 1 - kw / one.full_kw) * 100
    step = limits.step or 1.0
    stepped = limits.low + math.ceil((share - limits.low) / step - 1e-6) * step
    return min(max(stepped, limits.low), min(limits.high, MOST_SHED_PERCENT))
