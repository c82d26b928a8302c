"""From all that is asked of a device to what it is told, with the reason why. Pure.

Every intent in the order of the table narrows what is allowed; the first that names a point
decides, inside what those above it have left. The rest are beaten, and take over when it ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.control.model import ASPECTS, Device, Report, Value
from domain.control.narrowing import Limit, allowed, battery_limits, on_within
from domain.control.owners import BY_HOURS, EVERY_ASPECT, LIMITING, OWNERS, rank

__all__ = ["Intent", "Limit", "Setting", "allowed", "arbitrate"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants of one aspect of a device until a moment.

    A limiting owner names `low_kw` and `high_kw`; a command of its own besides holds where nobody
    asks for anything, or asks for less of it. A lock-out names neither.
    """

    intent_id: int
    device_id: str
    owner: str
    owner_name: str
    aspect: str
    command: str | None
    value: Value
    low_kw: float | None
    high_kw: float | None
    requested_ms: int
    starts_ms: int
    ends_ms: int
    reason: str
    key: str | None = None
    ended_ms: int | None = None
    why: str | None = None

    def holds_at(self, now_ms: int) -> bool:
        """Whether its lease has begun and has not ended."""
        return self.ended_ms is None and self.starts_ms <= now_ms < self.ends_ms


@dataclass(frozen=True, slots=True)
class Setting:
    """What one aspect of a device is told; `command` None leaves it to the device's own rule.

    `winner` is the intent that decides; `hold_until_ms` says that it may only be told then.
    `ignored` are those that may not touch the device in this hour, `ignored_words` why.
    """

    aspect: str
    command: str | None
    value: Value
    winner: Intent | None
    beaten: tuple[Intent, ...] = ()
    limits: tuple[Limit, ...] = ()
    hold_until_ms: int | None = None
    hold_words: str | None = None
    ignored: tuple[Intent, ...] = ()
    ignored_words: str | None = None

    @property
    def limited_by(self) -> list[str]:
        """What made the value another one than was asked for, in words."""
        return [limit.words for limit in self.limits]

    def explained(self) -> dict[str, object]:
        """As a command keeps it: who won, whom it beat, what bound it."""
        return {
            "winner": _named(self.winner) if self.winner else None,
            "beaten": [
                *(_named(intent) for intent in self.beaten),
                *(_named(intent) | {"why": self.ignored_words} for intent in self.ignored),
            ],
            "limited_by": self.limited_by,
            "held": self.hold_words,
        }


def arbitrate(
    device: Device,
    intents: Iterable[Intent],
    report: Report,
    now_ms: int,
    *,
    stopped: bool = False,
    fresh: bool = True,
    barred: str | None = None,
) -> list[Setting]:
    """What each aspect of a device is told now.

    Args:
        device: With its ranges, least times and safe state.
        intents: All of this device that have not ended.
        report: What the device last said.
        now_ms: Building time.
        stopped: Whether all automatic control is stopped.
        fresh: Whether what the device says still describes it.
        barred: Why demand response may not touch the device in this hour; None where it may.
    """
    live = [i for i in intents if i.holds_at(now_ms) and not (stopped and _automatic(i))]
    ordered = sorted(live, key=_order)
    ignored: tuple[Intent, ...] = ()
    if barred is not None:
        ignored = tuple(i for i in ordered if i.owner in BY_HOURS)
        ordered = [i for i in ordered if i.owner not in BY_HOURS]
    lock = next((i for i in ordered if i.owner in EVERY_ASPECT), None)
    if lock is not None:
        rest = tuple(i for i in ordered if i is not lock)
        return [_locked(device, lock, aspect, rest) for aspect in ASPECTS]
    bounds = [i for i in ordered if i.owner in LIMITING]
    limits = [*battery_limits(device, report, fresh=fresh), *map(_limit_of, bounds)]
    found = []
    for aspect in ASPECTS:
        asking = [i for i in ordered if i.aspect == aspect and i.owner not in LIMITING]
        ordering = [i for i in bounds if i.aspect == aspect and i.command is not None]
        setting = _decided(device, aspect, asking, ordering, limits, report, now_ms)
        refused = tuple(i for i in ignored if i.aspect == aspect)
        if refused:
            setting = replace(setting, ignored=refused, ignored_words=barred)
        found.append(setting)
    return found


def _decided(
    device: Device,
    aspect: str,
    asking: Sequence[Intent],
    ordering: Sequence[Intent],
    limits: Sequence[Limit],
    report: Report,
    now_ms: int,
) -> Setting:
    if not asking and not ordering:
        return Setting(aspect, None, None, None)
    winner, *beaten = asking or ordering
    command, value, binding = winner.command, winner.value, list[Limit]()
    stronger = [one for one in limits if rank(one.owner) <= rank(winner.owner)]
    if command == "set_power_kw" and isinstance(value, float):
        value, binding = allowed(device, value, stronger)
    elif command == "on":
        command, value, binding = on_within(device, stronger)
    elif command == "set_shed_percent" and isinstance(value, float):
        value, binding = _shed_at_least(winner, value, ordering)
    until_ms, words = _least_time(device, winner, report, now_ms)
    return Setting(
        aspect,
        command,
        value,
        winner,
        tuple(beaten),
        tuple(binding),
        until_ms,
        words,
    )


def _shed_at_least(
    winner: Intent, value: float, ordering: Sequence[Intent]
) -> tuple[float, list[Limit]]:
    """A reduction, or the larger one that a stronger limit orders."""
    binding = []
    for intent in ordering:
        known = isinstance(intent.value, float) and intent.value > value
        if known and rank(intent.owner) < rank(winner.owner):
            value = float(intent.value or 0.0)
            binding.append(_limit_of(intent))
    return value, binding


def _least_time(
    device: Device, winner: Intent, report: Report, now_ms: int
) -> tuple[int | None, str | None]:
    """Until when a device must stay as it is, where the intent would switch it."""
    if winner.command not in ("on", "off") or report.on is None or report.on_since_ms is None:
        return None, None
    if report.on == (winner.command == "on"):
        return None, None
    least_s = device.min_on_s if report.on else device.min_off_s
    until_ms = report.on_since_ms + least_s * 1000
    if until_ms <= now_ms:
        return None, None
    return until_ms, f"least time {'on' if report.on else 'off'} of {least_s} s"


def _locked(device: Device, lock: Intent, aspect: str, beaten: tuple[Intent, ...]) -> Setting:
    """A lock-out rests the device in its safe state, and lets nobody set anything else."""
    rests = device.safe_state if aspect == "run" and device.safe_state != "own_rule" else None
    return Setting(aspect, rests, None, lock, beaten)


def _limit_of(intent: Intent) -> Limit:
    low = -1e9 if intent.low_kw is None else intent.low_kw
    high = 1e9 if intent.high_kw is None else intent.high_kw
    return Limit(intent.owner, low, high, f"{OWNERS[intent.owner].label.lower()}: {intent.reason}")


def _automatic(intent: Intent) -> bool:
    return OWNERS[intent.owner].automatic


def _order(intent: Intent) -> tuple[int, int, int]:
    """The stronger first; of one rank the newer."""
    return rank(intent.owner), -intent.requested_ms, -intent.intent_id


def _named(intent: Intent) -> dict[str, object]:
    return {
        "intent_id": intent.intent_id,
        "owner": intent.owner,
        "name": intent.owner_name,
        "command": intent.command,
        "value": intent.value,
        "ends_ms": intent.ends_ms,
        "reason": intent.reason,
    }
