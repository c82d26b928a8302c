"""Has done what rules and schedules want: as leased intents of `domain.control`, which decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.alarms.service import Alarms
from domain.automation import firing_store, rule_store
from domain.automation.firing_store import Due
from domain.automation.machine import TELLS_AS
from domain.automation.model import Firing, Plan, Told
from domain.automation.world import World
from domain.control.acts import MINUTE_MS, NEWEST
from domain.control.arbitration import Intent
from domain.control.capabilities import command_value
from domain.control.lifecycle import Command
from domain.control.model import ASPECT_OF_COMMAND
from domain.control.service import Control
from domain.foundation.clock import Clock, from_ms
from domain.foundation.errors import InvalidInput, Unknown
from domain.storage.engine import Database

OWNER = "automation"
Late = Callable[[int], bool]
"""Whether it is too late to do what was decided at a moment [building ms]."""


class Acting:
    """Carries out firings that are due, and ends what rules hold that may hold nothing."""

    def __init__(self, database: Database, clock: Clock, control: Control, alarms: Alarms) -> None:
        self._database = database
        self._clock = clock
        self._control = control
        self._alarms = alarms

    def planned(self, plan: Plan, world: World, now_ms: int) -> tuple[Told, ...]:
        """Who is to be told what, as the building is now; of one aspect the last action counts."""
        found: dict[tuple[str, str], Told] = {}
        for action in plan.actions:
            alone = action.target.device_id is not None
            if alone and action.target.device_id not in world.devices:
                name = action.target.device_id or ""
                key = name, ASPECT_OF_COMMAND[action.command]
                found[key] = Told(name, name, action.command, action.value, now_ms, None, None,
                                  "there is no such device any more")  # fmt: skip
            for device in world.told(action.target):
                ends_ms = now_ms + action.minutes * MINUTE_MS
                value, words = action.value, ""
                try:
                    value = command_value(device.capabilities, action.command, action.value)
                except InvalidInput as error:
                    if not alone and action.command not in device.capabilities.commands:
                        continue  # one of a room that knows no such command
                    words = error.message
                told = Told(device.device_id, device.name, action.command, value, ends_ms, None,
                            None, words)  # fmt: skip
                found[device.device_id, ASPECT_OF_COMMAND[action.command]] = told
        return tuple(found.values())

    def carry_out(self, late: Late) -> int:
        """Tell devices what firings say that are still due; how many firings that were."""
        with self._database.read() as c:
            due = firing_store.due_firings(c)
        for one in due:
            self._carry_out(one, late)
        return len(due)

    def _carry_out(self, due: Due, late: Late) -> None:
        firing = due.firing
        outcome, told = "fired", firing.told
        if late(due.decided_ms):
            outcome = "missed"
        elif not self._may(firing.rule_id):
            outcome = "off"
        elif self._control.stopped() is not None:
            outcome = "stopped"
        else:
            told = tuple(self._intend(due, one) for one in firing.told)
            if firing.notice:
                self._tell(firing.rule_id, firing.notice, due)
        with self._database.write() as c:
            firing_store.finish_firing(c, firing.firing_id, outcome, told)

    def _may(self, rule_id: int) -> bool:
        with self._database.read() as c:
            kept = rule_store.read_rule(c, rule_id)
        return kept is not None and kept.rule.enabled

    def _intend(self, due: Due, told: Told) -> Told:
        """Enter the intent of one device; again under the same key it changes nothing."""
        if told.words:
            return told
        firing, aspect = due.firing, ASPECT_OF_COMMAND[told.command]
        intent = Intent(
            intent_id=NEWEST,
            device_id=told.device_id,
            owner=OWNER,
            owner_name=firing.rule_name,
            aspect=aspect,
            command=told.command,
            value=told.value,
            low_kw=None,
            high_kw=None,
            requested_ms=due.decided_ms,
            starts_ms=due.decided_ms,
            ends_ms=told.ends_ms,
            reason=firing.decision.trigger.words[:300],
            key=f"{firing.rule_id}/{firing.decision.at_ms}/{told.device_id}/{aspect}",
        )
        try:
            return replace(told, intent_id=self._control.intend(intent))
        except Unknown:
            return replace(told, words="there is no such device any more")

    def _tell(self, rule_id: int, notice: str, due: Due) -> None:
        """Raise the notice as an event that is over at once: it tells of a moment."""
        at = from_ms(due.firing.decision.at_ms)
        key = f"automation-{rule_id}"
        self._alarms.raise_event(TELLS_AS, key, "info", "devices", notice, at=at)
        self._alarms.clear_event("devices", key, at)

    # ---- ending ----------------------------------------------------------------------------

    def end_held(self, rule_id: int, why: str) -> int:
        """End what a rule holds now; how many intents that were."""
        held = [i for i in self._control.intents_of(OWNER) if _rule_of(i) == rule_id]
        return sum(self._control.withdraw(intent.intent_id, why) for intent in held)

    def end_orphans(self) -> int:
        """End what is held by rules that are gone or off, should their end have been cut short."""
        held = self._control.intents_of(OWNER)
        if not held:
            return 0
        with self._database.read() as c:
            on = {kept.rule.rule_id for kept in rule_store.read_rules(c) if kept.rule.enabled}
        orphans = [intent for intent in held if _rule_of(intent) not in on]
        why = "its rule was switched off or deleted"
        return sum(self._control.withdraw(intent.intent_id, why) for intent in orphans)

    def became(self, firings: Sequence[Firing]) -> list[Firing]:
        """The same with what has become by now of all that was told."""
        ids = [one.intent_id for f in firings for one in f.told if one.intent_id is not None]
        came = self._control.came_of(ids) if ids else {}
        now_ms = self._clock.now_ms()
        return [
            replace(
                firing,
                told=tuple(
                    _became(one, *came[one.intent_id], now_ms) if one.intent_id in came else one
                    for one in firing.told
                ),
            )
            for firing in firings
        ]


def _became(told: Told, intent: Intent, command: Command | None, now_ms: int) -> Told:
    state, reason = (command.state, command.reason) if command else (None, None)
    over = intent.ended_ms is not None or now_ms >= intent.ends_ms
    if state is not None:
        words = reason or ""
    elif over:
        words = intent.why or "its time was over before its turn came"
    else:
        words = "waits for its turn"
    return replace(told, became=state, words=words)


def _rule_of(intent: Intent) -> int | None:
    number = (intent.key or "").partition("/")[0]
    return int(number) if number.isdecimal() else None
