"""What is odd about the readings of one series, in words; nothing is ever dropped for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.telemetry.freshness import DEFAULT_INTERVAL_S, duration_words, late_after_s
from domain.telemetry.model import OUT_OF_RANGE, Series
from domain.telemetry.rollup import Floats, Ints, counter_steps

KINDS = ("stuck", "out_of_range", "jump", "wrong_clock", "negative_energy", "gap")

_JUMPS = {
    "temperature": 8.0,
    "humidity": 30.0,
    "co2": 1_500.0,
    "soc": 25.0,
    "frequency": 2.0,
}
"""More than this between two readings of normal distance is no process in a building."""

_MAY_STAND_STILL = {"occupancy", "light", "price", "carbon_intensity", "power_factor", "irradiance"}
_AT_REST = {"power": 0.05, "generation": 0.05}
"""A stand-by of less [kW] may well be constant; other values rest at 0."""

_STUCK_AT_LEAST_S = 1_800.0
_STUCK_INTERVALS = 30
_STUCK_READINGS = 10
_STUCK_OVER_USUAL = 4
_COMPARED_AT_LEAST_S = 86_400.0
_COMPARED_OVER_STUCK = 4
_JOIN_S = 900.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd thing between two moments; ``words`` stand in the table of sensors and the export."""

    metric: str
    kind: str
    since_ms: int
    until_ms: int
    words: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Stored readings of one series in time order, the implausible included."""

    ts_ms: Ints
    values: Floats
    stated_ms: Ints
    flags: Ints

    @classmethod
    def of(cls, rows: Sequence[tuple[int, float, int | None, int]]) -> "Seen":
        """From the rows of the table."""
        return cls(
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.float64),
            np.array([row[2] or 0 for row in rows], np.int64),
            np.array([row[3] for row in rows], np.int64),
        )

    def valid(self) -> "Seen":
        """Without those outside their range."""
        good = (self.flags & OUT_OF_RANGE) == 0
        return Seen(self.ts_ms[good], self.values[good], self.stated_ms[good], self.flags[good])

    def part(self, first: int, end: int) -> "Seen":
        """Those at the places [first, end)."""
        at = slice(first, end)
        return Seen(self.ts_ms[at], self.values[at], self.stated_ms[at], self.flags[at])


def inspect(series: Series, seen: Seen) -> list[Finding]:
    """Everything odd but ``stuck``, which needs a day to compare with."""
    valid = seen.valid()
    found = [*_out_of_range(series, seen), *_gaps(series, seen)]
    if len(valid.ts_ms) > 1:
        found += _jumps(series, valid) if series.kind != "counter" else _steps(series, valid)
    return found


def stuck(series: Series, seen: Seen) -> list[Finding]:
    """A value repeated to the last digit for far longer than this sensor usually repeats one."""
    if not can_be_stuck(series) or len(seen.ts_ms) < _STUCK_READINGS:
        return []
    begins, ends = _repetitions(seen)
    lengths = seen.ts_ms[ends] - seen.ts_ms[begins]
    longest = int(np.argmax(lengths))
    begin, end = int(begins[longest]), int(ends[longest])
    usual = int(np.delete(lengths, longest).max(initial=0))
    value = float(seen.values[begin])
    if (
        abs(value) <= _AT_REST.get(series.metric, 0.0)
        or end - begin + 1 < _STUCK_READINGS
        or lengths[longest] < max(stuck_after_ms(series), _STUCK_OVER_USUAL * usual)
        or len(begins) < _STUCK_READINGS
    ):
        return []
    words = f"stuck at {_number(value)} {series.unit}".rstrip()
    return [_finding(series, "stuck", seen.ts_ms[begin], seen.ts_ms[end], words)]


def stuck_runs(series: Series, seen: Seen, since_ms: int) -> list[Finding]:
    """``stuck`` at the end of every long repetition that reaches past ``since_ms``."""
    if not len(seen.ts_ms):
        return []
    begins, ends = _repetitions(seen)
    lasted = seen.ts_ms[ends] - seen.ts_ms[begins] >= stuck_after_ms(series)
    found: dict[Finding, None] = {}
    for begin, end in zip(begins[lasted], ends[lasted], strict=True):
        if seen.ts_ms[end] >= since_ms:
            first = np.searchsorted(seen.ts_ms, seen.ts_ms[begin] - compared_ms(series))
            found |= dict.fromkeys(stuck(series, seen.part(int(first), int(end) + 1)))
    return list(found)


def _repetitions(seen: Seen) -> tuple[Ints, Ints]:
    """First and last place of each run of one value."""
    begins = np.flatnonzero(np.diff(seen.values, prepend=np.nan) != 0)
    return begins, np.append(begins[1:], len(seen.values)) - 1


def can_be_stuck(series: Series) -> bool:
    """Whether standing still is odd at all for this kind of value."""
    return series.kind in ("gauge", "power") and series.metric not in _MAY_STAND_STILL


def at_rest(power_low_kw: Floats, power_high_kw: Floats) -> bool:
    """Whether a battery did nothing in some of the time, so that its charge may stand still."""
    limit = _AT_REST["power"]
    return bool(np.any((power_low_kw >= -limit) & (power_high_kw <= limit)))


def stuck_after_ms(series: Series) -> int:
    """How long a value must repeat before it is looked at closely [ms]."""
    interval_s = series.interval_s or DEFAULT_INTERVAL_S
    return round(max(_STUCK_AT_LEAST_S, _STUCK_INTERVALS * interval_s) * 1000)


def compared_ms(series: Series) -> int:
    """How much of the past tells how long this sensor usually repeats a value [ms]."""
    return max(round(_COMPARED_AT_LEAST_S * 1000), _COMPARED_OVER_STUCK * stuck_after_ms(series))


def wrong_clock(metric: str, now_ms: int, ahead_ms: int) -> Finding:
    """A sensor that sent readings from the future, which were turned away."""
    words = f"clock {duration_words(ahead_ms / 1000)} ahead; its readings are turned away"
    return Finding(metric, "wrong_clock", now_ms, now_ms, words)


def merged(old: Sequence[Finding], new: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What to delete and what to insert so that findings of one kind that touch become one."""
    gone: list[Finding] = []
    standing = list(old)
    fresh: list[Finding] = []
    for finding in sorted(new, key=lambda f: f.since_ms):
        grown = finding
        for other in [f for f in standing if _touch(f, grown)]:
            standing.remove(other)
            gone.append(other)
            grown = _grown(other, grown)
        for other in [f for f in fresh if _touch(f, grown)]:
            fresh.remove(other)
            grown = _grown(other, grown)
        fresh.append(grown)
    return gone, fresh


