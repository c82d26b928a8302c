"""People look at schedules, make, change, switch and delete them."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.automation import rule_store
from domain.automation.clashes import first_words, overlap, schedule_clashes
from domain.automation.exists import batteries, schedule_errors
from domain.automation.fields import Fields, read_schedule, schedule_fields
from domain.automation.gathering import Days
from domain.automation.model import Entry, Lane, Schedule, ScheduleDraft, Target
from domain.automation.rules import READ, WRITE, Rules
from domain.automation.sentences import entry_sentence
from domain.automation.world import World
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown

MOST_SCHEDULES = 100
Parts = tuple[tuple[Target, ...], tuple[Entry, ...]]


class Schedules(Rules):
    """Schedules beside rules; what their devices are told follows within seconds."""

    def schedules(self, actor: Actor) -> list[Schedule]:
        """Every schedule by name. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            return rule_store.read_schedules(c)

    def schedule(self, actor: Actor, schedule_id: int) -> Schedule:
        """One schedule. Raises NotAllowed, Unknown."""
        actor.require(READ)
        with self._database.read() as c:
            return _found(c, schedule_id)

    def lanes(self, actor: Actor) -> list[Lane]:
        """The next 24 h of every device that a schedule speaks of, by name. Raises NotAllowed."""
        return self._scheduling.lanes(self.schedules(actor), self._gathering.world())

    def draft_schedule(
        self, actor: Actor, fields: Fields, schedule_id: int | None = None
    ) -> ScheduleDraft:
        """A schedule as it would be saved. Raises NotAllowed, Unknown, InvalidInput per field."""
        actor.require(READ)
        world = self._gathering.world()
        name, _, (targets, entries) = self._checked_schedule(fields, schedule_id, world)
        beside = self._beside(world, schedule_id=schedule_id)
        sentences = tuple(entry_sentence(entry, targets, world.names) for entry in entries)
        clashes = schedule_clashes(targets, entries, beside)
        return ScheduleDraft(name, targets, entries, sentences, clashes)

    def create_schedule(self, actor: Actor, fields: Fields) -> Schedule:
        """Add a schedule. Raises NotAllowed, InvalidInput per field, Conflict at the most."""
        actor.require(WRITE)
        name, enabled, parts = self._writable(actor, fields, None)
        with self._database.write() as c:
            if len(rule_store.read_schedules(c)) >= MOST_SCHEDULES:
                raise Conflict(f"At most {MOST_SCHEDULES} schedules.", code="too_many_schedules")
            values = (name, enabled, parts, self._clock.now_ms(), actor.name)
            made = _found(c, rule_store.insert_schedule(c, *values))
            target = f"schedule/{made.schedule_id}"
            record(c, actor, "automation.create", target, after=schedule_fields(made))
        return made

    def update_schedule(
        self, actor: Actor, schedule_id: int, fields: Fields, version: int | None = None
    ) -> Schedule:
        """Change the given fields; what its devices are told follows within seconds.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        actor.require(WRITE)
        name, enabled, parts = self._writable(actor, fields, schedule_id)
        with self._database.write() as c:
            before = _found(c, schedule_id)
            expected = before.version if version is None else version
            return self._put(c, actor, before, expected, name, enabled, parts)

    def switch_schedule(self, actor: Actor, schedule_id: int, enabled: bool) -> Schedule:
        """Switch a schedule on or off. Raises NotAllowed, Unknown."""
        actor.require(WRITE)
        with self._database.write() as c:
            before = _found(c, schedule_id)
            if before.enabled == enabled:
                return before
            parts = before.targets, before.entries
            return self._put(c, actor, before, before.version, before.name, enabled, parts)

    def delete_schedule(self, actor: Actor, schedule_id: int, version: int | None = None) -> None:
        """Delete a schedule; what it holds ends. Raises NotAllowed, Unknown, Conflict."""
        actor.require(WRITE)
        with self._database.write() as c:
            before = _found(c, schedule_id)
            expected = before.version if version is None else version
            if not rule_store.delete_schedule(c, schedule_id, expected):
                raise _changed(before)
            told = schedule_fields(before)
            record(c, actor, "automation.delete", f"schedule/{schedule_id}", before=told)

    # ---- parts -----------------------------------------------------------------------------

    def _put(
        self,
        c: Connection,
        actor: Actor,
        before: Schedule,
        version: int,
        name: str,
        enabled: bool,
        parts: Parts,
    ) -> Schedule:
        schedule_id = before.schedule_id
        values = (name, enabled, parts, self._clock.now_ms(), actor.name)
        if not rule_store.update_schedule(c, schedule_id, version, *values):
            raise _changed(before)
        after = _found(c, schedule_id)
        told = schedule_fields(before), schedule_fields(after)
        record(c, actor, "automation.update", f"schedule/{schedule_id}", *told)
        return after

    def _writable(
        self, actor: Actor, fields: Fields, schedule_id: int | None
    ) -> tuple[str, bool, Parts]:
        world = self._gathering.world()
        name, enabled, parts = self._checked_schedule(fields, schedule_id, world)
        if batteries(parts[0], world):
            actor.require("batteries.control")
        return name, enabled, parts

    def _checked_schedule(
        self, fields: Fields, schedule_id: int | None, world: World
    ) -> tuple[str, bool, Parts]:
        with self._database.read() as c:
            listed = rule_store.read_schedules(c)
            base = {} if schedule_id is None else schedule_fields(_found(c, schedule_id))
        errors: list[FieldError] = []
        name, enabled, targets, entries = read_schedule({**base, **fields}, errors)
        if not errors:
            errors += schedule_errors(targets, entries, world)
        if not errors:
            errors += self._overlap_errors(entries)
        taken = {one.name.casefold() for one in listed if one.schedule_id != schedule_id}
        if name.casefold() in taken:
            errors.append(FieldError("name", "another schedule is called so"))
        if errors:
            raise InvalidInput("This schedule cannot be saved as it is.", errors)
        return name, enabled, (targets, entries)

    def _overlap_errors(self, entries: tuple[Entry, ...]) -> list[FieldError]:
        found = overlap(entries, self._clock.now_ms(), Days(self._calendar), self._zone)
        if found is None:
            return []
        one, other, at_ms = found
        when = first_words(at_ms, self._zone)
        words = f"overlaps line {one + 1}, first on {when}"
        return [FieldError(f"entries[{other}].from", words)]


def _found(c: Connection, schedule_id: int) -> Schedule:
    schedule = rule_store.read_schedule(c, schedule_id)
    if schedule is None:
        raise Unknown("schedule", schedule_id)
    return schedule


def _changed(schedule: Schedule) -> Conflict:
    return Conflict(f"“{schedule.name}” was changed meanwhile; look again.", code="rule_changed")
