"""A drill over a device, its meter and a dispatcher played by hand, on a clock that stands."""

import json
from dataclasses import dataclass

from domain.access.policy import SYSTEM
from domain.control.rounds import Outgoing
from domain.control.service import Heard
from domain.drills.model import Drill, Summary
from domain.telemetry.model import Reading
from scheduler.jobs import JOBS
from tests.integration.control.playing import FULL_KW, Play

(TELL,) = (job.run for job in JOBS if job.name == "alarms")
OWNER = "desk:1"


@dataclass
class DrillPlay(Play):
    """The dispatcher suffers what the drill says; the device may ignore its lease."""

    ignores_lease: bool = False
    others_kw: float = 0.0
    """What else hangs behind the meter."""

    def measure(self) -> None:
        """The device reports, heard or not, and its meter measures."""
        fault, now_ms = self.house.drills.fault(), self.clock.now_ms()
        state = {"timestamp": now_ms / 1000, "power_kw": self.power_kw, "on": self.power_kw > 0.03}
        heard = Heard(self.device_id, "state", json.dumps(state).encode(), now_ms, False)
        if fault is None or not (fault.cuts or fault.kind == "silent_device"):
            self.house.control.hear([heard])
        shown = FULL_KW if self.meter_stands else self.power_kw
        self.house.telemetry.ingest([Reading("METER", "power", now_ms, shown + self.others_kw)])

    def turn(self, *, ready: bool = True, lost: bool = False) -> list[Outgoing]:
        """One turn as `scheduler.dispatcher` takes it under a drill."""
        fault = self.house.drills.fault()
        if fault is not None and fault.kind == "dead_scheduler":
            return []
        silent = fault is not None and fault.kind == "silent_device"
        self.fault = "silent" if silent else None
        cut = fault is not None and fault.cuts
        return super().turn(ready=ready and not cut, lost=lost or cut)

    def second(self) -> None:
        """One second of everybody."""
        self.clock.advance(1)
        now_ms = self.clock.now_ms()
        if not self.ignores_lease:
            self.journal += self.device.lapse(now_ms / 1000)
        if now_ms // 1000 % 10 == 0:
            self.measure()
        self.turn()
        self.house.drills.advance(OWNER)
        if now_ms // 1000 % 5 == 0:
            TELL(self.house)

    def run(self, drill: Drill, most_s: int = 400) -> tuple[Summary, dict[str, object]]:
        """Let seconds pass until the drill is over; its report."""
        for _ in range(most_s):
            self.second()
            if self.house.drills.announced() is None:
                return self.house.drills.report(SYSTEM, drill.drill_id)
        raise AssertionError(f"still under way after {most_s} s: {self.house.drills.announced()}")
