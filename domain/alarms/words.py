"""Events in the words of a facility manager. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.foundation.units import METRICS

NAMED = 2
LONGEST_CAUSE = 300
_COMFORT = {
    ("temperature", "above"): "too warm",
    ("temperature", "below"): "too cool",
    ("co2", "above"): "stuffy",
    ("humidity", "above"): "humid",
    ("humidity", "below"): "dry",
}

_SEVERAL = {
    "quality": "sensors with doubtful readings",
    "command": "devices that did not do what they were told",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an event's words need of a member."""

    sensor_id: str
    name: str
    metric: str
    side: str
    value: float | None
    limit: float | None
    room: str | None
    words: str | None


def amount(metric: str, value: float | None) -> str:
    """A value with its unit, rounded as its metric is; a dash where there is none."""
    known = METRICS.get(metric)
    if value is None:
        return "–"
    if known is None:
        return f"{value:.4g}"
    return f"{value:,.{known.decimals}f} {known.unit}".rstrip()


def cause(kind: str, members: Sequence[Evidence]) -> str:
    """What has happened, in one line."""
    if not members:
        return "Nothing rings any more"
    names = list(dict.fromkeys(m.name for m in members))
    first = members[0]
    match kind:
        case "stale":
            text = f"{first.name} silent" if len(names) == 1 else _many(names, "sensors silent")
        case "comfort":
            text = _comfort(members)
        case "quality" | "command" if len(names) == 1:
            text = f"{first.name}: {first.words}"
        case "quality" | "command":
            text = _many(names, _SEVERAL[kind])
        case "listener":
            text = f"No data is taken in: {first.words}"
        case "rejected" if len(members) == 1:
            text = f"Messages rejected: {first.words}"
        case "rejected":
            text = f"{len(members)} kinds of messages rejected, among them {first.words}"
        case _:
            text = _limit(members, names)
    return text[:LONGEST_CAUSE]


def reported(causes: Sequence[str]) -> str:
    """What parts of Wattboard tell together, in one line."""
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    return f"{causes[0][: LONGEST_CAUSE - len(more)]}{more}" if causes else ""


def _comfort(members: Sequence[Evidence]) -> str:
    first = members[0]
    worst = max(members, key=lambda m: abs((m.value or 0.0) - (m.limit or 0.0)))
    word = _COMFORT.get((first.metric, first.side), first.side)
    where = first.room or first.name
    return (
        f"{where} {word}: {amount(worst.metric, worst.value)}, "
        f"limit {amount(worst.metric, worst.limit)}"
    )


def _limit(members: Sequence[Evidence], names: Sequence[str]) -> str:
    first = members[0]
    limit = amount(first.metric, first.limit)
    if len(names) > 1:
        return _many(names, f"sensors {first.side} {limit}")
    value = amount(first.metric, first.value)
    return f"{first.name}: {_label(first.metric)} {value}, {first.side} {limit}"


def _label(metric: str) -> str:
    """What is measured, small inside a sentence unless it is a formula."""
    label = METRICS[metric].label if metric in METRICS else metric
    return label.lower() if label[1:].islower() else label


def _many(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what}: {listed(names)}"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - NAMED
    if more <= 0:
        return " and ".join(names)
    return f"{', '.join(names[:NAMED])} and {more} more"
