"""What was told to devices and who holds them, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from domain.access.policy import Actor
from domain.building.service import Building
from domain.control import command_store, device_store
from domain.control.arbitration import Intent, arbitrate
from domain.control.command_store import CommandStep, Stop
from domain.control.dispatching import Dispatching
from domain.control.hours import Hours
from domain.control.lifecycle import Command
from domain.control.model import Device, DeviceNow, Report
from domain.control.owners import BY_HOURS, OWNERS
from domain.control.registry import VIEW, Registry
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a device and what it was told; `told` is live, `last` the newest there was."""

    intent: Intent | None
    told: tuple[Command, ...]
    last: Command | None
    last_steps: tuple[CommandStep, ...]


class Views(Registry):
    """Commands with their history, and the holder of each device."""

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, telemetry: Telemetry, building: Building
    ) -> None:
        super().__init__(database, clock, bus, telemetry, building)
        self.hours = Hours(database, clock, building.zone)
        self.dispatching = Dispatching(database, clock, telemetry, self.hours)

    def now_of(self, devices: Sequence[Device], reports: Mapping[str, Report]) -> list[DeviceNow]:
        """How all registered devices are, for those that decide about them."""
        return self._now(devices, reports)

    def commands(
        self, actor: Actor, device_id: str, limit: int = 50, before: tuple[int, str] | None = None
    ) -> list[tuple[Command, Sequence[CommandStep]]]:
        """A device's commands with their steps, newest first. Raises NotAllowed, Unknown."""
        actor.require(VIEW)
        with self._database.read() as c:
            self._found(c, device_id)
            listed = command_store.list_commands(c, device_id, limit, before)
            steps = command_store.read_steps(c, [command.command_id for command in listed])
        return [(command, steps.get(command.command_id, ())) for command in listed]

    def holdings(self, actor: Actor, since_ms: int = 0) -> dict[str, Holding]:
        """Who holds each device and what it was told; `since_ms` bounds what counts as last."""
        actor.require(VIEW)
        with self._database.read() as c:
            return self._holdings(c, since_ms)

    def stopped(self) -> Stop | None:
        """The stop of all automatic control that holds now."""
        with self._database.read() as c:
            return command_store.stop_at(c, self._clock.now_ms())

    def contradicted(self, since_ms: int) -> list[Command]:
        """Commands whose meter disagreed, for the alarms."""
        with self._database.read() as c:
            return command_store.contradicted_since(c, since_ms)

    def _holdings(self, c: Connection, since_ms: int) -> dict[str, Holding]:
        devices = device_store.read_devices(c)
        intents: dict[str, list[Intent]] = {}
        for intent in command_store.live_intents(c):
            intents.setdefault(intent.device_id, []).append(intent)
        live: dict[str, list[Command]] = {}
        for command in command_store.live_commands(c):
            live.setdefault(command.device_id, []).append(command)
        last = command_store.newest_commands(c, since_ms)
        steps = command_store.read_steps(c, [command.command_id for command in last.values()])
        stopped = command_store.stop_at(c, self._clock.now_ms()) is not None
        barred = self.barred(c, devices, intents)
        found = {}
        for device in devices:
            newest = last.get(device.device_id)
            found[device.device_id] = Holding(
                self._holder(device, intents.get(device.device_id, ()), stopped, barred),
                tuple(live.get(device.device_id, ())),
                newest,
                tuple(steps.get(newest.command_id, ())) if newest else (),
            )
        return found

    def barred(
        self, c: Connection, devices: Sequence[Device], intents: Mapping[str, Sequence[Intent]]
    ) -> Mapping[str, str]:
        """Which of these devices demand response asks for in vain now, and why."""
        asked = {
            device.device_id: device
            for device in devices
            if any(one.owner in BY_HOURS for one in intents.get(device.device_id, ()))
        }
        return self.hours.barred(c, asked, self._clock.now_ms()) if asked else {}

    def _holder(
        self,
        device: Device,
        intents: Sequence[Intent],
        stopped: bool,
        barred: Mapping[str, str],
    ) -> Intent | None:
        if not intents:
            return None
        settings = arbitrate(
            device,
            intents,
            Report(device.device_id),
            self._clock.now_ms(),
            stopped=stopped,
            barred=barred.get(device.device_id),
        )
        winners = [setting.winner for setting in settings if setting.winner is not None]
        return min(winners, key=lambda one: OWNERS[one.owner].rank, default=None)
