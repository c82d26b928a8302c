"""A room whose temperature a test sets, with the simulated building's own device in it."""

import json
from dataclasses import dataclass

from domain.access.policy import SYSTEM
from domain.climate.model import LoggedDecision
from domain.control.service import Heard
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading
from tests.integration.control.playing import Play

LOOP_S = 120
OFFICE = 1


class Unit(Play):
    """The device says its mode too."""

    def measure(self) -> None:
        super().measure()
        now_ms, order = self.clock.now_ms(), self.device.order()
        state = {
            "timestamp": now_ms / 1000,
            "power_kw": self.power_kw,
            "on": self.power_kw > 0.03,
            "mode": order.mode or "auto",
            "setpoint_c": order.setpoint_c or 22.0,
        }
        heard = Heard(self.device_id, "state", json.dumps(state).encode(), now_ms, False)
        self.house.control.hear([heard])


@dataclass
class Office:
    """One room; `temperature_c` None: its thermometer is silent."""

    house: House
    clock: FixedClock
    temperature_c: float | None = 23.0

    def __post_init__(self) -> None:
        self.unit = Unit(self.house, self.clock)
        self.unit.measure()
        self.feel()

    def feel(self) -> None:
        """Room and weather are measured."""
        now_ms = self.clock.now_ms()
        readings = [Reading("WEATHER", "temperature", now_ms, 18.0)]
        if self.temperature_c is not None:
            readings += [
                Reading("AIR", "temperature", now_ms, self.temperature_c),
                Reading("AIR", "humidity", now_ms, 40.0),
                Reading("AIR", "occupancy", now_ms, 3.0),
            ]
        self.house.telemetry.ingest(readings)

    def loops(self, number: int = 1) -> None:
        """So many loops of two minutes pass, with the device and its dispatcher at work."""
        for _ in range(number):
            for _ in range(LOOP_S // 30):
                self.unit.wait(30, step_s=5)
                self.feel()
            self.house.climate.run()
            self.unit.turn()

    def told(self) -> dict[str, object]:
        """What the device is told now, by command, and in force."""
        return {
            made.command: made.value
            for made in self.unit.commands()
            if made.owner == "climate" and made.state in ("acknowledged", "observed")
        }

    def log(self) -> list[LoggedDecision]:
        """Newest first."""
        return self.house.climate.decisions(SYSTEM, OFFICE, 100)
