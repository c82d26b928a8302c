"""A device, its meter and the dispatcher, played by hand on a clock that stands.

The device is the simulated building's own; what it applied is its journal.
"""

import json
from dataclasses import dataclass, field

from data_ingest.simulation.devices import ControlledDevice
from data_ingest.simulation.layout import DeviceSpec
from domain.access.policy import SYSTEM
from domain.control.command_store import CommandStep
from domain.control.lifecycle import Command
from domain.control.rounds import Outgoing
from domain.control.service import Heard
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading

COMMANDS = (
    "on",
    "off",
    "set_power_kw",
    "set_setpoint_c",
    "set_mode",
    "set_shed_percent",
    "release",
)
FULL_KW = 3.0


@dataclass
class Play:
    """One device on the other side of the broker."""

    house: House
    clock: FixedClock
    device_id: str = "PUMP"
    meter: str | None = "METER"
    fault: str | None = None
    meter_stands: bool = False
    fence: int = 1
    journal: list[dict[str, object]] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        spec = DeviceSpec(
            self.device_id, "", "heat_pump", None, COMMANDS, power_kw=(0, 11), setpoint_c=(16, 30)
        )
        self.device = ControlledDevice(spec)

    @property
    def power_kw(self) -> float:
        order = self.device.order()
        if order.on is False or order.mode == "off":
            return 0.0
        return (FULL_KW if order.power_kw is None else order.power_kw) * order.share

    def measure(self) -> None:
        """The meter and the device say how it is."""
        now_ms = self.clock.now_ms()
        order = self.device.order()
        state: dict[str, object] = {"timestamp": now_ms / 1000, "power_kw": self.power_kw}
        state["on"] = self.power_kw > 0.03
        if order.setpoint_c is not None:
            state["setpoint_c"] = order.setpoint_c
        self.house.control.hear(
            [Heard(self.device_id, "state", json.dumps(state).encode(), now_ms, False)]
        )
        shown = FULL_KW if self.meter_stands else self.power_kw
        if self.meter:
            self.house.telemetry.ingest([Reading(self.meter, "power", now_ms, shown)])

    def turn(self, *, ready: bool = True, lost: bool = False) -> list[Outgoing]:
        """One turn of the dispatcher; the device takes what leaves unless it is lost."""
        outgoing = self.house.control.dispatch(self.fence, ready=ready)
        self.sent += outgoing
        if not lost:
            self.deliver(outgoing)
        return outgoing

    def deliver(self, outgoing: list[Outgoing]) -> None:
        """The device takes messages and answers, as its fault lets it."""
        now_ms = self.clock.now_ms()
        answers = []
        for message in outgoing:
            if message.device_id != self.device_id:
                continue
            answer = self.device.receive(message.payload, now_ms / 1000, self.fault)
            self.journal += answer.effects
            answers += [
                Heard(self.device_id, "ack", json.dumps(ack).encode(), now_ms, False)
                for ack in answer.acks
            ]
        if self.fault != "late":
            self.house.control.answer(self.fence, answers)
        else:
            self.late = answers

    def wait(self, seconds: float, step_s: float = 1.0) -> None:
        """Time passes with a turn each second and a measurement every ten."""
        passed = 0.0
        while passed < seconds:
            self.clock.advance(step_s)
            passed += step_s
            self.journal += self.device.lapse(self.clock.now_ms() / 1000)
            if passed % 10 < step_s:
                self.measure()
            self.turn()

    def commands(self) -> list[Command]:
        """Newest first."""
        listed = self.house.control.commands(SYSTEM, self.device_id)
        return [command for command, _ in listed]

    def states(self, command_id: str) -> list[str]:
        """The steps a command took."""
        return [step.state for step in self.steps(command_id)]

    def steps(self, command_id: str) -> list[CommandStep]:
        listed = self.house.control.commands(SYSTEM, self.device_id)
        return next(list(steps) for command, steps in listed if command.command_id == command_id)

    def applied(self, command_id: str | None = None) -> int:
        """How often the device carried something out."""
        return sum(
            entry["effect"] == "applied" and command_id in (None, entry["command_id"])
            for entry in self.journal
        )
