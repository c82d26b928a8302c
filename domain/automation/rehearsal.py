"""The dry run: the evaluator itself over what is stored, piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from domain.alarms.evaluate import Row
from domain.alarms.service import MOST_CHANGES
from domain.automation.gathering import Asked, Gathering
from domain.automation.machine import Seen, Standing, Wiring, decide, wire
from domain.automation.model import (
    Coverage,
    Decision,
    DryRun,
    EventTrigger,
    Plan,
    PriceCondition,
    PriceTrigger,
)
from domain.automation.world import Heard, World
from domain.foundation.units import METRICS
from domain.money.prices import SLOT_MS

PIECE_MS = 3 * 86_400_000
"""So much is held in memory at once."""
MOST_READINGS = 3_000_000
"""Some seconds' work; a longer run ends before, and says so."""
MOST_DECISIONS = 20_000


def rehearse(
    plan: Plan, world: World, gathering: Gathering, from_ms: int, to_ms: int
) -> DryRun:  # fmt: skip
    """What a rule that begins at `from_ms` decides up to `to_ms`."""
    wiring = wire(plan, world)
    if wiring.trigger is not None and not wiring.trigger.parts:
        return _nothing(from_ms, to_ms, "Nothing measures what it waits for.")
    follows_events = isinstance(plan.trigger, EventTrigger)
    changes = gathering.changes(0, from_ms, to_ms) if follows_events else []
    truncated = len(changes) >= MOST_CHANGES
    standing = Standing(from_ms, from_ms)
    cover = _Cover(plan, wiring, from_ms)
    decisions: list[Decision] = []
    for end_ms in (*range(from_ms + PIECE_MS, to_ms, PIECE_MS), to_ms):
        asked = Asked(wiring, standing)
        read = gathering.round([asked], end_ms, world)
        inside = [c for c in changes if standing.until_ms < c.at_ms <= end_ms]
        seen = read.seen(asked, end_ms, inside)
        if seen.until_ms <= standing.until_ms:
            continue  # a virtual meter is not known any further yet
        cover.take(standing, seen)
        standing, found = decide(plan, wiring, standing, seen)
        decisions += found
        if cover.readings > MOST_READINGS or len(decisions) > MOST_DECISIONS:
            truncated = truncated or end_ms < to_ms
            break
    return DryRun(
        from_ms,
        standing.until_ms,
        tuple(decisions),
        cover.told(standing.until_ms),
        len(wiring.series_ids),
        truncated,
    )


def _nothing(from_ms: int, to_ms: int, reason: str) -> DryRun:
    return DryRun(from_ms, to_ms, (), (), 0, cannot=reason)


class _Cover:
    """For how much of the time each thing that a rule looks at was known."""

    def __init__(self, plan: Plan, wiring: Wiring, from_ms: int) -> None:
        self._wiring = wiring
        self._from_ms = from_ms
        blends = [wiring.trigger, *wiring.conditions]
        self._parts = {p.series_id: p for blend in blends if blend for p in blend.parts}
        self._priced = isinstance(plan.trigger, PriceTrigger) or any(
            isinstance(condition, PriceCondition) for condition in plan.conditions
        )
        self._known_ms: Counter[int] = Counter()
        self._heard: Counter[int] = Counter()
        self._slots = self._slots_known = 0

    @property
    def readings(self) -> int:
        """How many there were so far."""
        return self._heard.total()

    def take(self, standing: Standing, seen: Seen) -> None:
        """Count what one piece knew, from where the one before it ended."""
        for key, part in self._parts.items():
            rows = seen.rows.get(key, ())
            self._heard[key] += sum(row[0] > standing.until_ms for row in rows)
            self._known_ms[key] += _known_ms(
                standing.last.get(key), rows, part, standing.until_ms, seen.until_ms
            )
        if self._priced:
            slots = range(standing.until_ms // SLOT_MS, seen.until_ms // SLOT_MS)
            self._slots += len(slots)
            self._slots_known += sum(seen.price(slot * SLOT_MS) is not None for slot in slots)

    def told(self, until_ms: int) -> tuple[Coverage, ...]:
        """What was known of each, up to a moment."""
        whole_ms = max(1, until_ms - self._from_ms)
        names = self._wiring.names.sensors
        found = [
            Coverage(
                f"{METRICS[part.metric].label} of {names.get(part.sensor_id, part.sensor_id)}",
                min(1.0, self._known_ms[key] / whole_ms),
                self._heard[key],
            )
            for key, part in self._parts.items()
        ]
        if self._priced and self._slots:
            share = self._slots_known / self._slots
            found.append(Coverage("The price of electricity", share, self._slots_known))
        return tuple(found)


def _known_ms(
    before: Row | None, rows: Sequence[Row], part: Heard, from_ms: int, to_ms: int
) -> int:
    """How long a series was known in [from, to)."""
    known = 0
    last = before
    for row in (*rows, (to_ms, 0.0, 0)):
        if last is not None:
            reach = last[0] + max(part.hold_ms, last[2])
            known += max(0, min(row[0], reach, to_ms) - max(last[0], from_ms))
        last = row
    return known
