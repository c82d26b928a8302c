"""What a drill rests on: commands with their steps, readings of the meter, events that rang."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.access.policy import SYSTEM
from domain.alarms.model import Event, EventQuery
from domain.alarms.service import Alarms
from domain.control.command_store import CommandStep
from domain.control.reach_watch import SOURCE as REACH
from domain.control.service import Control
from domain.drills.judge import Seen
from domain.drills.model import Drill
from domain.telemetry.model import Latest
from domain.telemetry.service import Telemetry

SERVICE = "devices"
MOST_EVENTS = 100


class Evidence:
    """Looks at what the rest of Wattboard knows; it keeps nothing."""

    def __init__(self, control: Control, telemetry: Telemetry, alarms: Alarms) -> None:
        self._control, self._telemetry, self._alarms = control, telemetry, alarms

    def latest(self, sensor_id: str, metric: str) -> Latest | None:
        """The newest reading of a series."""
        return self._telemetry.latest().get((sensor_id, metric))

    def of(self, drill: Drill) -> Seen:
        """Everything that belongs to a drill now."""
        if drill.intent_id is None:
            return Seen((), True, None, ())
        commands = self._control.told_for(drill.intent_id)
        live = self._control.is_live(drill.intent_id)
        latest = self.latest(drill.sensor_id, drill.metric)
        reading = None
        if latest is not None and latest.ts_ms >= drill.asked_ms:
            reading = latest.ts_ms, latest.value
        return Seen(commands, not live, reading, self._events(drill))

    def steps(self, seen: Seen) -> Mapping[str, Sequence[CommandStep]]:
        """The histories of a drill's commands."""
        return self._control.steps_of([command.command_id for command in seen.commands])

    def _events(self, drill: Drill) -> tuple[Event, ...]:
        """Events of the device, or of the way to all devices, that rang since the fault."""
        since_ms = drill.fault_from_ms
        if since_ms is None:
            return ()
        query = EventQuery(service=SERVICE, since_ms=since_ms, sort="newest", limit=MOST_EVENTS)
        cuts = drill.fault in ("lost_broker", "dead_scheduler")
        return tuple(
            event
            for event in self._alarms.events(SYSTEM, query).events
            if event.rang_ms >= since_ms
            and (event.sensor_id == drill.device_id or (cuts and event.rule_name == REACH))
        )
