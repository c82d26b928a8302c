"""Whether the meter shows what a device was told, before against after. Pure.

Where a device has a meter only the meter counts. What no power meter can show, a set-point or a
mode, is taken from the device's own report, and called so.
"""

from dataclasses import dataclass

from domain.control.model import Device, Report, Value
from domain.telemetry.model import Latest

STANDBY_KW = 0.05
"""What a device may still draw while it is off."""
LEAST_KW = 0.1
SHARE = 0.35
"""The part of an expected change by which what shows may fall short."""
NEAR_SHARE = 0.15
SETPOINT_C = 0.25


@dataclass(frozen=True, slots=True)
class Expected:
    """What should show: power of the meter from `low_kw` to `high_kw`, or a word of the report.

    `before_kw` is the meter, or without one the report, when the command was made.
    """

    evidence: str
    before_kw: float | None
    low_kw: float | None
    high_kw: float | None
    words: str
    untold_kw: float | None = None
    """What the device drew by its own rule, before it was told anything."""

    def as_dict(self) -> dict[str, object]:
        """As a command keeps it."""
        return {
            "evidence": self.evidence,
            "before_kw": self.before_kw,
            "low_kw": self.low_kw,
            "high_kw": self.high_kw,
            "words": self.words,
            "untold_kw": self.untold_kw,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at: whether it agrees, in words; `agrees` None where nothing new is known."""

    agrees: bool | None
    evidence: str
    words: str


def expected(
    device: Device,
    command: str,
    value: Value,
    meter_kw: float | None,
    own_kw: float | None,
    *,
    metered: bool,
    alone: bool,
    untold_kw: float | None = None,
) -> Expected:
    """What a command should do to the power that is measured.

    Args:
        device: The device told.
        command: What it is told.
        value: With which value.
        meter_kw: What the meter shows now, None where it is silent; the report without a meter.
        own_kw: What the device itself draws, by its own word.
        metered: Whether there is a meter.
        alone: Whether nothing else hangs behind it.
        untold_kw: What it drew before it was told anything; its own power where None.
    """
    own = own_kw if own_kw is not None else (meter_kw if alone else None)
    untold = own if untold_kw is None else untold_kw
    if command in ("set_setpoint_c", "set_mode") and value != "off":
        said = f"{value:g} °C" if isinstance(value, float) else str(value)
        return Expected("reported", meter_kw, None, None, f"it says {said}", untold)
    evidence = "meter" if metered else "reported"
    before = untold if command == "set_shed_percent" else meter_kw
    if before is None and (command == "set_shed_percent" or (metered and not alone)):
        return Expected(evidence, meter_kw, None, None, "unknown, as its power now is", untold)
    low, high = _band(device, command, value, meter_kw, own, untold)
    return Expected(evidence, meter_kw, low, high, band_words(low, high), untold)


def _band(
    device: Device,
    command: str,
    value: Value,
    before_kw: float | None,
    own_kw: float | None,
    untold_kw: float | None,
) -> tuple[float | None, float | None]:
    """Between which powers the meter should come to stand."""
    before, own = before_kw or 0.0, own_kw if own_kw is not None else before_kw or 0.0
    rest = max(0.0, before - own) if device.device_type != "battery" else 0.0
    match command:
        case "off" | "set_mode":
            return None, rest + max(STANDBY_KW, SHARE * max(own, 0.0))
        case "on":
            return rest + max(STANDBY_KW, min(LEAST_KW, own)), None
        case "set_shed_percent" if isinstance(value, float):
            left = (untold_kw or 0.0) * (1 - value / 100.0 * (1 - SHARE))
            return None, rest + left + STANDBY_KW
        case "set_power_kw" if isinstance(value, float):
            near = max(LEAST_KW, NEAR_SHARE * abs(value))
            if device.device_type == "battery":
                return value - near, value + near
            return None, rest + value + near
    return None, None


def band_words(low: float | None, high: float | None) -> str:
    """`at most 0.4 kW`, `at least 0.1 kW`, `4.5 to 5.5 kW`."""
    if low is not None and high is not None:
        return f"{low:.1f} to {high:.1f} kW"
    if high is not None:
        return f"at most {high:.1f} kW" if high >= 1 else f"at most {high * 1000:.0f} W"
    if low is not None:
        return f"at least {low:.1f} kW" if low >= 1 else f"at least {low * 1000:.0f} W"
    return "no change of power"


def observe(
    command: str,
    value: Value,
    awaited: Expected,
    meter: Latest | None,
    report: Report,
    since_ms: int,
) -> Seen:
    """Whether anything measured after `since_ms` shows the command's effect."""
    if awaited.low_kw is None and awaited.high_kw is None:
        if command not in ("set_setpoint_c", "set_mode") or value == "off":
            return Seen(None, awaited.evidence, "its power before it was told is unknown")
        return _as_reported(command, value, report, since_ms)
    if awaited.evidence == "meter":
        if meter is None or meter.ts_ms <= since_ms:
            return Seen(None, "meter", "the meter is silent")
        return _in_band(meter.value, awaited, "meter")
    if report.said_ms is None or report.said_ms <= since_ms:
        return Seen(None, "reported", "the device says nothing")
    if report.on is not None and command in ("on", "off"):
        word = "on" if report.on else "off"
        return Seen(report.on == (command == "on"), "reported", f"the device says it is {word}")
    if report.power_kw is None:
        return Seen(None, "reported", "the device does not say its power")
    return _in_band(report.power_kw, awaited, "reported")


def _in_band(power_kw: float, awaited: Expected, evidence: str) -> Seen:
    low, high = awaited.low_kw, awaited.high_kw
    inside = (low is None or power_kw >= low) and (high is None or power_kw <= high)
    before = "" if awaited.before_kw is None else f"{kw(awaited.before_kw)} → "
    who = "the meter shows" if evidence == "meter" else "the device reports"
    return Seen(inside, evidence, f"{who} {before}{kw(power_kw)}, expected {awaited.words}")


def _as_reported(command: str, value: Value, report: Report, since_ms: int) -> Seen:
    if report.said_ms is None or report.said_ms <= since_ms:
        return Seen(None, "reported", "the device says nothing")
    if command == "set_mode":
        return Seen(report.mode == value, "reported", f"the device says mode {report.mode or '–'}")
    if report.setpoint_c is None or not isinstance(value, float):
        return Seen(None, "reported", "the device does not say its set-point")
    agrees = abs(report.setpoint_c - value) <= SETPOINT_C
    return Seen(agrees, "reported", f"the device says {report.setpoint_c:.1f} °C")


def kw(power_kw: float) -> str:
    """Power in the words of the screen."""
    if abs(power_kw) < 1:
        return f"{power_kw * 1000:.0f} W"
    return f"{power_kw:.1f} kW"
