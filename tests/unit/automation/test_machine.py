"""The machine that decides: the same in one go or in many, and never from what is unknown."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarms.evaluate import Row
from domain.alarms.model import EventChange
from domain.automation.blending import Blend
from domain.automation.machine import Price, Seen, Standing, decide, minute_ms, wire
from domain.automation.model import (
    DayCondition,
    Days,
    Decision,
    DeviceCondition,
    EventTrigger,
    MetricCondition,
    MetricTrigger,
    Names,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    PriceCondition,
    PriceTrigger,
    Source,
    TimeCondition,
    TimeTrigger,
)
from domain.automation.world import Heard, World
from domain.calendar.days import days
from domain.foundation.clock import to_ms

LISBON = ZoneInfo("Europe/Lisbon")
MINUTE, HOUR = 60_000, 3_600_000
BEGIN = to_ms(datetime(2026, 3, 27, 7, 0, tzinfo=UTC))
"""A Friday; the clocks go forward on Sunday."""
END = BEGIN + 12 * HOUR
ROOM = 3
HOLD = 150_000


def heard(series_id: int, sensor_id: str, metric: str, room_id: int | None = ROOM) -> Heard:
    return Heard(series_id, sensor_id, metric, room_id, HOLD)


SERIES = (
    heard(1, "CO2_A", "co2"),
    heard(2, "CO2_B", "co2"),
    heard(3, "PEOPLE", "occupancy"),
    heard(4, "MOTION", "motion"),
    heard(5, "T_OUT", "temperature", None),
)
WORLD = World(Names({ROOM: "Meeting room 1"}, {}, {}), {h.key: h for h in SERIES}, {})
CO2 = Source("co2", room_id=ROOM)
WARM = MetricCondition(Source("temperature", sensor_id="T_OUT"), "above", 15.0)
OFFICE = TimeCondition(8 * 60, 18 * 60, Days(("workday",)))
PLANS = {
    "metric": Plan(MetricTrigger(CO2, "above", 1000, 300, 50), (WARM, OFFICE), cooldown_s=3600),
    "sensor": Plan(MetricTrigger(Source("co2", sensor_id="CO2_A"), "below", 900), (OFFICE,)),
    "time": Plan(TimeTrigger(9 * 60 + 30, Days(("workday",))), (WARM,)),
    "price": Plan(PriceTrigger("above", 0.2, 900), (OccupancyCondition(ROOM, "occupied"),)),
    "people": Plan(OccupancyTrigger(ROOM, "empty", 600), (PriceCondition("below", 0.3),)),
    "event": Plan(EventTrigger("rings", severity="fault"), (WARM,), cooldown_s=1800),
}


def day_of(day: date) -> object:
    return next(days(day, date(day.year + 1, 1, 1), {}, ()))


def prices(steps: Sequence[float | None]) -> Callable[[int], Price | None]:
    def price(at_ms: int) -> Price | None:
        cost = steps[(at_ms // 900_000) % len(steps)] if steps else None
        return None if cost is None else Price(cost, estimated=False)

    return price


def live(
    plan: Plan,
    rows: dict[int, list[Row]],
    cuts: Sequence[int],
    costs: Sequence[float | None] = (0.25, 0.1, None),
    changes: Sequence[EventChange] = (),
) -> list[Decision]:
    """Decide as a job does that ticks at these moments, and only then reads what is new."""
    wiring, standing = wire(plan, WORLD), Standing(BEGIN, BEGIN)
    found: list[Decision] = []
    for until_ms in cuts:
        new = {
            key: [row for row in listed if standing.last.get(key, (0,))[0] < row[0] <= until_ms]
            for key, listed in rows.items()
            if key in wiring.series_ids
        }
        told = [c for c in changes if c.at_ms <= until_ms and c.step_id > standing.step_id]
        seen = Seen(until_ms, LISBON, new, day_of, prices(costs), told)  # type: ignore[arg-type]
        standing, decisions = decide(plan, wiring, standing, seen)
        found += decisions
    return found


@st.composite
def series(draw: st.DrawFn, low: float, high: float) -> list[Row]:
    """Readings with gaps, some of which say how long they stand; some before the beginning."""
    rows: list[Row] = []
    at_ms = BEGIN - draw(st.integers(0, 20)) * MINUTE
    while at_ms < END and len(rows) < 200:
        value = draw(st.sampled_from((low, (low + high) / 2, high)))
        stated = draw(st.sampled_from((0, 0, 0, 900_000)))
        again = draw(st.integers(1, 30))
        for _ in range(again):
            rows.append((at_ms, value, stated))
            at_ms += stated or 97_000
        at_ms += draw(st.sampled_from((0, 0, 0, 7 * MINUTE, 2 * HOUR)))
    return rows


BUILDINGS = st.fixed_dictionaries(
    {
        1: series(700, 1300),
        2: series(600, 1100),
        3: series(0, 3),
        4: series(0, 1),
        5: series(5, 25),
    }
)
QUARTERS = st.integers(1, 47).map(lambda quarter: BEGIN + quarter * 900_000)
"""Where prices, hours and this plan's time begin: a tick at that very moment is the hard one."""
CUTS = st.lists(st.one_of(QUARTERS, st.integers(BEGIN + 1, END - 1)), max_size=40, unique=True).map(
    sorted
)
COSTS = st.lists(st.sampled_from((0.1, 0.25, 0.35, None)), min_size=1, max_size=9)


