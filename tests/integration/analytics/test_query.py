"""Ad-hoc questions: every figure is that of the readings themselves, whatever rollup made it."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.analytics.query import Answer, Question
from domain.foundation.clock import FixedClock
from domain.foundation.contract import Contract, OutsideContract, under
from domain.foundation.errors import InvalidInput, Unknown
from domain.foundation.intervals import Period
from domain.house import House
from domain.telemetry.model import Reading
from tests.integration.analytics.conftest import Meters

BASE_S = round(datetime(2026, 10, 24, 22, 0, tzinfo=UTC).timestamp())
"""23:00 on a Saturday in Lisbon; from 01:00 UTC on the hour from 01:00 comes again."""
SPAN_S = 5 * 3600
HOLD_S = 1500
LISBON = ZoneInfo("Europe/Lisbon")
METRIC = {"power": "power", "counter": "water", "gauge": "temperature"}
Points = list[tuple[int, float]]
_numbers = itertools.count()


def value_by_second(points: Points) -> dict[int, float]:
    """What power was in force in each second."""
    held: dict[int, float] = {}
    for place, (second, value) in enumerate(points):
        end = second + HOLD_S
        if place + 1 < len(points):
            end = min(end, points[place + 1][0])
        held.update(dict.fromkeys(range(second, end), value))
    return held


def counted_by_second(points: Points) -> dict[int, float]:
    """What a counter counted in each second."""
    found: dict[int, float] = {}
    for (start, before), (end, after) in pairwise(points):
        step = after - before
        if step < 0:
            if after >= before / 2:
                continue
            step = after
        if step > 10_000 * (end - start) / 3600:
            continue
        found.update(dict.fromkeys(range(start, end), step / (end - start)))
    return found


@cache
def group_of(second: int, how: str) -> str:
    local = datetime.fromtimestamp(second, UTC).astimezone(LISBON)
    return {"none": "all", "hour_of_day": str(local.hour), "weekday": str(local.weekday())}[how]


def oracle(
    series: list[Points], kind: str, span: tuple[int, int], how: str, aggregate: str
) -> dict[str, float]:
    """The figure of each group, from the readings, second by second."""
    cells: dict[str, list[list[tuple[int, float]]]] = {}
    for number, points in enumerate(series):
        read = dict(points)
        if aggregate == "count" or kind == "gauge":
            values = read
        elif kind == "power":
            values = value_by_second(points)
        else:
            values = counted_by_second(points) if aggregate == "sum" else read
        for second, value in sorted(values.items()):
            if span[0] <= second < span[1]:
                group = cells.setdefault(group_of(second, how), [[] for _ in series])
                group[number].append((second, value))
    return {key: figure(groups, kind, aggregate) for key, groups in cells.items()}


def figure(groups: list[Points], kind: str, aggregate: str) -> float:
    values = [value for points in groups for _, value in points]
    match aggregate:
        case "mean":
            return sum(values) / len(values)
        case "sum":
            return sum(values) / (3600 if kind == "power" else 1)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "last":
            newest = [points[-1][1] for points in groups if points]
            return sum(newest) / len(newest)
    return len(values)


@st.composite
def readings(draw: st.DrawFn) -> Points:
    seconds = draw(st.lists(st.integers(0, SPAN_S - 1), unique=True, max_size=25))
    values = st.integers(1, 100)
    return [(BASE_S + second, float(draw(values))) for second in sorted(seconds)]


CUTS = st.sampled_from([(0, SPAN_S), (900, SPAN_S - 2700), (1234, SPAN_S - 777), (3600, 3900)])


@pytest.mark.parametrize("kind", ["power", "counter", "gauge"])
@given(series=st.tuples(readings(), readings()), cut=CUTS)
@settings(max_examples=12)
def test_every_figure_is_that_of_the_readings(
    house: House, clock: FixedClock, kind: str, series: tuple[Points, Points],
    cut: tuple[int, int],
) -> None:  # fmt: skip
    clock.set(datetime(2026, 10, 27, tzinfo=UTC))
    meters = Meters(house)
    ids = [f"S{next(_numbers)}" for _ in series]
    for sensor_id, points in zip(ids, series, strict=True):
        meters.sensor(sensor_id, interval_s=HOLD_S / 2.5)
        house.telemetry.ingest(
            [Reading(sensor_id, METRIC[kind], at * 1000, value) for at, value in points]
        )
    meters.settle()
    span = BASE_S + cut[0], BASE_S + cut[1]
    period = Period.of_ms(span[0] * 1000, span[1] * 1000)
    aggregates = ["mean", "sum", "min", "max", "last", "count"]
    for how, aggregate in itertools.product(("none", "hour_of_day", "weekday"), aggregates):
        if kind == "counter" and aggregate == "mean":
            continue  # a rate over buckets, not over readings: its own test
        question = Question((METRIC[kind],), period, aggregate, how)
        answer = house.analytics.query(question, sensors=ids)
        expected = oracle(list(series), kind, span, how, aggregate)
        for group in answer.groups:
            value = group.points[0].value
            other = expected.get(str(group.key))
            if other is None:
                assert value in (None, 0)
            else:
                assert value == pytest.approx(other, rel=1e-9), (how, aggregate, group.key)


@given(series=st.tuples(readings(), readings()), resolution=st.sampled_from(["15min", "1h"]))
@settings(max_examples=10)
def test_over_time_each_bucket_holds_its_own_readings(
    house: House, clock: FixedClock, series: tuple[Points, Points], resolution: str
) -> None:
    clock.set(datetime(2026, 10, 27, tzinfo=UTC))
    meters = Meters(house)
    ids = [f"T{next(_numbers)}" for _ in series]
    for sensor_id, points in zip(ids, series, strict=True):
        meters.sensor(sensor_id, interval_s=HOLD_S / 2.5)
        house.telemetry.ingest([Reading(sensor_id, "power", at * 1000, v) for at, v in points])
    meters.settle()
    width = {"15min": 900, "1h": 3600}[resolution]
    period = Period.of_ms((BASE_S + 100) * 1000, (BASE_S + SPAN_S - 100) * 1000)
    question = Question(("power",), period, "mean", "sensor", resolution)
    for group in house.analytics.query(question, sensors=ids).groups:
        points = series[ids.index(str(group.key))]
        for point in group.points:
            start = (point.starts_at_ms or 0) // 1000
            span = max(start, BASE_S + 100), min(start + width, BASE_S + SPAN_S - 100)
            expected = oracle([points], "power", span, "none", "mean")["all"]
            assert point.value == pytest.approx(expected)


def values(answer: Answer) -> dict[str | None, float | None]:
    return {group.key: group.points[0].value for group in answer.groups}


@pytest.fixture
def two_rooms(meters: Meters, midnight: Callable[[date], int]) -> Period:
    """A Monday of two rooms: 2 and 4 kW; one probe each, the second with a hole of 12 hours."""
    start = midnight(date(2026, 6, 15))
    for room, power, degrees in (("Lab", 2.0, 20.0), ("Studio", 4.0, 26.0)):
        meters.room(room)
        meters.meter(f"M_{room}", "submeter", room=room)
        meters.sensor(f"C_{room}", "multi", room=room)
        meters.hold(f"M_{room}", "power", [power] * 96, start)
        rows: list[float | None] = [degrees] * 96
        if room == "Studio":
            rows[48:] = [None] * 48
        meters.hold(f"C_{room}", "temperature", rows, start)
    meters.settle()
    return Period.of_ms(start, start + 86_400_000)


def test_groups_by_room_sensor_and_type(house: House, two_rooms: Period) -> None:
    ask = house.analytics.query
    assert values(ask(Question(("power",), two_rooms, "sum", "room"))) == {
        "Lab": pytest.approx(48.0),
        "Studio": pytest.approx(96.0),
    }
    assert values(ask(Question(("power",), two_rooms, "mean", "sensor"))) == {
        "M_Lab": pytest.approx(2.0),
        "M_Studio": pytest.approx(4.0),
    }
    by_type = ask(Question(("power", "temperature"), two_rooms, "mean", "sensor_type"))
    assert [(g.metric, g.key, g.unit, g.series_count) for g in by_type.groups] == [
        ("power", "energy_meter", "kW", 2),
        ("temperature", "multi", "°C", 2),
    ]


def test_a_gap_lowers_the_coverage_and_not_the_mean(house: House, two_rooms: Period) -> None:
    found = house.analytics.query(Question(("temperature",), two_rooms, "mean", "room"))
    points = {group.key: group.points[0] for group in found.groups}
    assert points["Lab"].coverage == pytest.approx(1.0)
    assert points["Studio"].coverage == pytest.approx(0.5)
    assert points["Studio"].value == pytest.approx(26.0)
    whole = house.analytics.query(Question(("temperature",), two_rooms))
    assert whole.groups[0].points[0].value == pytest.approx((20 * 96 + 26 * 48) / 144)
    assert whole.groups[0].points[0].coverage == pytest.approx(0.75)


def test_rooms_and_sensors_narrow_together(house: House, two_rooms: Period) -> None:
    question = Question(("power",), two_rooms, "sum", "sensor")
    assert list(values(house.analytics.query(question, rooms=["lab"]))) == ["M_Lab"]
    narrowed = house.analytics.query(question, rooms=["Lab"], sensors=["M_Studio"])
    assert narrowed.groups == ()
    with pytest.raises(Unknown):
        house.analytics.query(question, rooms=["Attic"])
    with pytest.raises(Unknown):
        house.analytics.query(question, sensors=["NOBODY"])


SUMS = Contract(data_aggregation="sum")


def test_under_sums_a_figure_that_one_sensor_would_make_is_not_told(
    house: House, two_rooms: Period
) -> None:
    ask = house.analytics.query
    hourly = Question(("temperature",), two_rooms, "mean", "none", "1h")
    with under(SUMS):
        (energy,) = ask(Question(("power",), two_rooms, "sum")).groups
        (shared,) = ask(hourly).groups
        (by_type,) = ask(Question(("power",), two_rooms, "sum", "sensor_type")).groups
    assert energy.points[0].value == by_type.points[0].value == pytest.approx(144.0)
    (whole,) = ask(hourly).groups
    assert len(whole.points) == 24
    assert shared.points == whole.points[:12]


@pytest.mark.parametrize(
    "asked",
    [
        {"group_by": "sensor"},
        {"group_by": "room"},
        {"aggregate": "min"},
        {"aggregate": "max", "group_by": "hour_of_day"},
        {"sensors": ["M_Lab", "M_Studio"]},
        {"rooms": ["Lab"]},
    ],
)
def test_under_sums_no_question_finds_a_single_sensor(
    house: House, two_rooms: Period, asked: dict[str, object]
) -> None:
    asked = dict(asked)
    places = {name: asked.pop(name, None) for name in ("rooms", "sensors")}
    question = Question(("power",), two_rooms, **asked)  # type: ignore[arg-type]
    with under(SUMS), pytest.raises(OutsideContract) as refused:
        house.analytics.query(question, **places)  # type: ignore[arg-type]
    assert refused.value.details["clause"] == "data_aggregation"


def test_what_nobody_has_adopted_is_in_no_answer(
    house: House, clock: FixedClock, two_rooms: Period
) -> None:
    house.telemetry.ingest([Reading("STRANGER", "power", two_rooms.start_ms, 900.0, 900_000)])
    house.building.note_discovered(["STRANGER"], {"STRANGER": {"metrics": ["power"]}})
    found = house.analytics.query(Question(("power",), two_rooms, "max"))
    assert values(found) == {"all": 4.0}


def test_the_mean_of_a_counter_is_what_it_counts_an_hour(
    house: House, meters: Meters, midnight: Callable[[date], int]
) -> None:
    start = midnight(date(2026, 6, 15))
    meters.sensor("WATER", "water", interval_s=900)
    house.telemetry.ingest(
        [Reading("WATER", "water", start + at * 900_000, 10.0 + at * 0.5) for at in range(97)]
    )
    meters.settle()
    period = Period.of_ms(start, start + 86_400_000)
    found = house.analytics.query(Question(("water",), period, "mean"))
    assert (found.groups[0].unit, values(found)["all"]) == ("m³/h", pytest.approx(2.0))
    total = house.analytics.query(Question(("water",), period, "sum"))
    assert (total.groups[0].unit, values(total)["all"]) == ("m³", pytest.approx(48.0))


def test_an_hour_that_comes_twice_counts_twice_in_its_group(
    house: House, meters: Meters, clock: FixedClock, midnight: Callable[[date], int]
) -> None:
    clock.set(datetime(2026, 10, 27, tzinfo=UTC))
    start, end = midnight(date(2026, 10, 25)), midnight(date(2026, 10, 26))
    meters.meter("MAIN", "main")
    meters.hold("MAIN", "power", [3.0] * 100, start)
    meters.settle()
    question = Question(("power",), Period.of_ms(start, end), "sum", "hour_of_day")
    found = values(house.analytics.query(question))
    assert found["1"] == pytest.approx(6.0)
    assert found["2"] == pytest.approx(3.0)
    assert sum(value or 0.0 for value in found.values()) == pytest.approx(75.0)


def test_a_running_period_is_measured_against_the_time_that_has_passed(
    house: House, clock: FixedClock, meters: Meters, midnight: Callable[[date], int]
) -> None:
    start = midnight(date(2026, 6, 16))
    meters.meter("MAIN", "main")
    meters.hold("MAIN", "power", [3.0] * 40, start)
    meters.settle()
    period = Period.of_ms(start, start + 86_400_000)
    found = house.analytics.query(Question(("power",), period))
    assert found.groups[0].points[0].coverage == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"metrics": ()}, "metrics"),
        ({"metrics": ("happiness",)}, "metrics"),
        ({"metrics": ("power",) * 11}, "metrics"),
        ({"aggregate": "median"}, "aggregate"),
        ({"group_by": "colour"}, "group_by"),
        ({"resolution": "5min"}, "resolution"),
        ({"resolution": "1h", "group_by": "weekday"}, "resolution"),
        ({"period": Period.of_ms(0, 1_832 * 86_400_000)}, "end_time"),
        (
            {
                "period": Period.of_ms(0, 1_800 * 86_400_000),
                "resolution": "1h",
                "group_by": "sensor",
            },
            "resolution",
        ),
    ],
)
def test_what_cannot_be_answered_is_named_with_its_limit(
    house: House, two_rooms: Period, question: dict[str, object], field: str
) -> None:
    asked = Question(**{"metrics": ("power",), "period": two_rooms, **question})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        house.analytics.query(asked)
    assert field in [wrong.field for wrong in refused.value.fields]
