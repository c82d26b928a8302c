"""What pages, API and jobs ask of automation: rules, schedules, their log and their dry run.

`fields` is always the same shape, as JSON has it; `rule_fields` and `schedule_fields` of
`domain.automation.fields` give it back for what is kept. Of a rule:

    {"name": "Air the meeting room", "enabled": true, "cooldown_s": 3600, "notice": null,
     "trigger": {"kind": "metric", "metric": "co2", "room_id": 3, "side": "above", "limit": 1000,
                 "for_s": 300, "hysteresis": 50},
     "conditions": [{"kind": "time", "from": "08:00", "to": "18:00", "day_types": ["workday"],
                     "weekdays": []}],
     "actions": [{"device_id": "DEVICE_004", "command": "on", "value": null, "minutes": 30}]}

Other triggers: {"kind": "time", "at": "07:30", "day_types": [], "weekdays": [0, 4]},
{"kind": "price", "side": "above", "limit_per_kwh": 0.3, "for_s": 0},
{"kind": "occupancy", "room_id": 3, "state": "empty", "for_s": 900},
{"kind": "event", "change": "rings", "service": null, "severity": "fault", "event_kind": null,
"room_id": null}. A metric is of a `room_id` or of a `sensor_id`.
Conditions: metric {metric, room_id or sensor_id, side, limit},
time {from, to, day_types, weekdays}, day {day_types, weekdays}, price {side, limit_per_kwh},
occupancy {room_id, state}, device {device_id, state: running or standing}.
An action names a `device_id`, or a `room_id` with or without a `device_type`.
Of a schedule:

    {"name": "Office hours", "enabled": true, "targets": [{"device_id": "DEVICE_004"}],
     "entries": [{"day_types": ["workday"], "weekdays": [], "from": "07:00", "to": "19:00",
                  "command": "set_setpoint_c", "value": 21.5}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from domain.access.policy import Actor
from domain.alarms.service import Alarms
from domain.automation.model import (
    Draft,
    DryRun,
    FiringPage,
    Lane,
    Names,
    Plan,
    Rule,
    Schedule,
    ScheduleDraft,
)
from domain.building.service import Building
from domain.calendar.service import Calendar
from domain.control.service import Control
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.money.service import Money
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

Fields = Mapping[str, object]
READ, WRITE = "iot.view", "iot.control"


class Automation:
    """Rules and schedules of one building; they act through `domain.control` alone."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        zone: ZoneInfo,
        telemetry: Telemetry,
        building: Building,
        calendar: Calendar,
        money: Money,
        alarms: Alarms,
        control: Control,
        currency: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    # ---- rules -----------------------------------------------------------------------------

    def rules(self, actor: Actor) -> list[Rule]:
        """Every rule by name. Raises NotAllowed."""
        raise NotImplementedError

    def rule(self, actor: Actor, rule_id: int) -> Rule:
        """One rule. Raises NotAllowed, Unknown."""
        raise NotImplementedError

    def draft(self, actor: Actor, fields: Fields, rule_id: int | None = None) -> Draft:
        """A rule as it would be saved, new or over `rule_id`: its sentence and its clashes.

        Raises NotAllowed, Unknown, InvalidInput with one entry per field, named as
        `trigger.limit`, `conditions[0].from`, `actions[1].value`.
        """
        raise NotImplementedError

    def create(self, actor: Actor, fields: Fields) -> Rule:
        """Add a rule. Raises NotAllowed, InvalidInput per field, Conflict at the most."""
        raise NotImplementedError

    def update(
        self, actor: Actor, rule_id: int, fields: Fields, version: int | None = None
    ) -> Rule:
        """Change the given fields only; what decides begins anew where it changed.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        raise NotImplementedError

    def delete(self, actor: Actor, rule_id: int, version: int | None = None) -> None:
        """Delete a rule and end what it holds; its log stays.

        Raises NotAllowed, Unknown, Conflict when it was changed since `version`.
        """
        raise NotImplementedError

    def switch(self, actor: Actor, rule_id: int, enabled: bool) -> Rule:
        """Switch a rule on, and it begins anew, or off, and what it holds ends.

        Raises NotAllowed, Unknown.
        """
        raise NotImplementedError

    def switch_all(self, actor: Actor, enabled: bool) -> int:
        """Switch every rule and schedule; how many that changed. Raises NotAllowed."""
        raise NotImplementedError

    def dry_run(
        self,
        actor: Actor,
        fields: Fields,
        rule_id: int | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> DryRun:
        """What a rule, as it is or with these fields, would have decided: the evaluator itself.

        Over the last 30 days unless said otherwise, at most a year. Raises NotAllowed, Unknown,
        InvalidInput.
        """
        raise NotImplementedError

    def log(
        self,
        actor: Actor,
        rule_id: int | None = None,
        *,
        fired_only: bool = False,
        limit: int = 50,
        before: int | None = None,
    ) -> FiringPage:
        """What rules decided, newest first, with what became of it. Raises NotAllowed."""
        raise NotImplementedError

    # ---- schedules -------------------------------------------------------------------------

    def schedules(self, actor: Actor) -> list[Schedule]:
        """Every schedule by name. Raises NotAllowed."""
        raise NotImplementedError

    def schedule(self, actor: Actor, schedule_id: int) -> Schedule:
        """One schedule. Raises NotAllowed, Unknown."""
        raise NotImplementedError

    def draft_schedule(
        self, actor: Actor, fields: Fields, schedule_id: int | None = None
    ) -> ScheduleDraft:
        """A schedule as it would be saved. Raises NotAllowed, Unknown, InvalidInput per field."""
        raise NotImplementedError

    def create_schedule(self, actor: Actor, fields: Fields) -> Schedule:
        """Add a schedule. Raises NotAllowed, InvalidInput per field, Conflict at the most."""
        raise NotImplementedError

    def update_schedule(
        self, actor: Actor, schedule_id: int, fields: Fields, version: int | None = None
    ) -> Schedule:
        """Change the given fields; what its devices are told follows within seconds.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        raise NotImplementedError

    def delete_schedule(self, actor: Actor, schedule_id: int, version: int | None = None) -> None:
        """Delete a schedule and end what it holds. Raises NotAllowed, Unknown, Conflict."""
        raise NotImplementedError

    def switch_schedule(self, actor: Actor, schedule_id: int, enabled: bool) -> Schedule:
        """Switch a schedule on or off. Raises NotAllowed, Unknown."""
        raise NotImplementedError

    def lanes(self, actor: Actor) -> list[Lane]:
        """The next 24 h of every device that a schedule speaks of, by name. Raises NotAllowed."""
        raise NotImplementedError

    # ---- words -----------------------------------------------------------------------------

    def names(self) -> Names:
        """What rooms, sensors and devices are called now."""
        raise NotImplementedError

    def sentence(self, plan: Plan) -> str:
        """A rule read back in one sentence."""
        raise NotImplementedError

    # ---- jobs ------------------------------------------------------------------------------

    def run(self) -> int:
        """Decide and do all that is due, however late; how many firings it entered."""
        raise NotImplementedError

    def forget_old(self) -> int:
        """Drop lines of the log that are older than it is kept; how many."""
        raise NotImplementedError
