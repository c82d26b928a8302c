"""Keeps schedules' intents as they should be: one per device and entry while the entry is on.

Every round compares what is wanted with what is held; so a process that died, a schedule that was
changed and a device that was moved all end in the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from domain.automation.gathering import Days
from domain.automation.model import Lane, LaneSpan, Schedule
from domain.automation.spans import entry_spans
from domain.automation.world import World
from domain.calendar.service import Calendar
from domain.control import words
from domain.control.acts import NEWEST
from domain.control.arbitration import Intent
from domain.control.capabilities import command_value
from domain.control.model import ASPECT_OF_COMMAND, Device, Value
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.foundation.errors import InvalidInput, Unknown

OWNER = "schedule"
LANES_MS = 86_400_000


class Scheduling:
    """The schedules of one building over its time."""

    def __init__(
        self, clock: Clock, zone: ZoneInfo, calendar: Calendar, control: Control
    ) -> None:  # fmt: skip
        self._clock = clock
        self._zone = zone
        self._calendar = calendar
        self._control = control

    def run(self, schedules: Sequence[Schedule], world: World | None) -> int:
        """Enter what is on and not held, end what is held and not on; how many that were."""
        now_ms = self._clock.now_ms()
        held = {i.key: i for i in self._control.intents_of(OWNER) if i.ends_ms > now_ms}
        wanted = self._wanted(schedules, world, now_ms) if world is not None else {}
        changed = 0
        for key, intent in wanted.items():
            if key not in held:
                changed += self._intend(intent)
        for key, intent in held.items():
            if key not in wanted:
                why = "its schedule was changed, switched off or deleted"
                changed += self._control.withdraw(intent.intent_id, why)
        return changed

    def lanes(self, schedules: Sequence[Schedule], world: World) -> list[Lane]:
        """What each device is told by schedules that are switched on, from now on for 24 h."""
        now_ms = self._clock.now_ms()
        found: dict[str, list[LaneSpan]] = {}
        for schedule, device, span, command, value in self._each(
            schedules, world, now_ms, now_ms + LANES_MS
        ):
            told = words.told(command, value)
            shown = LaneSpan(
                span[0], span[1], schedule.schedule_id, schedule.name, command, value, told
            )  # fmt: skip
            found.setdefault(device.device_id, []).append(shown)
        lanes = [
            Lane(key, world.devices[key].name, tuple(sorted(spans, key=lambda s: s.from_ms)))
            for key, spans in found.items()
        ]
        return sorted(lanes, key=lambda lane: lane.name.casefold())

    def _intend(self, intent: Intent) -> int:
        try:
            self._control.intend(intent)
        except Unknown:  # taken off the list at this moment
            return 0
        return 1

    def _wanted(
        self, schedules: Sequence[Schedule], world: World, now_ms: int
    ) -> dict[str | None, Intent]:
        found: dict[str | None, Intent] = {}
        for schedule, device, span, command, value in self._each(
            schedules, world, now_ms, now_ms + 1
        ):
            aspect = ASPECT_OF_COMMAND[command]
            place = f"{schedule.schedule_id}.{schedule.version}/{span[0]}/{span[2]}"
            key = f"{place}/{device.device_id}/{aspect}"
            found[key] = Intent(
                intent_id=NEWEST,
                device_id=device.device_id,
                owner=OWNER,
                owner_name=schedule.name,
                aspect=aspect,
                command=command,
                value=value,
                low_kw=None,
                high_kw=None,
                requested_ms=span[0],
                starts_ms=span[0],
                ends_ms=span[1],
                reason=f"schedule “{schedule.name}”",
                key=key,
            )
        return found

    def _each(
        self, schedules: Sequence[Schedule], world: World, from_ms: int, to_ms: int
    ) -> Iterable[tuple[Schedule, Device, tuple[int, int, int], str, Value]]:
        """Who is told what when, of what reaches into [from, to)."""
        day_of = Days(self._calendar)
        for schedule in schedules:
            if not schedule.enabled:
                continue
            devices = {d.device_id: d for t in schedule.targets for d in world.told(t)}
            for span in entry_spans(schedule.entries, from_ms, to_ms, day_of, self._zone):
                entry = schedule.entries[span.place]
                for device in devices.values():
                    try:
                        value = command_value(device.capabilities, entry.command, entry.value)
                    except InvalidInput:
                        continue  # it cannot do this any more, or never could as one of a room
                    yield schedule, device, span, entry.command, value
