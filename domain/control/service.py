"""What pages, API and the dispatcher ask of control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.building.service import Building
from domain.control import command_store, device_store
from domain.control.answers import Answer
from domain.control.committed import Committed, committed
from domain.control.enrolment import Enrolment
from domain.control.hearing import available, said
from domain.control.hours import LONGEST_DAYS
from domain.control.instructions import Participation
from domain.control.lifecycle import Command
from domain.control.model import Report
from domain.control.owners import BY_HOURS
from domain.control.rounds import Outgoing
from domain.control.site_limits import SiteLimits
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

__all__ = ["Control", "Heard"]


class Heard(NamedTuple):
    """One message of a device, as it came."""

    device_id: str
    kind: str
    """`state`, `availability` or `ack`."""
    payload: bytes
    arrived_ms: int
    retained: bool


class Control(Enrolment):
    """Devices, and everything that is asked of them."""

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, telemetry: Telemetry, building: Building
    ) -> None:
        super().__init__(database, clock, bus, telemetry, building)
        self.limits = SiteLimits(self, database, clock, telemetry, building)
        self._told_step: int | None = None
        self._told_reports: dict[str, Report] = {}

    def hear(self, messages: Iterable[Heard]) -> int:
        """Take in what devices say of themselves; how many reports it changed."""
        listed = list(messages)
        if not listed:
            return 0
        with self._database.read() as c:
            before = device_store.read_reports(c, sorted({m.device_id for m in listed}))
        after = dict(before)
        for message in listed:
            known = after.get(message.device_id, Report(message.device_id))
            found = _report(known, message)
            if found is not None:
                after[message.device_id] = found
        changed = [report for key, report in after.items() if report != before.get(key)]
        if changed:
            with self._database.write() as c:
                device_store.put_reports(c, changed)
            self._told(*(report.device_id for report in changed))
        return len(changed)

    def dispatch(self, fence: int, *, ready: bool) -> list[Outgoing]:
        """What is to leave now, told to whoever watches. Raises StaleFence."""
        outgoing, changed = self.dispatching.turn(fence, ready=ready)
        self._watched(changed)
        return outgoing

    def answer(self, fence: int, messages: Iterable[Heard]) -> int:
        """Take in acknowledgements; how many commands they moved. Raises StaleFence."""
        answers = [
            Answer(m.device_id, m.payload, m.arrived_ms) for m in messages if m.kind == "ack"
        ]
        changed = self.dispatching.answered(fence, answers)
        self._watched(changed)
        return len(changed)

    def tell_news(self) -> int:
        """Publish what another process did since this one last asked; how many commands moved.

        For processes that show devices and do not speak with them.
        """
        with self._database.read() as c:
            newest = command_store.newest_step(c)
            reports = device_store.read_reports(c)
            known, self._told_step = self._told_step, newest
            fresh = (
                command_store.moved_after(c, known) if known is not None and known != newest else []
            )
        spoken = {key for key, report in reports.items() if report != self._told_reports.get(key)}
        before, self._told_reports = self._told_reports, reports
        self.tell_commands(fresh)
        if before or fresh:
            self._told(*spoken, *(command.device_id for command in fresh))
        return len(fresh)

    # ---- for plans, demand response and trading --------------------------------------------

    def participation(self, device_id: str, period: Period) -> list[Participation]:
        """What demand response may do with a device, hour by hour of the building's clock.

        Raises Unknown, and InvalidInput for more than 31 days.
        """
        return self.hours.participation(device_id, period)

    def committed(self, period: Period) -> list[Committed]:
        """What devices are promised to do in each quarter hour, by time and device.

        Raises InvalidInput for more than 31 days.
        """
        if period.duration_s > LONGEST_DAYS * 86_400:
            words = f"at most {LONGEST_DAYS} days"
            raise InvalidInput(f"period: {words}.", [FieldError("period", words, LONGEST_DAYS)])
        with self._database.read() as c:
            devices = {device.device_id: device for device in device_store.read_devices(c)}
            intents = command_store.live_intents(c)
            stop = command_store.stop_at(c, self._clock.now_ms())
        asked = {i.device_id for i in intents if i.owner in BY_HOURS} & set(devices)
        by_hours = {key: self.hours.participation(key, period) for key in sorted(asked)}
        until_ms = stop.ends_ms if stop else None
        return committed(devices, intents, period, by_hours, stopped_until_ms=until_ms)

    def _watched(self, changed: Sequence[Command]) -> None:
        self.tell_commands(changed)
        if changed:
            self._told(*{command.device_id for command in changed})


def _report(before: Report, message: Heard) -> Report | None:
    if message.kind == "state":
        return said(before, message.payload, message.arrived_ms, retained=message.retained)
    if message.kind == "availability":
        return available(before, message.payload, message.arrived_ms)
    return None
