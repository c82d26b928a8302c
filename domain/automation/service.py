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

from domain.access.audit import record
from domain.access.policy import Actor
from domain.automation import firing_store, rule_store
from domain.automation.evaluation import MISSED_S
from domain.automation.fields import plan_fields, rule_fields, schedule_fields
from domain.automation.model import FiringPage, Names, Plan
from domain.automation.rules import READ, WRITE
from domain.automation.schedules import Schedules
from domain.automation.sentences import sentence
from domain.foundation.contract import in_force, single_refused

__all__ = ["READ", "WRITE", "Automation", "plan_fields", "rule_fields", "schedule_fields"]
MOST_A_PAGE = 500
KEEP_FIRED_MS = 400 * 86_400_000
KEEP_OTHERS_MS = 90 * 86_400_000
"""Lines of what was not done are dropped earlier."""


class Automation(Schedules):
    """Rules and schedules of one building; they act through `domain.control` alone."""

    def log(
        self,
        actor: Actor,
        rule_id: int | None = None,
        *,
        fired_only: bool = False,
        limit: int = 50,
        before: int | None = None,
    ) -> FiringPage:
        """What rules decided, newest first, with what became of it; also of rules that are gone.

        Raises NotAllowed.
        """
        actor.require(READ)
        if in_force().restricts:
            raise single_refused()
        size = min(max(1, limit), MOST_A_PAGE)
        with self._database.read() as c:
            found = firing_store.read_firings(c, rule_id, fired_only, size + 1, before)
        page = self._acting.became(found[:size])
        return FiringPage(tuple(page), page[-1].firing_id if len(found) > size else None)

    def switch_all(self, actor: Actor, enabled: bool) -> int:
        """Switch every rule and schedule; how many that changed. Raises NotAllowed."""
        actor.require(WRITE)
        rules = [one for one in self.rules(actor) if one.enabled != enabled]
        schedules = [one for one in self.schedules(actor) if one.enabled != enabled]
        for rule in rules:
            self.switch(actor, rule.rule_id, enabled)
        for schedule in schedules:
            self.switch_schedule(actor, schedule.schedule_id, enabled)
        if rules or schedules:
            with self._database.write() as c:
                counted = {"rules": len(rules), "schedules": len(schedules), "enabled": enabled}
                record(c, actor, "automation.switch_all", "automation", after=counted)
        return len(rules) + len(schedules)

    # ---- words -----------------------------------------------------------------------------

    def names(self) -> Names:
        """What rooms, sensors and devices are called now."""
        return self._gathering.world().names

    def sentence(self, plan: Plan) -> str:
        """A rule read back in one sentence."""
        return sentence(plan, self.names())

    # ---- jobs ------------------------------------------------------------------------------

    def run(self) -> int:
        """Decide and do all that is due, however late; how many lines of the log that made."""
        entered = self._evaluation.run()
        self._acting.carry_out(self._late)
        self._acting.end_orphans()
        with self._database.read() as c:
            schedules = [one for one in rule_store.read_schedules(c) if one.enabled]
        self._scheduling.run(schedules, self._gathering.world() if schedules else None)
        return entered

    def forget_old(self) -> int:
        """Drop lines of the log that are older than it is kept; how many."""
        now_ms = self._clock.now_ms()
        with self._database.write() as c:
            return firing_store.drop_before(c, now_ms - KEEP_FIRED_MS) + firing_store.drop_before(
                c, now_ms - KEEP_OTHERS_MS, others=True
            )

    def _late(self, decided_ms: int) -> bool:
        late_ms = MISSED_S * 1000 * max(1.0, self._clock.speed)
        return self._clock.now_ms() - decided_ms > late_ms
