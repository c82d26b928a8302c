"""Which device can be drilled with which command, and what a drill of it would be."""

from __future__ import annotations

from dataclasses import replace

from domain.access.policy import SYSTEM, Actor
from domain.control import words
from domain.control.model import Device, DeviceNow, Value
from domain.control.observation import Expected
from domain.control.service import Control
from domain.drills import judge
from domain.drills.evidence import Evidence
from domain.drills.model import Drill, Option
from domain.foundation.clock import Clock, from_ms, iso_utc, real_now_ms
from domain.foundation.errors import Conflict, FieldError, InvalidInput, WattboardError
from domain.telemetry.model import Latest

START = "iot.control"
CANDIDATES: tuple[tuple[str, Value], ...] = (
    ("off", None),
    ("on", None),
    ("set_shed_percent", 50.0),
    ("set_mode", "off"),
)
"""Small commands that a power meter can show, in the order in which they are offered."""
PREVIEW_MINUTES = 10
SAYS_EVERY_S = 10.0
"""The interval of a series that has not told its own yet."""


class Planning:
    """Reads the devices as they are now; it changes nothing."""

    def __init__(self, control: Control, evidence: Evidence, clock: Clock) -> None:
        self._control, self._evidence, self._clock = control, evidence, clock

    def candidates(self, actor: Actor) -> list[tuple[str, str]]:
        """Devices that can be told something a meter shows, batteries left out."""
        return [
            (now.device.device_id, now.device.name)
            for now in self._control.devices(actor)
            if now.device.device_type != "battery" and not now.stale and _able(now.device)
        ]

    def options(self, actor: Actor, device_id: str) -> list[Option]:
        """What would show at its meter now. Raises NotAllowed, Unknown, Conflict."""
        actor.require(START)
        now = self._control.device(actor, device_id)
        self._free(now)
        return self._options(actor, now)

    def drill(self, actor: Actor, device_id: str, fault: str, chosen: str | None) -> Drill:
        """The drill as it would begin now. Raises NotAllowed, Unknown, InvalidInput, Conflict."""
        actor.require(START)
        now = self._control.device(actor, device_id)
        latest = self._free(now)
        offered = self._options(actor, now)
        option = next((one for one in offered if chosen in (None, one.key)), None)
        if option is None:
            known = [one.key for one in offered]
            said = ", ".join(one.words for one in offered) or "nothing that its meter would show"
            wrong = FieldError("command", f"it can be told now: {said}", known)
            raise InvalidInput("The device cannot be told that in a drill now.", [wrong])
        pace = self._control.dispatching.pace
        interval_s = latest.interval_s or SAYS_EVERY_S
        limit = judge.limit_of(fault, now.device.ramp_s, interval_s, pace)
        now_ms = self._clock.now_ms()
        drill = Drill(
            drill_id=0,
            device_id=device_id,
            device_name=now.device.name,
            fault=fault,
            command=option.command,
            value=option.value,
            by_name=actor.name[:100],
            asked_ms=now_ms,
            sensor_id=latest.sensor_id,
            metric=latest.metric,
            limit=limit,
            interval_s=interval_s,
            seen_ms=real_now_ms(),
        )
        longest_ms = judge.span_ms(drill, now_ms, pace)
        if longest_ms > pace.ms(judge.LONGEST_S):
            seconds = longest_ms / pace.ms(1)
            words_ = (
                f"its meter and ramp would need {seconds:.0f} s, {judge.LONGEST_S:.0f} s at most"
            )
            wrong = FieldError("device", words_, judge.LONGEST_S)
            raise InvalidInput("The device is too slow for a drill.", [wrong])
        if fault == "stale_meter":
            # Before the meter can show anything, or there would be nothing to protect from.
            return replace(drill, fault_from_ms=now_ms, fault_until_ms=now_ms + longest_ms)
        return drill

    def minutes(self, drill: Drill) -> int:
        """For how long the device is told something."""
        now = self._control.device(SYSTEM, drill.device_id)
        pace = self._control.dispatching.pace
        return judge.minutes_of(drill.fault, drill.limit, now.device.ramp_s, drill.interval_s, pace)

    def _free(self, now: DeviceNow) -> Latest:
        """The series that shows it, where the device speaks and nobody holds it."""
        if now.stale:
            raise Conflict(f"{now.device.name} is silent: nothing could be judged now.")
        held = self._control.holdings(SYSTEM).get(now.device.device_id)
        if held is not None and held.intent is not None:
            until = iso_utc(from_ms(held.intent.ends_ms))
            holder = words.owner(held.intent)
            raise Conflict(f"{now.device.name} is held by {holder}.", holder, "held", until)
        sensor_id, metric = now.device.meter or (now.device.device_id, "power")
        latest = self._evidence.latest(sensor_id, metric)
        fresh = latest and latest.state_name(self._clock.now_ms()) in ("fresh", "late")
        if latest is None or not fresh:
            raise Conflict(f"The meter of {now.device.name} is silent: nothing could be judged.")
        return latest

    def _options(self, actor: Actor, now: DeviceNow) -> list[Option]:
        found = []
        for command, value in CANDIDATES:
            if not _takes(now.device, command, value):
                continue
            try:
                preview = self._control.preview(
                    actor, now.device.device_id, command, value, PREVIEW_MINUTES
                )
            except WattboardError:
                continue
            if preview.starts_ms > self._clock.now_ms() + 1000 or preview.accepted != value:
                continue
            if _shows(preview.expected):
                found.append(Option(command, value, words.act(command, value)))
        return found


def _able(device: Device) -> bool:
    return any(_takes(device, command, value) for command, value in CANDIDATES)


def _takes(device: Device, command: str, value: Value) -> bool:
    known = device.capabilities
    if command not in known.commands:
        return False
    if command == "set_mode":
        return value in known.mode
    shed = known.shed_percent
    if command == "set_shed_percent" and isinstance(value, float):
        return shed is not None and shed.low <= value <= shed.high
    return True


def _shows(expected: Expected) -> bool:
    """Whether the power as it is now is plainly not what the command would make of it."""
    before, low, high = expected.before_kw, expected.low_kw, expected.high_kw
    if before is None or (low is None and high is None):
        return False
    margin = 0.1 + 0.1 * abs(before)
    if high is not None and before >= high + margin:
        return True
    return low is not None and before <= low - min(margin, low / 2)
