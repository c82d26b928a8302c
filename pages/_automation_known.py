"""What the Automation page asks of the house: what rules did last, what they hold, conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from components import formats
from domain.access.policy import Actor
from domain.automation.fields import rule_fields
from domain.automation.model import Clash, Firing, Rule
from domain.calendar.model import Day
from domain.control.views import Holding
from domain.foundation.errors import WattboardError
from domain.house import House
from pages._automation_words import Shown

AHEAD = timedelta(days=370)
AHEAD_OF_LANES = timedelta(days=3)
CLASH_KINDS = {
    "contradicts": "Contradicts",
    "opposite": "May chase each other",
    "least_time": "Shorter than the device allows",
    "never": "Can never fire",
}


def shown_of(house: House, actor: Actor, rules: Sequence[Rule] = ()) -> Shown:
    """Moment, names, days ahead, and for the rules what they did and hold."""
    automation = house.automation
    today = house.calendar.today()
    devices = {now.device.device_id: now.device for now in house.control.devices(actor)}
    fired: dict[int, Firing] = {}
    newest: dict[int, Firing] = {}
    for rule in rules:
        last = _last(house, actor, rule.rule_id, fired_only=False)
        if last is None:
            continue
        newest[rule.rule_id] = last
        did = last if last.fired else None
        if did is None and rule.last_fired_ms is not None:
            did = _last(house, actor, rule.rule_id, fired_only=True)
        if did is not None:
            fired[rule.rule_id] = did
    holdings = house.control.holdings(actor)
    return Shown(
        now_ms=house.clock.now_ms(),
        zone=house.zone,
        names=automation.names(),
        may_act=actor.may("iot.control"),
        days=house.calendar.days(today, today + AHEAD),
        devices=devices,
        fired=fired,
        newest=newest,
        holds={rule_id: held_by(firing, holdings) for rule_id, firing in fired.items()},
    )


def _last(house: House, actor: Actor, rule_id: int, *, fired_only: bool) -> Firing | None:
    found = house.automation.log(actor, rule_id, fired_only=fired_only, limit=1).firings
    return found[0] if found else None


def held_by(firing: Firing, holdings: dict[str, Holding]) -> list[str]:
    """Names of the devices that still do what a firing told them."""
    held = []
    for told in firing.told:
        holding = holdings.get(told.device_id)
        live = {command.intent_id for command in holding.told} if holding else set()
        if told.intent_id is not None and told.intent_id in live:
            held.append(told.name)
    return sorted(set(held))


def lane_days(house: House) -> list[Day]:
    """The days that the next hours touch, with what they are called."""
    today = house.calendar.today()
    return house.calendar.days(today, today + AHEAD_OF_LANES)


def standing_clashes(house: House, actor: Actor, rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """What rules that are switched on do to each other: kind and words, each pair said once."""
    found: dict[tuple[str, str], list[str]] = {}
    pairs: set[frozenset[object]] = set()
    for rule in rules:
        if not rule.enabled:
            continue
        try:
            draft = house.automation.draft(actor, rule_fields(rule), rule.rule_id)
        except WattboardError:  # what it speaks of is gone; its line says so
            continue
        for clash in draft.clashes:
            other = clash.rule_id or f"schedule {clash.schedule_id}"
            pair = frozenset((rule.rule_id, other, clash.kind, clash.device_id))
            if pair not in pairs:
                pairs.add(pair)
                kind, words = clash_words([clash])[0]
                found.setdefault((kind, words), []).append(rule.name)
    return [
        (kind, f"{formats.list_words([f'“{name}”' for name in names])}: {words}")
        for (kind, words), names in found.items()
    ]


def clash_words(clashes: Sequence[Clash]) -> list[tuple[str, str]]:
    """Kind and words of each."""
    return [(CLASH_KINDS.get(clash.kind, clash.kind), clash.words) for clash in clashes]
