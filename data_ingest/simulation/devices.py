"""A controllable device: what it accepts, what it is told until when, what it answers."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from data_ingest.simulation.clock import iso, parse_iso
from data_ingest.simulation.controls import Order
from data_ingest.simulation.layout import DeviceSpec

# Commands of one aspect replace each other; different aspects hold side by side.
ASPECT: Final = {
    "on": "run",
    "off": "run",
    "set_power_kw": "run",
    "set_setpoint_c": "setpoint",
    "set_mode": "mode",
    "set_shed_percent": "shed",
}
MODES: Final = ("auto", "heat", "cool", "off")
DEFAULT_LEASE_S: Final = 60.0
REMEMBERED: Final = 500


class Rejected(Exception):
    """Why a device does not do what it is told, in words for the acknowledgement."""


@dataclass(frozen=True)
class Told:
    """One command in force and the end of its lease, in building time."""

    command_id: str
    command: str
    value: float | str | None
    until_s: float


@dataclass
class Answer:
    """What follows from a message: acknowledgements to send, effects to record."""

    acks: list[dict[str, Any]] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    changed: bool = False


@dataclass(frozen=True)
class _Command:
    command_id: str
    command: str
    value: float | str | None
    lease_s: float
    expires_s: float


class ControlledDevice:
    """Obeys `set` messages under leases; without one it follows its own rule."""

    def __init__(self, spec: DeviceSpec) -> None:
        self.spec = spec
        self._told: dict[str, Told] = {}
        self._executed: OrderedDict[str, None] = OrderedDict()

    def receive(self, message: bytes, now_s: float, fault: str | None = None) -> Answer:
        """Takes one `set` message; a renewal (same id) only extends the lease."""
        answer = Answer()
        if fault in ("ignore", "silent"):
            return answer
        command_id = None
        try:
            fields = orjson.loads(message)
            if not isinstance(fields, dict):
                raise Rejected("not a JSON object")
            command_id = fields.get("command_id")
            if not isinstance(command_id, str) or not command_id:
                raise Rejected("command_id is missing")
            if fault == "refuse":
                raise Rejected("refused by the device")
            command = self._understood(command_id, fields)
            if now_s > command.expires_s:
                raise Rejected("expired")
            self._obey(command, now_s, fault, answer)
            for status in ("accepted", "done"):
                answer.acks.append({"command_id": command_id, "status": status})
        except (Rejected, orjson.JSONDecodeError) as error:
            reason = str(error) if isinstance(error, Rejected) else "not JSON"
            answer.acks = [{"command_id": command_id, "status": "rejected", "reason": reason}]
        if fault == "ack_twice":
            answer.acks = [ack for ack in answer.acks for _ in range(2)]
        return answer

    def lapse(self, now_s: float) -> list[dict[str, Any]]:
        """Ends what has outlived its lease; the effects of that."""
        ended = [(aspect, told) for aspect, told in self._told.items() if told.until_s <= now_s]
        for aspect, _ in ended:
            del self._told[aspect]
        return [self._effect(now_s, told, "lease_passed") for _, told in ended]

    def order(self) -> Order:
        """What the physics has to follow now."""
        run, setpoint = self._told.get("run"), self._told.get("setpoint")
        mode, shed = self._told.get("mode"), self._told.get("shed")
        return Order(
            on=None if run is None else run.command != "off",
            power_kw=_number(run) if run and run.command == "set_power_kw" else None,
            setpoint_c=_number(setpoint),
            mode=str(mode.value) if mode else None,
            shed_percent=_number(shed),
        )

    def _obey(self, command: _Command, now_s: float, fault: str | None, answer: Answer) -> None:
        until_s = now_s + command.lease_s
        told = Told(command.command_id, command.command, command.value, until_s)
        aspect = ASPECT.get(command.command)
        if command.command_id in self._executed:
            held = self._told.get(aspect or "")
            if held is not None and held.command_id == command.command_id and aspect:
                self._told[aspect] = Told(held.command_id, held.command, held.value, until_s)
            elif aspect and fault != "ack_without_act":
                raise Rejected("its lease has passed")
            return
        self._executed[command.command_id] = None
        if len(self._executed) > REMEMBERED:
            self._executed.popitem(last=False)
        if fault == "ack_without_act":
            return
        if aspect is None:
            self._told.clear()
        else:
            self._told[aspect] = told
        answer.changed = True
        answer.effects.append(self._effect(now_s, told, "applied" if aspect else "released"))

    def _understood(self, command_id: str, fields: dict[str, Any]) -> _Command:
        command = fields.get("command")
        if command not in self.spec.commands:
            raise Rejected(f"{self.spec.device_id} does not know {command!r}")
        lease_s = _finite(fields.get("lease_s", DEFAULT_LEASE_S), "lease_s")
        if lease_s <= 0:
            raise Rejected("lease_s must be positive")
        try:
            expires = fields.get("expires_at")
            expires_s = math.inf if expires is None else parse_iso(expires)
        except (ValueError, TypeError):
            raise Rejected("expires_at is not an ISO 8601 time") from None
        value = self._value(command, fields.get("value"))
        return _Command(command_id, command, value, lease_s, expires_s)

    def _value(self, command: str, value: object) -> float | str | None:
        if command == "set_mode":
            if value not in MODES:
                raise Rejected(f"mode must be one of {', '.join(MODES)}")
            return str(value)
        limits = {
            "set_power_kw": self.spec.power_kw,
            "set_setpoint_c": self.spec.setpoint_c,
            "set_shed_percent": (0.0, 100.0),
        }.get(command)
        if limits is None:
            return None
        number = _finite(value, "value")
        if not limits[0] <= number <= limits[1]:
            raise Rejected(f"value must be between {limits[0]:g} and {limits[1]:g}")
        return number

    def _effect(self, now_s: float, told: Told, effect: str) -> dict[str, Any]:
        return {
            "at": iso(now_s),
            "device_id": self.spec.device_id,
            "command_id": told.command_id,
            "command": told.command,
            "value": told.value,
            "effect": effect,
        }


def _number(told: Told | None) -> float | None:
    return told.value if told is not None and isinstance(told.value, float) else None


def _finite(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Rejected(f"{name} must be a finite number")
    return float(value)
