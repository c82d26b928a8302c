"""People look at rules, make, change, switch and delete them, and try them on the past.

A rule that decides otherwise than before is another rule: it begins anew. So does one that is
switched on.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.alarms.service import Alarms
from domain.automation import firing_store, rule_store
from domain.automation.acting import Acting
from domain.automation.clashes import Beside, rule_clashes
from domain.automation.evaluation import Evaluation
from domain.automation.exists import batteries, plan_errors
from domain.automation.fields import Fields, read_rule, rule_fields
from domain.automation.gathering import Days, Gathering
from domain.automation.model import Draft, DryRun, Plan, Rule, Schedule
from domain.automation.rehearsal import rehearse
from domain.automation.rule_store import Kept
from domain.automation.scheduling import Scheduling
from domain.automation.sentences import sentence
from domain.automation.world import World
from domain.building.service import Building
from domain.calendar.service import Calendar
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force, single_refused
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.money.service import Money
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

READ, WRITE = "iot.view", "iot.control"
MOST_RULES = 200
USUAL_RUN_MS = 30 * 86_400_000
LONGEST_RUN_MS = 366 * 86_400_000


class Rules:
    """Rules of one building."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
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
        self._calendar = calendar
        self._gathering = Gathering(
            clock, zone, telemetry, building, calendar, money, alarms, control, currency
        )
        self._acting = Acting(database, clock, control, alarms)
        self._evaluation = Evaluation(database, clock, self._gathering, control, self._acting)
        self._scheduling = Scheduling(clock, zone, calendar, control)

    # ---- looking ---------------------------------------------------------------------------

    def rules(self, actor: Actor) -> list[Rule]:
        """Every rule by name. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            return [kept.rule for kept in rule_store.read_rules(c)]

    def rule(self, actor: Actor, rule_id: int) -> Rule:
        """One rule. Raises NotAllowed, Unknown."""
        actor.require(READ)
        with self._database.read() as c:
            return _found(c, rule_id).rule

    def draft(self, actor: Actor, fields: Fields, rule_id: int | None = None) -> Draft:
        """A rule as it would be saved, new or over `rule_id`: its sentence and its clashes.

        Raises NotAllowed, Unknown, InvalidInput with one entry per field, named as
        `trigger.limit`, `conditions[0].from`, `actions[1].value`.
        """
        actor.require(READ)
        world = self._gathering.world()
        name, _, plan = self._checked(fields, rule_id, world)
        clashes = rule_clashes(plan, self._beside(world, rule_id=rule_id))
        return Draft(name, plan, sentence(plan, world.names), clashes)

    def dry_run(
        self,
        actor: Actor,
        fields: Fields,
        rule_id: int | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> DryRun:
        """What a rule, as it is or with these fields, would have decided: the evaluator itself.

        Over the last 30 days unless said otherwise, at most a year, as one that began then and was
        switched on throughout. Raises NotAllowed, Unknown, InvalidInput.
        """
        actor.require(READ)
        if in_force().restricts:
            raise single_refused()
        world = self._gathering.world()
        _, _, plan = self._checked(fields, rule_id, world)
        latest_ms = self._evaluation.horizon_ms()
        end_ms = latest_ms if to_ms is None else min(to_ms, latest_ms)
        begin_ms = end_ms - USUAL_RUN_MS if from_ms is None else from_ms
        if not 0 < end_ms - begin_ms <= LONGEST_RUN_MS or begin_ms < 0:
            wrong = FieldError("from", "lies before the end, at most 366 days", LONGEST_RUN_MS)
            raise InvalidInput("There is no such period.", [wrong])
        return rehearse(plan, world, self._gathering, begin_ms, end_ms)

    # ---- changing --------------------------------------------------------------------------

    def create(self, actor: Actor, fields: Fields) -> Rule:
        """Add a rule. Raises NotAllowed, InvalidInput per field, Conflict at the most."""
        actor.require(WRITE)
        world = self._gathering.world()
        name, enabled, plan = self._checked(fields, None, world)
        self._require_targets(actor, plan, world)
        begins = self._evaluation.begin()
        with self._database.write() as c:
            if len(rule_store.read_rules(c)) >= MOST_RULES:
                raise Conflict(f"At most {MOST_RULES} rules.", code="too_many_rules")
            rule_id = rule_store.insert_rule(c, name, enabled, plan, begins, actor.name)
            made = _found(c, rule_id).rule
            after = rule_fields(made)
            record(c, actor, "automation.create", f"automation_rule/{rule_id}", after=after)
        return made

    def update(
        self, actor: Actor, rule_id: int, fields: Fields, version: int | None = None
    ) -> Rule:
        """Change the given fields only; what decides begins anew where it changed.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        actor.require(WRITE)
        world = self._gathering.world()
        name, enabled, plan = self._checked(fields, rule_id, world)
        self._require_targets(actor, plan, world)
        begins = self._evaluation.begin()
        with self._database.write() as c:
            before = _found(c, rule_id).rule
            other = plan != before.plan
            anew = begins if other or (enabled and not before.enabled) else None
            expected = before.version if version is None else version
            values = (name, enabled, plan, begins.begun_ms, actor.name, anew)
            if not rule_store.update_rule(c, before, expected, *values):
                raise _changed(before.name)
            ends = not enabled or plan.actions != before.plan.actions
            if ends:
                firing_store.drop_due(c, rule_id)
            after = _found(c, rule_id).rule
            told = rule_fields(before), rule_fields(after)
            record(c, actor, "automation.update", f"automation_rule/{rule_id}", *told)
        if ends:
            did = "changed" if enabled else "switched off"
            self._acting.end_held(rule_id, f"rule “{name}” was {did} by {actor.name}")
        return after

    def switch(self, actor: Actor, rule_id: int, enabled: bool) -> Rule:
        """Switch a rule on, and it begins anew, or off, and what it holds ends.

        Raises NotAllowed, Unknown. It may be switched off whatever it speaks of.
        """
        actor.require(WRITE)
        begins = self._evaluation.begin()
        with self._database.write() as c:
            before = _found(c, rule_id).rule
            if before.enabled == enabled:
                return before
            anew = begins if enabled else None
            values = (before.name, enabled, before.plan, begins.begun_ms, actor.name, anew)
            if not rule_store.update_rule(c, before, before.version, *values):
                raise _changed(before.name)
            if not enabled:
                firing_store.drop_due(c, rule_id)
            after = _found(c, rule_id).rule
            told = {"enabled": before.enabled}, {"enabled": enabled}
            record(c, actor, "automation.switch", f"automation_rule/{rule_id}", *told)
        if not enabled:
            why = f"rule “{before.name}” was switched off by {actor.name}"
            self._acting.end_held(rule_id, why)
        return after

    def delete(self, actor: Actor, rule_id: int, version: int | None = None) -> None:
        """Delete a rule and end what it holds; its log stays.

        Raises NotAllowed, Unknown, Conflict when it was changed since `version`.
        """
        actor.require(WRITE)
        with self._database.write() as c:
            rule = _found(c, rule_id).rule
            expected = rule.version if version is None else version
            if not rule_store.delete_rule(c, rule_id, expected):
                raise _changed(rule.name)
            firing_store.drop_due(c, rule_id)
            before = rule_fields(rule)
            record(c, actor, "automation.delete", f"automation_rule/{rule_id}", before=before)
        self._acting.end_held(rule_id, f"rule “{rule.name}” was deleted by {actor.name}")

    # ---- parts -----------------------------------------------------------------------------

    def _checked(self, fields: Fields, rule_id: int | None, world: World) -> tuple[str, bool, Plan]:
        """The given fields, over those of a rule where one is named. Raises InvalidInput."""
        with self._database.read() as c:
            listed = [kept.rule for kept in rule_store.read_rules(c)]
            base = {} if rule_id is None else rule_fields(_found(c, rule_id).rule)
        errors: list[FieldError] = []
        name, enabled, plan = read_rule({**base, **fields}, errors)
        if not errors:
            errors += plan_errors(plan, world)
        taken = {rule.name.casefold() for rule in listed if rule.rule_id != rule_id}
        if name.casefold() in taken:
            errors.append(FieldError("name", "another rule is called so"))
        if errors:
            raise InvalidInput("This rule cannot be saved as it is.", errors)
        return name, enabled, plan

    def _require_targets(self, actor: Actor, plan: Plan, world: World) -> None:
        if batteries([action.target for action in plan.actions], world):
            actor.require("batteries.control")

    def _beside(
        self, world: World, *, rule_id: int | None = None, schedule_id: int | None = None
    ) -> Beside:
        """What else is switched on."""
        with self._database.read() as c:
            rules = [kept.rule for kept in rule_store.read_rules(c)]
            schedules: list[Schedule] = rule_store.read_schedules(c)
        return Beside(
            [rule for rule in rules if rule.enabled and rule.rule_id != rule_id],
            [one for one in schedules if one.enabled and one.schedule_id != schedule_id],
            world,
            self._clock.now_ms(),
            Days(self._calendar),
            self._zone,
        )


def _found(c: Connection, rule_id: int) -> Kept:
    kept = rule_store.read_rule(c, rule_id)
    if kept is None:
        raise Unknown("rule", rule_id)
    return kept


def _changed(name: str) -> Conflict:
    return Conflict(f"“{name}” was changed meanwhile; look again.", code="rule_changed")