@pytest.mark.parametrize("name", PLANS)
@given(rows=BUILDINGS, cuts=CUTS, costs=COSTS, rung=st.lists(st.integers(0, 719), max_size=9))
def test_a_job_that_ticks_irregularly_decides_exactly_what_a_dry_run_lists(
    name: str,
    rows: dict[int, list[Row]],
    cuts: list[int],
    costs: list[float | None],
    rung: list[int],
) -> None:
    changes = [
        EventChange(step, step, BEGIN + at * MINUTE + 1, "rings", "devices", "fault", "limit",
                    "a rule", frozenset(), "It rang")
        for step, at in enumerate(sorted(rung), 1)
    ]  # fmt: skip
    given_to = (rows, [END], costs, changes)
    assert live(PLANS[name], rows, [*cuts, END], costs, changes) == live(PLANS[name], *given_to)


def every(minutes: int, *values: float, since: int = 0) -> list[Row]:
    return [(BEGIN + (since + at * minutes) * MINUTE, v, 0) for at, v in enumerate(values)]


def fired(found: Sequence[Decision]) -> list[float]:
    """Minutes after the beginning."""
    return [(d.at_ms - BEGIN) / MINUTE for d in found if d.outcome == "fired"]


CASES: dict[str, tuple[Plan, dict[int, list[Row]], list[float]]] = {
    "five minutes above, once": (
        Plan(MetricTrigger(CO2, "above", 1000, 300)),
        {1: every(1, *[900] * 5, *[1100] * 20)},
        [10],
    ),
    "a sensor that falls silent in between starts the time again": (
        Plan(MetricTrigger(CO2, "above", 1000, 300)),
        {1: [*every(1, 1100, 1100), *every(1, *[1100] * 8, since=10)]},
        [15],
    ),
    "of a room the worst place counts": (
        Plan(MetricTrigger(CO2, "above", 1000, 0)),
        {1: every(1, 900, 900, 900), 2: every(1, 800, 1001, 800)},
        [1],
    ),
    "a mean needs no more than those that speak": (
        Plan(MetricTrigger(Source("temperature", sensor_id="T_OUT"), "below", 10, 0)),
        {5: every(1, 12, 9)},
        [1],
    ),
    "occupied as soon as anybody moves": (
        Plan(OccupancyTrigger(ROOM, "occupied", 0)),
        {3: every(1, 0, 0, 0), 4: every(1, 0, 1, 1)},
        [1],
    ),
    "not empty while one counter is silent": (
        Plan(OccupancyTrigger(ROOM, "empty", 60)),
        {3: every(1, *[0] * 10)},
        [],
    ),
    "empty when each says so": (
        Plan(OccupancyTrigger(ROOM, "empty", 60)),
        {3: every(1, *[0] * 10), 4: every(1, *[1] * 3, *[0] * 7)},
        [4],
    ),
    "a condition on a silent sensor does not hold": (
        Plan(MetricTrigger(CO2, "above", 1000, 0), (WARM,)),
        {1: every(1, 900, 1100), 2: [], 5: every(1, 25, since=-10)},
        [],
    ),
    "a reading from before the beginning still stands": (
        Plan(MetricTrigger(CO2, "above", 1000, 0), (WARM,)),
        {1: every(1, 900, 1100), 2: [], 5: every(1, 25, since=-1)},
        [1],
    ),
    "a device that is gone is neither running nor standing": (
        Plan(MetricTrigger(CO2, "above", 1000, 0), (DeviceCondition("NO", "standing"),)),
        {1: every(1, 900, 1100)},
        [],
    ),
    "nothing measures it any more": (
        Plan(MetricTrigger(Source("co2", sensor_id="GONE"), "above", 1)),
        {},
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_measurement_fires_when(case: str) -> None:
    plan, rows, minutes = CASES[case]
    assert fired(live(plan, rows, [END])) == minutes


@pytest.mark.parametrize(
    ("trigger", "from_to", "local"),
    [
        (TimeTrigger(90), ("2026-03-28", "2026-03-31"), ["28 01:30", "29 02:30", "30 01:30"]),
        (TimeTrigger(90), ("2026-10-24", "2026-10-27"), ["24 01:30", "25 01:30", "26 01:30"]),
        (TimeTrigger(0, Days(weekdays=(0, 6))), ("2026-03-27", "2026-04-02"),
         ["29 00:00", "30 00:00"]),
        (TimeTrigger(1439, Days(("saturday",))), ("2026-03-27", "2026-04-02"), ["28 23:59"]),
        (TimeTrigger(60, Days(("workday",), (6,))), ("2026-03-27", "2026-04-02"), []),
    ],
    ids=["skipped hour", "hour that comes twice", "weekdays", "last minute", "never"],
)  # fmt: skip
def test_a_local_time_fires_once_on_each_of_its_days(
    trigger: TimeTrigger, from_to: tuple[str, str], local: list[str]
) -> None:
    begin, end = (minute_ms(date.fromisoformat(day), 0, LISBON) - 1 for day in from_to)
    seen = Seen(end, LISBON, {}, day_of, prices(()))  # type: ignore[arg-type]
    _, found = decide(Plan(trigger), wire(Plan(trigger), WORLD), Standing(begin, begin), seen)
    at = [datetime.fromtimestamp(d.at_ms / 1000, LISBON) for d in found]
    assert [f"{moment:%d %H:%M}" for moment in at] == local


def test_a_price_fires_at_the_quarter_hour_it_rises_and_an_unknown_one_never() -> None:
    plan = Plan(PriceTrigger("above", 0.2))
    found = live(plan, {}, [BEGIN + 2 * HOUR], costs=[0.1, 0.3, 0.3, None])
    assert BEGIN % HOUR == 0
    assert fired(found) == [15, 75], "the gap is not a fall: it is ready again at the next fall"


def window(begin: str, end: str, *types: str) -> TimeCondition:
    minutes = [int(t[:2]) * 60 + int(t[3:]) for t in (begin, end)]
    return TimeCondition(minutes[0], minutes[1], Days(types))


@pytest.mark.parametrize(
    ("condition", "local", "holds"),
    [
        (window("08:00", "18:00"), "2026-03-27 08:00", True),
        (window("08:00", "18:00"), "2026-03-27 18:00", False),
        (window("08:00", "24:00"), "2026-03-27 23:59", True),
        (window("22:00", "06:00", "workday"), "2026-03-27 23:00", True),
        (window("22:00", "06:00", "workday"), "2026-03-28 05:59", True),
        (window("22:00", "06:00", "workday"), "2026-03-28 22:00", False),
        (window("22:00", "06:00", "workday"), "2026-03-30 05:00", False),
        (DayCondition(Days(("saturday",))), "2026-03-28 00:00", True),
        (DayCondition(Days((), (5,))), "2026-03-29 00:00", False),
    ],
)
def test_hours_hold_by_the_day_they_begin_on(
    condition: TimeCondition | DayCondition, local: str, holds: bool
) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=LISBON)
    at_ms = to_ms(moment)
    plan = Plan(
        TimeTrigger(moment.hour * 60 + moment.minute), (condition,)
    )  # fmt: skip
    standing = Standing(at_ms - 1, at_ms - 1)
    seen = Seen(at_ms, LISBON, {}, day_of, prices(()))  # type: ignore[arg-type]
    _, (decision,) = decide(plan, wire(plan, WORLD), standing, seen)
    assert (decision.outcome == "fired", decision.conditions[0].held) == (holds, holds)


def test_what_is_held_back_does_not_begin_the_cooldown() -> None:
    plan = Plan(MetricTrigger(CO2, "above", 1000), cooldown_s=3600)
    rows = every(1, 900, 1100, 900, 1100)
    wiring, stopped = wire(plan, WORLD), {BEGIN + MINUTE: "stopped"}
    seen = Seen(END, LISBON, {1: rows}, day_of, prices(()))  # type: ignore[arg-type]
    standing = Standing(BEGIN, BEGIN)
    _, found = decide(plan, wiring, standing, seen, lambda at, _: stopped.get(at))
    assert [d.outcome for d in found] == ["stopped", "fired"]


def steps(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    yield from pairwise(row[0] for row in rows)


@given(a=series(0, 3), b=series(0, 1))
def test_blended_values_are_those_that_stand_at_each_moment(a: list[Row], b: list[Row]) -> None:
    blend = Blend.of_presence((SERIES[2], SERIES[3]))
    rows = blend.rows({3: a, 4: b}, {}, BEGIN)
    assert all(first < after for first, after in steps(rows))
    for ts_ms, value, stated_ms in rows:
        standing = [
            [row for row in listed if row[0] <= ts_ms][-1:] for listed in (a, b)
        ]  # fmt: skip
        speaks = [
            row[0][1] for row in standing if row and row[0][0] + max(HOLD, row[0][2]) >= ts_ms
        ]
        assert stated_ms >= 0
        assert value == float(any(one >= 0.5 for one in speaks))
        assert value or len(speaks) == 2