def gaps_within(old: Sequence[Finding], metric: str, from_ms: int, to_ms: int) -> list[Finding]:
    """The gaps that lie wholly in a span which was looked at anew."""
    return [
        f
        for f in old
        if (f.metric, f.kind) == (metric, "gap") and from_ms <= f.since_ms and f.until_ms <= to_ms
    ]


def _touch(a: Finding, b: Finding) -> bool:
    if (a.metric, a.kind) != (b.metric, b.kind):
        return False
    slack_ms = 0 if a.kind == "gap" else round(_JOIN_S * 1000)
    if a.kind == "gap":
        return a.since_ms == b.since_ms
    return a.since_ms <= b.until_ms + slack_ms and b.since_ms <= a.until_ms + slack_ms


def _grown(a: Finding, b: Finding) -> Finding:
    since, until = min(a.since_ms, b.since_ms), max(a.until_ms, b.until_ms)
    return replace(b if b.until_ms >= a.until_ms else a, since_ms=since, until_ms=until)


def _out_of_range(series: Series, seen: Seen) -> list[Finding]:
    wrong = np.flatnonzero(seen.flags & OUT_OF_RANGE)
    limits = f"{_number(series.low)} to {_number(series.high)} {series.unit}".rstrip()
    return [
        _finding(
            series,
            "out_of_range",
            seen.ts_ms[at],
            seen.ts_ms[at],
            f"{_number(float(seen.values[at]))} is outside {limits}; not counted",
        )
        for at in wrong
    ]


def _gaps(series: Series, seen: Seen) -> list[Finding]:
    if len(seen.ts_ms) < 2:
        return []
    silence = np.diff(seen.ts_ms)
    allowed = np.maximum(round(late_after_s(series.interval_s) * 1000), seen.stated_ms[:-1])
    return [
        _finding(
            series,
            "gap",
            seen.ts_ms[at],
            seen.ts_ms[at + 1],
            f"no readings for {duration_words(float(silence[at]) / 1000)}",
        )
        for at in np.flatnonzero(silence > allowed)
    ]


def _jumps(series: Series, seen: Seen) -> list[Finding]:
    limit = _JUMPS.get(series.metric)
    if limit is None:
        return []
    near = np.diff(seen.ts_ms) <= late_after_s(series.interval_s) * 1000
    return [
        _finding(
            series,
            "jump",
            seen.ts_ms[at],
            seen.ts_ms[at + 1],
            f"jumped from {_number(float(seen.values[at]))} to "
            f"{_number(float(seen.values[at + 1]))} {series.unit}".rstrip(),
        )
        for at in np.flatnonzero(near & (np.abs(np.diff(seen.values)) > limit))
    ]


def _steps(series: Series, seen: Seen) -> list[Finding]:
    """A counter that fell a little, or rose faster than any meter can."""
    steps = counter_steps(seen.ts_ms, seen.values, series.rule.most_per_hour)
    found = []
    for at in np.flatnonzero(np.isnan(steps)):
        before, after = float(seen.values[at]), float(seen.values[at + 1])
        kind, word = ("negative_energy", "fell") if after < before else ("jump", "jumped")
        words = f"counter {word} from {_number(before)} to {_number(after)} {series.unit}"
        span = seen.ts_ms[at], seen.ts_ms[at + 1]
        found.append(_finding(series, kind, *span, f"{words}; not counted"))
    return found


def _finding(series: Series, kind: str, since_ms: int, until_ms: int, words: str) -> Finding:
    return Finding(series.metric, kind, int(since_ms), int(until_ms), words)


def _number(value: float) -> str:
    return f"{value:.6g}"
