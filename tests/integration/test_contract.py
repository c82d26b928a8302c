"""What a data-sharing contract withholds, asked of every read of telemetry and of the building.

The measure is a second building that never got the withheld readings: under the contract both must
give the same answers, to the last byte.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.access.policy import SYSTEM
from domain.analytics.query import Question
from domain.building.model import SensorQuery
from domain.building.room_history import room_energy, room_history
from domain.building.shown_csv import room_csv, sensor_csv
from domain.foundation.clock import FixedClock, from_ms, to_ms
from domain.foundation.contract import (
    EVERYTHING,
    Contract,
    OutsideContract,
    adding_up,
    in_force,
    put_in_force,
    under,
)
from domain.foundation.intervals import Period
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry.export import Labelled
from domain.telemetry.model import Reading
from settings import Settings
from tests.conftest import TUESDAY_10H

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = to_ms(TUESDAY_10H) + 7 * MINUTE + 13_000  # inside every kind of span
METERS = {
    "MAIN": ("main", ("power", "energy", "generation_energy")),
    "PV": ("generation", ("generation",)),
    "BATT": ("battery", ("power", "soc")),
    "SUB": ("submeter", ("power", "energy")),
}
MEASURED = [(sensor, m) for sensor, (_, metrics) in METERS.items() for m in metrics]
MEASURED += [("CLIMATE", "temperature"), ("CLIMATE", "co2")]
VIRTUAL = [("TWO", "power"), ("COUNTED", "energy")]
KEYS = [*MEASURED, *VIRTUAL]
COUNTERS = {"energy", "generation_energy"}


@contextmanager
def building(path: Path, template: Path, settings: Settings, now_ms: int) -> Iterator[House]:
    path.write_bytes(template.read_bytes())
    clock = FixedClock(from_ms(now_ms))
    with closing(Database(f"sqlite:///{path}")) as database:
        house = House.compose(settings, clock=clock, database=database)
        house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1st", "capacity": 4})
        for sensor, (role, _) in METERS.items():
            fields = {"sensor_type": "energy_meter", "meter_role": role, "interval_s": 60}
            house.building.register_sensor(SYSTEM, sensor, {**fields, "room": "Lab"})
        fields = {"sensor_type": "multi", "interval_s": 60, "room": "Lab"}
        house.building.register_sensor(SYSTEM, "CLIMATE", fields)
        telemetry = house.telemetry
        telemetry.define_virtual("TWO", "power", [(1.0, "MAIN", "power"), (-0.5, "SUB", "power")])
        parts = [(1.0, "MAIN", "energy"), (1.0, "SUB", "energy")]
        telemetry.define_virtual("COUNTED", "energy", parts)
        telemetry.ingest([Reading(*key, now_ms - 3 * DAY, 1.0) for key in MEASURED])
        yield house


def random_readings(seed: int, now_ms: int) -> list[Reading]:
    """Hours of it, with gaps, stated intervals, counters that rest, and the implausible."""
    made = random.Random(seed)
    readings = []
    for sensor, metric in MEASURED:
        step = made.choice([20_000, 60_000, 7 * MINUTE, 35 * MINUTE])
        at, stand = now_ms - made.randint(1, 30) * HOUR, 1.0
        while (at := at + made.randint(step // 2, step * 2)) <= now_ms:
            if made.random() < 0.02:
                at += made.randint(0, 3) * HOUR
                continue
            stand += made.choice([0.0, 0.1, 0.7])
            value = made.choice([stand, 900_000.0]) if made.random() < 0.02 else made.random() * 30
            stated = made.choice([None, None, None, 3 * MINUTE])
            readings.append(
                Reading(sensor, metric, at, stand if metric in COUNTERS else value, stated)
            )
    made.shuffle(readings)
    return readings


def fill(house: House, readings: list[Reading], corrections: list[tuple[Any, ...]]) -> None:
    house.telemetry.ingest([r for r in readings if r.ts_ms <= house.clock.now_ms()])
    for key, start_ms, end_ms, action, value in corrections:
        period = Period.of_ms(start_ms, end_ms)
        house.telemetry.correct("ana", key, period, action, value, "cleaning")
    while house.telemetry.settle():
        pass
    house.telemetry.check_quality()


def spans(now_ms: int) -> list[Period]:
    return [
        Period.of_ms(now_ms - 30 * MINUTE, now_ms),
        Period.of_ms(now_ms - 5 * HOUR + 17_000, now_ms - 11 * MINUTE),
        Period.of_ms(now_ms - 50 * HOUR, now_ms + 2 * HOUR),
        Period.of_ms(now_ms - 70 * HOUR, now_ms - 3 * HOUR),
    ]


Ask = Callable[[House, Period], object]


def _csv(house: House, period: Period, level: str) -> bytes:
    keys = [Labelled(key, "Lab") for key in KEYS]
    return b"".join(house.telemetry.csv(keys, period, level))


def _guarded(ask: Ask) -> Ask:
    """A refusal is an answer too."""

    def asked(house: House, period: Period) -> object:
        try:
            return ask(house, period)
        except OutsideContract as refused:
            return refused.details

    return asked


def _history(level: str, points: int) -> Ask:
    return lambda h, p: [
        asdict(line) for line in h.telemetry.history(KEYS, p, level=level, max_points=points)
    ]


def _query(how: str, group: str, level: str | None) -> Ask:
    metrics = ("power", "energy", "co2")
    return lambda h, p: h.analytics.query(Question(metrics, p, how, group, level))


def _before(period: Period) -> Period:
    return Period.of_ms(period.start_ms - DAY, period.end_ms - DAY)


LAB = 1
QUESTIONS: dict[str, Ask] = {
    "latest": lambda h, p: h.telemetry.latest(),
    "latest_of": lambda h, p: h.telemetry.latest_of(["MAIN"]),
    **{
        f"history {level} {points}": _history(level, points)
        for level in ("auto", "raw", "15min", "1h", "1d")
        for points in (40, 5000)
    },
    "energy": lambda h, p: h.telemetry.energy(KEYS, p),
    **{
        f"energy_buckets {level}": lambda h, p, level=level: h.telemetry.energy_buckets(
            KEYS, p, level
        )
        for level in ("15min", "1h", "1d")
    },
    "peak": lambda h, p: h.telemetry.peak([(("MAIN", "power"), 1.0), (("SUB", "power"), -1.0)], p),
    "peak of one": lambda h, p: h.telemetry.peak([(("TWO", "power"), 1.0)], p),
    "peak counted": lambda h, p: h.telemetry.peak(
        [(("MAIN", "energy"), 1.0), (("SUB", "energy"), 1.0)], p
    ),
    "sparklines": lambda h, p: h.telemetry.sparklines(KEYS),
    **{
        f"csv {level}": lambda h, p, level=level: _csv(h, p, level)
        for level in ("auto", "raw", "15min", "1h", "1d")
    },
    "quality": lambda h, p: h.telemetry.quality(),
    "corrections": lambda h, p: [
        (c.from_ms, c.to_ms, c.value) for key in MEASURED for c in h.telemetry.corrections(key)
    ],
    "energy now": lambda h, p: h.energy.now().frame(),
    "energy frame": lambda h, p: h.energy.frame(),
    "totals": lambda h, p: h.energy.totals(p),
    "day curve": lambda h, p: h.energy.day_curve(p),
    "today": lambda h, p: h.energy.today(),
    "rooms' energy": lambda h, p: h.energy.rooms(p),
    "charge curve": lambda h, p: h.energy.charge_curve(p),
    "peak of month": lambda h, p: h.energy.peak_of_month(),
    "live rooms": lambda h, p: h.building.live_rooms(),
    "sensor list": lambda h, p: h.building.sensors(SensorQuery(sort="age")),
    "room history": lambda h, p: (
        room_history(h.building, h.telemetry, LAB, p, h.clock.now_ms()).strips
    ),
    "room beyond": lambda h, p: (
        room_history(h.building, h.telemetry, LAB, p, h.clock.now_ms()).outside_band
    ),
    "room energy": lambda h, p: room_energy(h.building, h.telemetry, LAB, p),
    "room csv": lambda h, p: b"".join(
        room_csv(h.building, h.telemetry, h.building.room(LAB), [p], "15min", "rfc4180")
    ),
    "sensor csv": lambda h, p: b"".join(
        sensor_csv(h.building, h.telemetry, KEYS, [p], "raw", "excel")
    ),
    "summary": lambda h, p: h.analytics.summary(p),
    "summary of a year": lambda h, p: h.analytics.summary(
        Period.of_ms(p.end_ms - 300 * DAY, p.end_ms)
    ),
    **{
        f"analysis energy {level}": lambda h, p, level=level: h.analytics.energy(p, level)
        for level in ("auto", "15min", "1h", "1d", "1mo")
    },
    **{
        f"query {how} by {group} {level}": _query(how, group, level)
        for how, group, level in (
            ("mean", "none", "auto"),
            ("sum", "none", None),
            ("sum", "room", "15min"),
            ("mean", "sensor_type", "1h"),
            ("mean", "hour_of_day", None),
            ("last", "none", "1h"),
            ("count", "weekday", None),
            ("max", "sensor_type", "1d"),
            ("mean", "sensor", "15min"),
        )
    },
    "query of one sensor": lambda h, p: h.analytics.query(Question(("power",), p), None, ["SUB"]),
    **{
        f"heat map of {address}": lambda h, p, address=address: h.analytics.heat_map(address, p)
        for address in ("building/consumption", "sensor/CLIMATE/co2", "room/1/power")
    },
    "load duration": lambda h, p: h.analytics.load_duration("building/import", p),
    "load duration of a sensor": lambda h, p: h.analytics.load_duration("sensor/SUB/power", p),
    "comparison": lambda h, p: h.analytics.compare("building/import", p, _before(p)),
    "correlation": lambda h, p: h.analytics.correlation(
        "building/import", "building/generation", p, "15min"
    ),
    "correlation of sensors": lambda h, p: h.analytics.correlation(
        "sensor/CLIMATE/co2", "room/1/temperature", p
    ),
    "needs": lambda h, p: h.watch.needs(),
}


def answers(house: House, contract: Contract) -> dict[str, object]:
    with under(contract):
        return {
            f"{name}, span {at}": _guarded(ask)(house, period)
            for name, ask in QUESTIONS.items()
            for at, period in enumerate(spans(house.clock.now_ms()))
        }


def differing(one: dict[str, object], other: dict[str, object]) -> list[str]:
    return [name for name in one if repr(one[name]) != repr(other[name])]


CONTRACTS = st.builds(
    Contract,
    data_aggregation=st.sampled_from(["all", "individual", "sum"]),
    time_aggregation=st.sampled_from(["all", "5minutes", "15minutes", "60minutes"]),
    embargo_minutes=st.sampled_from([1, 7, 60, 191, 1500]),
)


@hypothesis_settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 10**6), contract=CONTRACTS)
def test_nothing_measured_in_the_embargoed_time_influences_any_answer(
    seed: int, contract: Contract, sqlite_template: Path, settings: Settings, tmp_path: Path
) -> None:
    horizon = NOW - contract.embargo_minutes * MINUTE
    readings = random_readings(seed, NOW)
    corrections = [
        (("MAIN", "power"), NOW - 4 * HOUR, NOW - 3 * HOUR, "void", None),
        (("MAIN", "energy"), horizon - HOUR, horizon + 30 * MINUTE, "void", None),
        (("SUB", "energy"), horizon + 30_000, horizon + 60_000, "replace", 77.0),
        (("CLIMATE", "temperature"), NOW - 2 * HOUR, NOW - HOUR, "replace", 21.5),
    ]
    with (
        building(tmp_path / "all.db", sqlite_template, settings, NOW) as full,
        building(tmp_path / "released.db", sqlite_template, settings, NOW) as released,
    ):
        fill(full, readings, corrections)
        fill(released, [r for r in readings if r.ts_ms <= horizon], corrections)
        assert differing(answers(full, contract), answers(released, contract)) == []
        if contract.embargo_minutes > 30:
            unlike = differing(answers(full, EVERYTHING), answers(released, EVERYTHING))
            assert len(unlike) > 20  # the readings do matter where nothing is withheld


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("contract")
    settings = Settings.from_env({"WATTBOARD_DATA_DIR": str(folder), "WATTBOARD_DEMO": "0"})
    with building(folder / "w.db", sqlite_template, settings, NOW) as house:
        fill(house, random_readings(1, NOW), [])
        yield house


def refused(house: House, contract: Contract, name: str) -> str | None:
    with under(contract):
        try:
            QUESTIONS[name](house, spans(NOW)[1])
        except OutsideContract as refusal:
            return str(refusal.details["clause"])
    return None


SINGLE_SERIES = [
    *(name for name in QUESTIONS if name.startswith(("history", "energy_buckets", "csv"))),
    *("energy", "peak of one", "sparklines", "corrections", "rooms' energy", "charge curve"),
    *("room history", "room energy", "room csv", "sensor csv"),
    *("query max by sensor_type 1d", "query mean by sensor 15min", "query of one sensor"),
    *("heat map of sensor/CLIMATE/co2", "heat map of room/1/power"),
    *("load duration of a sensor", "correlation of sensors"),
]


@pytest.mark.parametrize("name", SINGLE_SERIES)
def test_a_contract_of_sums_refuses_the_series_of_one_sensor(filled: House, name: str) -> None:
    assert refused(filled, Contract(data_aggregation="sum"), name) == "data_aggregation"


def test_a_contract_of_sums_shares_the_buildings_totals_as_they_are(filled: House) -> None:
    for name in ("totals", "day curve", "today", "peak of month", "peak", "peak counted"):
        asked = QUESTIONS[name]
        with under(Contract(data_aggregation="sum")):
            shared = asked(filled, spans(NOW)[1])
        assert shared == asked(filled, spans(NOW)[1])
    now = filled.energy.now()
    with under(Contract(data_aggregation="sum")):
        shared_now = filled.energy.now()
    assert (shared_now.grid_kw, shared_now.rooms, shared_now.uses) == (now.grid_kw, (), {})
    assert now.rooms


def test_a_summary_under_sums_has_no_part_that_may_be_one_sensor(filled: House) -> None:
    period = spans(NOW)[1]
    whole = filled.analytics.summary(period)
    with under(Contract(data_aggregation="sum")):
        shared = filled.analytics.summary(period)
        stacked = filled.analytics.energy(period)
    assert (shared.totals, shared.before) == (whole.totals, whole.before)
    assert stacked == filled.analytics.energy(period)
    for told in (whole.rooms.rooms, whole.uses, whole.sensor_types, whole.coverage.missing):
        assert told
    assert (shared.rooms.rooms, shared.rooms.no_room, shared.rooms.unmetered_kwh) == ((), {}, None)
    assert (shared.uses, shared.sensor_types, shared.coverage.missing) == ((), (), ())
    assert not any(sensor in shared.coverage.words for sensor in METERS)


def test_the_import_peak_of_a_long_time_is_the_buildings_under_sums_too(filled: House) -> None:
    ask = QUESTIONS["summary of a year"]
    with under(Contract(data_aggregation="sum")):
        shared = ask(filled, spans(NOW)[1])
    assert shared.totals.peak_import == ask(filled, spans(NOW)[1]).totals.peak_import  # type: ignore[attr-defined]


def test_analyses_under_a_coarse_contract_stand_on_whole_hours(filled: House) -> None:
    period = Period.of_ms(NOW // HOUR * HOUR - 5 * HOUR, NOW)
    with under(Contract(time_aggregation="60minutes")):
        answer = filled.analytics.query(Question(("power",), period, "mean", "none", "15min"))
        stack = filled.analytics.energy(period, "15min")
        peak = filled.analytics.summary(period).totals.peak_import
        with pytest.raises(OutsideContract):
            filled.analytics.query(Question(("power",), period, "last"))
    assert (answer.resolution, stack.resolution) == ("1h", "1h")
    assert {point.starts_at_ms % HOUR for point in answer.groups[0].points} == {0}  # type: ignore[operator]
    assert peak is None or peak.slot_s == 3600


def test_individual_shares_all_that_follows_from_single_sensors(filled: House) -> None:
    individual = answers(filled, Contract(data_aggregation="individual"))
    assert differing(individual, answers(filled, EVERYTHING)) == []


def test_a_sum_over_several_sensors_may_be_made_of_their_series(filled: House) -> None:
    keys = [("MAIN", "power"), ("SUB", "power")]
    with under(Contract(data_aggregation="sum")):
        with adding_up(len(keys)):
            lines = filled.telemetry.history(keys, spans(NOW)[1], level="1h")
        assert len(lines) == 2
        with pytest.raises(OutsideContract), adding_up(1):
            pass


@pytest.mark.parametrize(
    ("claim", "width_s", "levels"),
    [
        ("5minutes", 300, {"5min", "15min", "1h", "1d"}),
        ("15minutes", 900, {"15min", "1h", "1d"}),
        ("60minutes", 3600, {"1h", "1d"}),
    ],
)
def test_nothing_finer_than_the_contracts_span_leaves(
    filled: House, claim: str, width_s: int, levels: set[str]
) -> None:
    with under(Contract(time_aggregation=claim)):
        for level in ("auto", "raw", "15min", "1h", "1d"):
            for period in spans(NOW):
                for line in filled.telemetry.history(KEYS, period, level=level, max_points=5000):
                    assert line.level in levels
                    assert line.bucket_s >= width_s
                    whole = [ts for ts in line.ts_ms if ts + width_s * 1000 <= NOW]
                    assert whole == line.ts_ms
        rows = _csv(filled, spans(NOW)[1], "raw").decode().splitlines()[1:]
        minutes = {int(row[14:16]) * 60 + int(row[17:19]) for row in rows}
        assert rows
        assert all(second % min(width_s, 3600) == 0 for second in minutes)
        assert filled.telemetry.latest() == {}
        assert filled.energy.now().state == "withheld"


def test_energy_of_less_than_the_contracts_span_cannot_be_asked_for(filled: House) -> None:
    edge = NOW // HOUR * HOUR - 2 * HOUR
    exact = Period.of_ms(edge, edge + HOUR)
    ragged = Period.of_ms(edge - 20_000, edge + HOUR + 40_000)
    within = Period.of_ms(edge + 60_000, edge + 120_000)
    with under(Contract(time_aggregation="60minutes")):
        ask = filled.telemetry.energy
        assert ask([("MAIN", "power")], ragged) == ask([("MAIN", "power")], exact)
        assert ask([("MAIN", "power")], within)["MAIN", "power"].kwh is None
        with pytest.raises(OutsideContract):
            filled.telemetry.energy_buckets(KEYS, exact, "15min")
    whole = filled.telemetry.energy([("MAIN", "power")], exact)
    with under(Contract(time_aggregation="60minutes")):
        assert filled.telemetry.energy([("MAIN", "power")], exact) == whole


def test_five_minute_means_are_means_over_time_of_the_readings(filled: House) -> None:
    period = Period.of_ms(NOW // HOUR * HOUR - 3 * HOUR, NOW // HOUR * HOUR - 2 * HOUR)
    key = ("BATT", "power")
    (exact,) = filled.telemetry.history([key], period, level="15min")
    with under(Contract(time_aggregation="5minutes")):
        (fives,) = filled.telemetry.history([key], period, level="raw", max_points=5000)
    assert fives.bucket_s == 300
    for ts_ms, energy in zip(exact.ts_ms, exact.energy, strict=True):
        within = [
            e
            for at, e in zip(fives.ts_ms, fives.energy, strict=True)
            if ts_ms <= at < ts_ms + 15 * MINUTE and e is not None
        ]
        assert sum(within) == pytest.approx(energy or 0.0)


def test_what_is_withheld_says_until_when(filled: House) -> None:
    assert filled.telemetry.withheld_until_ms() is None
    with under(Contract(embargo_minutes=30)):
        assert filled.telemetry.withheld_until_ms() == NOW + 30 * MINUTE
        assert filled.building.sensor_row("MAIN").state == "withheld"
    with under(Contract(time_aggregation="60minutes", embargo_minutes=30)):
        assert filled.telemetry.withheld_until_ms() == NOW // HOUR * HOUR + HOUR + 30 * MINUTE
    with under(Contract(data_aggregation="sum")):
        assert filled.telemetry.withheld_until_ms() is None
        assert filled.building.sensor_row("MAIN").state == "withheld"


def test_a_file_keeps_the_contract_under_which_it_was_asked_for(filled: House) -> None:
    period = spans(NOW)[2]
    keys = [Labelled(key, "Lab") for key in KEYS]
    lab = filled.building.room(LAB)

    def files() -> list[Iterator[bytes]]:
        building, telemetry = filled.building, filled.telemetry
        return [
            telemetry.csv(keys, period, "raw"),
            room_csv(building, telemetry, lab, [period], "15min", "rfc4180"),
            sensor_csv(building, telemetry, KEYS, [period], "raw", "rfc4180"),
        ]

    with under(Contract(embargo_minutes=60)):
        made_later = files()
        expected = [b"".join(pieces) for pieces in files()]
    put_in_force(EVERYTHING)
    assert [b"".join(pieces) for pieces in made_later] == expected
    assert [b"".join(pieces) for pieces in files()] != expected
    with under(Contract(embargo_minutes=60)):
        assert [b"".join(pieces) for pieces in files()] == expected


def test_kept_answers_are_never_handed_from_one_contract_to_another(filled: House) -> None:
    free = filled.energy.frame()
    with under(Contract(embargo_minutes=300)):
        withheld = filled.energy.frame()
        assert filled.building.live_rooms()[0].values == {}
    assert filled.energy.frame() == free
    assert filled.building.live_rooms()[0].values
    with under(Contract(embargo_minutes=300)):
        assert filled.energy.frame() == withheld
    assert withheld["today"] != free["today"]


def test_listeners_of_the_bus_are_told_without_the_senders_contract(house: House) -> None:
    seen: list[Contract] = []
    house.bus.subscribe("readings", lambda _: seen.append(in_force()))
    with under(Contract(embargo_minutes=60)):
        at = to_ms(house.clock.now() - timedelta(minutes=1))
        house.telemetry.ingest([Reading("T", "temperature", at, 20.0)])
    assert seen == [EVERYTHING]


def test_an_embargo_longer_than_readings_are_kept_still_withholds(
    sqlite_template: Path, settings: Settings, tmp_path: Path
) -> None:
    """The ragged end is then only known from a bucket that reaches into the embargoed time."""
    contract = Contract(embargo_minutes=100 * 24 * 60)
    horizon = NOW - 100 * DAY
    key = ("MAIN", "power")

    def told(name: str, later: float) -> list[object]:
        with building(tmp_path / name, sqlite_template, settings, NOW) as house:
            telemetry = house.telemetry
            times = range(horizon - DAY, NOW, 10 * MINUTE)
            values = [2.0 if at < horizon else later for at in times]
            pairs = zip(times, values, strict=True)
            telemetry.ingest([Reading(*key, at, kw, 10 * MINUTE) for at, kw in pairs])
            while telemetry.settle():
                pass
            assert telemetry.retain() > 0
            period = Period.of_ms(horizon - 3 * HOUR + 7_000, NOW)
            with under(contract):
                return [
                    telemetry.energy([key], period),
                    telemetry.energy_buckets([key], period, "1h"),
                    telemetry.history([key], period, level="15min", max_points=20_000),
                    _csv(house, period, "raw"),
                ]

    low, high = told("low.db", 2.0), told("high.db", 9.0)
    assert low == high
    assert low[0][key].kwh == pytest.approx(2.0 * 2.9, abs=0.5)  # type: ignore[index]
