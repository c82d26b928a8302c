"""What was told to devices and who holds them, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from domain.access.policy import Actor
from domain.building.service import Building
from domain.control import command_store, device_store, history_store
from domain.control.arbitration import Intent, arbitrate
from domain.control.command_store import CommandStep, Stop
from domain.control.dispatching import Dispatching
from domain.control.history import CommandPage, CommandQuery, Former
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

    def history(self, actor: Actor, device_id: str, query: CommandQuery) -> CommandPage:
        """What a device was told, deleted ones too. Raises NotAllowed, Unknown."""
        actor.require(VIEW)
        with self._database.read() as c:
            if history_store.read_former(c, device_id) is None:
                self._found(c, device_id)
            return history_store.read_page(c, device_id, query)

    def has_told(self, actor: Actor, device_id: str) -> list[str]:
        """Owners that ever told a device something, by rank. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            found = history_store.read_owners(c, device_id)
        return [owner for owner in OWNERS if owner in found]

    def former(self, actor: Actor, device_id: str) -> Former | None:
        """A device that was deleted, as it last was. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return history_store.read_former(c, device_id)

    def tested(self, actor: Actor, device: Device) -> Command | None:
        """The command that moved a device before it was registered. Raises NotAllowed."""
        actor.require(VIEW)
        if device.test_command_id is None:
            return None
        with self._database.read() as c:
            return command_store.read_command(c, device.test_command_id)

    def holdings(self, actor: Actor, since_ms: int = 0) -> dict[str, Holding]:
        """Who holds each device and what it was told; `since_ms` bounds what counts as last."""
        actor.require(VIEW)
        with self._database.read() as c:
            return self._holdings(c, since_ms)

    def stopped(self) -> Stop | None:
        """The stop of all automatic control that holds now."""
        with self._database.read() as c:
            return command_store.stop_at(c, self._clock.now_ms())

    def intents_of(self, owner: str) -> list[Intent]:
        """What an automatic owner still wants, for that owner."""
        with self._database.read() as c:
            return command_store.intents_of(c, owner)

    def came_of(self, intent_ids: Sequence[int]) -> dict[int, tuple[Intent, Command | None]]:
        """Intents with the newest command each was put into; None where it never was."""
        with self._database.read() as c:
            intents = command_store.read_intents(c, intent_ids)
            newest = command_store.newest_of_intents(c, intent_ids)
        return {key: (intent, newest.get(key)) for key, intent in intents.items()}

    def told_for(self, intent_id: int) -> list[Command]:
        """Everything that was told for one intent, oldest first."""
        with self._database.read() as c:
            return command_store.commands_of(c, intent_id)

    def is_live(self, intent_id: int) -> bool:
        """Whether somebody still wants it."""
        with self._database.read() as c:
            intent = command_store.read_intent(c, intent_id)
        return intent is not None and intent.ended_ms is None

    def steps_of(self, command_ids: Sequence[str]) -> dict[str, list[CommandStep]]:
        """The histories of commands."""
        with self._database.read() as c:
            return command_store.read_steps(c, command_ids)

    def not_done(self, since_ms: int) -> list[Command]:
        """Commands to registered devices that were refused, unanswered, contradicted or let go."""
        with self._database.read() as c:
            known = {device.device_id for device in device_store.read_devices(c)}
            listed = command_store.not_done_since(c, since_ms)
        return [command for command in listed if command.device_id in known]

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
