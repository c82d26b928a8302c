"""From a standing decision and fresh inputs to the next one, and what devices are asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.climate.advice import advise
from domain.climate.model import Band, Decision, Inputs, Standing, Status
from domain.control.capabilities import on_step
from domain.control.model import Device, Value

LOOP_MS = 120_000
"""How often is decided, on building time."""
LEASE_LOOPS = 5
"""What is asked of a device ends by itself after so many loops without a renewal."""
LEAST_MS = 600_000
"""The least time between two changes of one room's decision; not longer than the lease."""
RETRY_MS = 600_000
"""What a device did not do is asked of it again after this."""
ACTING = ("hvac", "heat_pump")
"""Types of device that a room's climate may tell something."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to ask of a device."""

    device_id: str
    command: str
    value: Value


def decide(standing: Standing, inputs: Inputs, now_ms: int, lease_ms: int) -> Decision:
    """What holds from now on; the same standing, inputs and moment always give the same.

    While the temperature is unknown the last decision is held until its lease ends, and then let
    go. A decision changes at most once in `LEAST_MS`.
    """
    if inputs.temperature.value is None:
        return _unknown(standing, inputs, now_ms, lease_ms)
    advice = advise(inputs, standing.status)
    since_ms = standing.since_ms
    if advice.status == standing.status:
        return Decision(standing.status, advice.reason, changed=False, known=True, blind=False)
    if since_ms is not None and 0 <= now_ms - since_ms < LEAST_MS:
        rest_min = -(-(LEAST_MS - (now_ms - since_ms)) // 60_000)
        why = f"{advice.reason}; the decision may change again in {rest_min} min"
        return Decision(standing.status, why, changed=False, known=True, blind=False)
    return Decision(advice.status, advice.reason, changed=True, known=True, blind=False)


def _unknown(standing: Standing, inputs: Inputs, now_ms: int, lease_ms: int) -> Decision:
    known_ms = standing.known_ms
    blind = known_ms is not None and now_ms - known_ms >= lease_ms
    if standing.status == "off":
        reason = advise(inputs).reason
        return Decision("off", reason, changed=False, known=False, blind=blind)
    if blind:
        why = "The temperature is unknown for too long: the devices are let go"
        return Decision("off", why, changed=True, known=False, blind=True)
    why = "The temperature is unknown: the last decision is held until its lease ends"
    return Decision(standing.status, why, changed=False, known=False, blind=False)


# ---- what devices are asked ----------------------------------------------------------------


def may_act(device: Device) -> bool:
    """Whether a device could do anything for its room's climate."""
    probe = Band("comfort", 20.0, 24.0, "")
    return any(device_wishes(device, status, probe) for status in ("on-cold", "on-warm"))


def wishes(devices: Sequence[Device], status: Status, band: Band) -> list[Wish]:
    """What a decision asks of a room's devices; nothing while it is off: each follows its own rule.

    Never two of one aspect of one device.
    """
    return [wish for device in devices for wish in device_wishes(device, status, band)]


def device_wishes(device: Device, status: Status, band: Band) -> list[Wish]:
    """What one device is asked: its mode, to be on, and the middle of the band as set-point.

    One that has no mode and takes no set-point can only be switched: an air conditioner cools then,
    and a heat pump heats.
    """
    if status == "off" or device.device_type not in ACTING:
        return []
    known = device.capabilities
    mode = "cool" if status == "on-cold" else "heat"
    if known.mode and mode not in known.mode:
        return []
    if not known.mode and known.setpoint_c is None:
        only = "on-cold" if device.device_type == "hvac" else "on-warm"
        if status != only:
            return []
    found = [Wish(device.device_id, "set_mode", mode)] if known.mode else []
    if known.on_off:
        found.append(Wish(device.device_id, "on", None))
    if known.setpoint_c is not None:
        middle = on_step(known.setpoint_c, (band.low_c + band.high_c) / 2)
        found.append(Wish(device.device_id, "set_setpoint_c", middle))
    return found
