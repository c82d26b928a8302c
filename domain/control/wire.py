"""Devices and commands as programs and the live socket see them. Pure."""

from domain.control.arbitration import Intent
from domain.control.command_store import Stop
from domain.control.lifecycle import Command
from domain.control.model import DeviceNow
from domain.foundation.clock import from_ms, iso_utc


def device(now: DeviceNow) -> dict[str, object]:
    """A device of API.md `iot`; times ISO UTC of the building's clock."""
    known = now.device
    meter = known.meter
    return {
        "device_id": known.device_id,
        "name": known.name,
        "device_type": known.device_type,
        "room": now.room,
        "room_id": known.room_id,
        "capabilities": known.capabilities.as_dict(),
        "meter": {"sensor_id": meter[0], "metric": meter[1]} if meter else None,
        "min_on_s": known.min_on_s,
        "min_off_s": known.min_off_s,
        "ramp_s": known.ramp_s,
        "safe_state": known.safe_state,
        "dr_enabled": known.dr_enabled,
        "critical": known.critical,
        "sharing": known.sharing,
        "state": state(now),
        "status": now.state,
        "stale": now.stale,
        "available": now.report.available,
        "last_said_at": iso(now.report.said_ms),
        "power_kw": now.power_kw,
        "power_source": now.power_source,
        "power_at": iso(now.power_ts_ms),
        "version": known.version,
    }


def state(now: DeviceNow) -> dict[str, object]:
    """What the device itself says, only what it said."""
    report = now.report
    found = {
        "on": report.on,
        "power_kw": report.power_kw,
        "setpoint_c": report.setpoint_c,
        "mode": report.mode,
        "soc_percent": report.soc_percent,
    }
    return {name: value for name, value in found.items() if value is not None}


def iso(at_ms: int | None) -> str | None:
    """A moment in ISO UTC, or nothing."""
    return None if at_ms is None else iso_utc(from_ms(at_ms))


def command(made: Command) -> dict[str, object]:
    """A command of API.md §7."""
    return {
        "command_id": made.command_id,
        "device_id": made.device_id,
        "command": made.command,
        "value": made.value,
        "owner": made.owner,
        "owner_name": made.owner_name,
        "state": made.state,
        "evidence": made.evidence,
        "requested_at": iso_utc(from_ms(made.requested_ms)),
        "sent_at": iso(made.sent_ms),
        "acknowledged_at": iso(made.acknowledged_ms),
        "observed_at": iso(made.observed_ms),
        "ends_at": iso_utc(from_ms(made.ends_ms)),
        "ended_at": iso(made.ended_ms),
        "reason": made.reason,
    }


def holder(intent: Intent | None) -> dict[str, object] | None:
    """Who holds a device."""
    if intent is None:
        return None
    return {
        "owner": intent.owner,
        "name": intent.owner_name,
        "until": iso_utc(from_ms(intent.ends_ms)),
        "reason": intent.reason,
    }


def stop(found: Stop | None) -> dict[str, object]:
    """Whether automatic control rests, by whom and until when."""
    if found is None:
        return {"stopped": False}
    return {"stopped": True, "by": found.by_name, "until": iso(found.ends_ms)}
