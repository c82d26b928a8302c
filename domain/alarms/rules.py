"""People look at rules, switch and edit them, make and delete their own, and try them on the past.

A rule that has changed is another rule: what it held active is cleared, with the reason in the
history, and rings anew if it still applies.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.alarms import event_store, rule_store, standing
from domain.alarms.evaluation import Evaluation
from domain.alarms.event_store import NewStep
from domain.alarms.model import SERIES_KINDS, Preview, Rule
from domain.alarms.preview import Judged, Series, judge, summed
from domain.alarms.rule_fields import DEFAULTS, Fields, checked, columns_of
from domain.alarms.surroundings import Surroundings
from domain.alarms.watches import in_scope, watches_of
from domain.building.model import SENSOR_TYPES
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict, Unknown
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry
from domain.telemetry.sums import Stretch

READ, WRITE = "analytics.view", "analytics.full"
MOST_RULES = 500
PREVIEW_MS = 30 * 86_400_000
OWN = "limit"


class Rules:
    """Rules follow Analytics: View reads, Full writes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        telemetry: Telemetry,
        surroundings: Surroundings,
        evaluation: Evaluation,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._telemetry = telemetry
        self._surroundings = surroundings
        self._evaluation = evaluation

    def all(self, actor: Actor) -> list[Rule]:
        """Every rule, the built-in ones first. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            return rule_store.read_rules(c)

    def get(self, actor: Actor, rule_id: int) -> Rule:
        """One rule. Raises NotAllowed, Unknown."""
        actor.require(READ)
        with self._database.read() as c:
            return _found(c, rule_id)

    def create(self, actor: Actor, fields: Fields) -> Rule:
        """Add a limit rule. Raises NotAllowed, InvalidInput per field, Conflict at the most."""
        actor.require(WRITE)
        columns = checked(OWN, fields, DEFAULTS, self._exists)
        with self._database.write() as c:
            if len(rule_store.read_rules(c)) >= MOST_RULES:
                raise Conflict(f"At most {MOST_RULES} rules.", code="too_many_rules")
            rule_id = rule_store.insert_rule(c, columns)
            rule_store.raise_generation(c)
            record(c, actor, "rules.create", f"rule/{rule_id}", after=columns)
            return _found(c, rule_id)

    def update(
        self, actor: Actor, rule_id: int, fields: Fields, version: int | None = None
    ) -> Rule:
        """Change the given fields only.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        actor.require(WRITE)
        with self._database.write() as c:
            rule = _found(c, rule_id)
            before = columns_of(rule)
            columns = checked(rule.kind, fields, before, self._exists)
            expected = rule.version if version is None else version
            if not rule_store.update_rule(c, rule_id, expected, columns):
                raise Conflict(f"“{rule.name}” was changed meanwhile; look again.")
            self._begin_anew(c, rule, actor, "The rule was changed")
            changed = {k: v for k, v in before.items() if k in fields}
            record(c, actor, "rules.update", f"rule/{rule_id}", before=changed, after=dict(fields))
            return _found(c, rule_id)

    def switch(self, actor: Actor, rule_id: int, enabled: bool) -> Rule:
        """Switch a rule on or off. Raises NotAllowed, Unknown."""
        return self.update(actor, rule_id, {"enabled": enabled})

    def delete(self, actor: Actor, rule_id: int) -> None:
        """Delete a rule of a person's. Raises NotAllowed, Unknown, Conflict for a built-in one."""
        actor.require(WRITE)
        with self._database.write() as c:
            rule = _found(c, rule_id)
            if not rule_store.delete_rule(c, rule_id):
                raise Conflict(f"“{rule.name}” is built in; switch it off instead.")
            self._begin_anew(c, rule, actor, "The rule was deleted")
            record(c, actor, "rules.delete", f"rule/{rule_id}", before=columns_of(rule))

    def preview(self, actor: Actor, fields: Fields, rule_id: int | None = None) -> Preview:
        """How often a rule, as it is or with these fields, would have rung in the last 30 days.

        Raises NotAllowed, Unknown, InvalidInput per field.
        """
        actor.require(READ)
        base = DEFAULTS if rule_id is None else columns_of(self.get(actor, rule_id))
        kind = OWN if rule_id is None else self.get(actor, rule_id).kind
        columns = checked(kind, fields, base, self._exists)
        rule = _as_rule({**base, **columns})
        to_ms = self._evaluation.horizon_ms()
        from_ms = to_ms - PREVIEW_MS
        if kind in SERIES_KINDS:
            return self._series_preview(rule, from_ms, to_ms)
        if kind == "quality":
            return self._quality_preview(rule, from_ms, to_ms)
        reason = "What happened before is not kept in a form that this rule could be tried on"
        return _nothing_said(from_ms, to_ms, reason)

    def _series_preview(self, rule: Rule, from_ms: int, to_ms: int) -> Preview:
        ids = self._surroundings.series_ids()
        by_sensor: dict[str, list[Series]] = {}
        virtual: set[int] = set()
        for series in self._surroundings.watched():
            if in_scope(rule, series) and (listed := list(watches_of(rule, series))):
                by_sensor.setdefault(series.sensor_id, []).append((ids[series.key], listed))
                virtual |= {ids[series.key]} if series.virtual else set()
        if not by_sensor:
            return _nothing_said(from_ms, to_ms, "No sensor is in its scope")

        def read(series_id: int, after_ms: int, until_ms: int) -> Stretch:
            asked = {series_id: after_ms}
            if series_id in virtual:
                return self._telemetry.sums_after(asked, until_ms)[series_id]
            rows = self._telemetry.readings_after(asked, until_ms).get(series_id, ())
            return Stretch(rows, until_ms, len(rows))

        judged = judge(by_sensor, read, from_ms, to_ms)
        return summed(judged, len(by_sensor), from_ms, to_ms, self._zone)

    def _quality_preview(self, rule: Rule, from_ms: int, to_ms: int) -> Preview:
        adopted = self._surroundings.adopted()
        findings = self._telemetry.quality(adopted, since_ms=from_ms)
        inside = [s for s in standing.of_findings(findings) if s.since_ms >= from_ms]
        judged = Judged(standing.intervals(rule, inside, to_ms), len(adopted))
        return summed(judged, len(adopted), from_ms, to_ms, self._zone)

    def _begin_anew(self, c: Connection, rule: Rule, actor: Actor, why: str) -> None:
        now_ms = self._clock.now_ms()
        rule_store.raise_generation(c)
        rule_store.drop_states(c, rule.rule_id)
        ended: Sequence[int] = event_store.end_events_of(c, rule.rule_id, now_ms)
        event_store.add_steps(
            c, [NewStep(event_id, now_ms, "cleared", actor.name, why) for event_id in ended]
        )

    def _exists(self, scope: str, value: str) -> bool:
        if scope == "type":
            return value in SENSOR_TYPES
        if scope == "room":
            return value.isdecimal() and self._surroundings.room_name(int(value)) is not None
        return self._surroundings.has_sensor(value)


def _found(c: Connection, rule_id: int) -> Rule:
    rule = rule_store.read_rule(c, rule_id)
    if rule is None:
        raise Unknown("rule", rule_id)
    return rule


def _as_rule(columns: Fields) -> Rule:
    """A rule that is only tried."""
    values = {**columns, "limit": columns.get("limit_value", columns.get("limit"))}
    names = [n for n in Rule.__slots__ if n not in ("rule_id", "builtin", "version", "enabled")]
    fields = {name: values.get(name) for name in names}
    return Rule(rule_id=0, builtin=False, version=0, enabled=True, **fields)  # type: ignore[arg-type]


def _nothing_said(from_ms: int, to_ms: int, reason: str) -> Preview:
    return Preview(from_ms, to_ms, 0, 0, 0, (), 0, 0, reason)
