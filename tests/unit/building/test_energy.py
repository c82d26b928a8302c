"""Spans of energy: nothing filled in, both directions kept apart, shares that mean something."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.building.energy_slots import (
    MeterEnergy,
    Part,
    Totals,
    build_slots,
    means,
    running_self_sufficiency,
    sum_slots,
)
from domain.building.energy_today import DayPeak, MonthPeak, Today, share_out
from domain.building.model import Sensor
from domain.foundation.intervals import Period

SLOT_MS = 900_000
KWH = st.floats(0, 1_000, allow_nan=False)


def a_meter(role: str, *plus: float | None, minus: tuple[float, ...] = ()) -> MeterEnergy:
    """One quarter of an hour per value [kWh], wholly covered; None is a silent one."""
    given_back = minus or (0.0,) * len(plus)
    return MeterEnergy(
        role,
        {
            i * SLOT_MS: Part(kwh, back, 900.0)
            for i, (kwh, back) in enumerate(zip(plus, given_back, strict=True))
            if kwh is not None
        },
    )


def totals_of(*meters: MeterEnergy, slots: int = 1) -> Totals:
    starts = [i * SLOT_MS for i in range(slots)]
    return sum_slots(meters, build_slots(meters, starts), 900.0 * slots)


def some_totals(**changes: object) -> Totals:
    base = Totals(100.0, 40.0, 60.0, 0.0, 0.0, 0.0, 1.0, 0.4, 1.0, 1.0)
    return replace(base, **changes)  # type: ignore[arg-type]


def a_submeter(sensor_id: str, room_id: int | None, use: str | None) -> Sensor:
    return Sensor(
        sensor_id=sensor_id,
        name=sensor_id,
        sensor_type="energy_meter",
        room_id=room_id,
        unit=None,
        meter_role="submeter",
        use=use,
        interval_s=None,
        status="adopted",
        demand_response_enabled=False,
        control_capabilities=(),
        room_hint=None,
        discovered_at_ms=None,
        version=1,
    )


def test_a_quarter_hour_balances_in_energy_as_in_power() -> None:
    totals = totals_of(
        a_meter("main", 0.0, minus=(2.0,)), a_meter("generation", 20.0), a_meter("battery", 4.5)
    )
    assert totals.consumption_kwh == pytest.approx(13.5)
    assert (totals.export_kwh, totals.charge_kwh, totals.generation_kwh) == (2.0, 4.5, 20.0)
    assert totals.self_consumption == pytest.approx(0.9)
    assert totals.self_sufficiency == pytest.approx(1.0)
    assert totals.coverage == 1.0


def test_a_building_with_only_a_main_meter_consumes_what_it_imports_to_the_last_watt_hour() -> None:
    totals = totals_of(a_meter("main", 0.123, 4.567, 8.9), slots=3)
    assert totals.consumption_kwh == pytest.approx(13.59, abs=1e-9)
    assert totals.self_sufficiency == pytest.approx(0.0)
    assert totals.self_consumption is None, "nothing is generated, so there is no share of it"


def test_a_silent_meter_leaves_a_gap_and_lowers_the_coverage() -> None:
    main, solar = a_meter("main", 1.0, 1.0), a_meter("generation", 3.0, None)
    slots = build_slots([main, solar], [0, SLOT_MS])
    assert slots[0].consumption_kw == pytest.approx(16.0)
    assert slots[1].consumption_kw is None
    assert slots[1].flows() is None
    assert slots[1].import_kw == pytest.approx(4.0), "what is known stays known"
    totals = totals_of(main, solar, slots=2)
    assert totals.coverage == 0.5
    assert totals.consumption_kwh == pytest.approx(4.0)
    assert totals.import_kwh == pytest.approx(2.0)


def test_a_meter_that_measured_nothing_makes_its_total_unknown_not_zero() -> None:
    totals = totals_of(a_meter("main", 1.0), a_meter("generation", None))
    assert totals.generation_kwh is None
    assert totals.consumption_kwh is None
    assert totals.self_sufficiency is None
    assert totals.coverage == 0.0


def test_half_a_covered_slot_counts_its_energy_once() -> None:
    main = MeterEnergy("main", {0: Part(2.0, 0.0, 450.0)})
    slots = build_slots([main], [0])
    assert slots[0].consumption_kw == pytest.approx(16.0)
    totals = sum_slots([main], slots, 900.0)
    assert totals.consumption_kwh == pytest.approx(2.0)
    assert totals.coverage == 0.5


def test_without_a_main_meter_the_span_is_an_estimate_from_the_submeters_that_report() -> None:
    totals = totals_of(
        a_meter("submeter", 3.0), a_meter("submeter", None), a_meter("generation", 5.0)
    )
    assert totals.estimated
    assert totals.consumption_kwh == pytest.approx(3.0)
    assert totals.export_kwh == pytest.approx(2.0)


def test_submeters_add_nothing_beside_a_main_meter() -> None:
    totals = totals_of(a_meter("main", 3.0), a_meter("submeter", 2.0))
    assert totals.consumption_kwh == pytest.approx(3.0)


def test_meters_that_contradict_each_other_leave_the_slot_unknown() -> None:
    slots = build_slots([a_meter("main", 0.0, minus=(9.0,)), a_meter("generation", 2.0)], [0])
    assert slots[0].consumption_kw is None


def test_shares_stay_within_0_and_1_when_the_battery_was_charged_from_the_grid() -> None:
    charged = totals_of(a_meter("main", 12.0), a_meter("battery", 10.0))
    assert charged.self_sufficiency == 0.0
    given_back = totals_of(
        a_meter("main", 0.0, minus=(6.0,)),
        a_meter("generation", 2.0),
        a_meter("battery", 0.0, minus=(5.0,)),
    )
    assert given_back.self_consumption == 0.0


def test_an_empty_span_knows_nothing() -> None:
    totals = totals_of()
    assert totals.consumption_kwh is None
    assert totals.import_kwh is None or totals.import_kwh == 0
    assert totals.coverage == 0.0


@given(
    rows=st.lists(st.tuples(KWH, KWH, KWH, KWH, KWH), min_size=1, max_size=8),
)
def test_totals_and_flows_of_any_span_close(
    rows: list[tuple[float, float, float, float, float]],
) -> None:
    imports = [row[0] + row[4] for row in rows]  # what is charged and given back comes from there
    main = a_meter("main", *imports, minus=tuple(min(row[1], row[2]) for row in rows))
    solar = a_meter("generation", *(row[2] for row in rows))
    battery = a_meter("battery", *(row[4] for row in rows), minus=tuple(row[3] for row in rows))
    slots = build_slots([main, solar, battery], [i * SLOT_MS for i in range(len(rows))])
    totals = sum_slots([main, solar, battery], slots, 900.0 * len(rows))
    assert totals.consumption_kwh is not None
    assert totals.import_kwh is not None
    assert totals.export_kwh is not None
    assert totals.charge_kwh is not None
    assert totals.discharge_kwh is not None
    assert totals.generation_kwh is not None
    assert totals.import_kwh - totals.export_kwh == pytest.approx(
        totals.consumption_kwh + totals.charge_kwh - totals.generation_kwh - totals.discharge_kwh,
        abs=1e-6,
    )
    for slot in slots:
        flows = slot.flows()
        assert flows is not None
        building = flows.solar_building + flows.battery_building + flows.grid_building
        assert building == pytest.approx(slot.consumption_kw, abs=1e-6), "stacks end at the line"
    for share in (totals.self_consumption, totals.self_sufficiency):
        assert share is None or 0 <= share <= 1


def test_self_sufficiency_runs_through_the_day_and_skips_gaps() -> None:
    slots = build_slots(
        [a_meter("main", 4.0, None, 0.0), a_meter("generation", 0.0, 0.0, 4.0)],
        [0, SLOT_MS, 2 * SLOT_MS],
    )
    assert running_self_sufficiency(slots) == [0.0, 0.0, 50.0]


def test_a_mean_of_a_few_seconds_is_no_peak() -> None:
    barely = MeterEnergy("main", {0: Part(1.0, 0.0, 20.0), SLOT_MS: Part(2.0, 0.0, 900.0)})
    assert means([barely], 900.0) == [(SLOT_MS, 8.0, 0.0)]


def test_the_peak_of_the_month_is_the_highest_day() -> None:
    peak = MonthPeak((DayPeak(0, 1, 20.0), DayPeak(2, 3, 84.6), DayPeak(4, 5, None)))
    assert peak.highest == DayPeak(2, 3, 84.6)
    assert peak.today == DayPeak(4, 5, None)
    assert MonthPeak((DayPeak(0, 1, 0.0),)).highest is None, "nothing imported, no peak"


def a_day(totals: Totals, last_week: Totals) -> Today:
    period = Period(datetime(2026, 6, 18, tzinfo=UTC), datetime(2026, 6, 18, 14, tzinfo=UTC))
    return Today(period, totals, some_totals(), last_week, "Thursday")


@pytest.mark.parametrize(
    ("name", "here", "there", "words"),
    [
        ("consumption_kwh", 94.0, 100.0, "6 % less than last Thursday"),
        ("generation_kwh", 111.0, 100.0, "11 % more than last Thursday"),
        ("consumption_kwh", 100.3, 100.0, "as much as last Thursday"),
        ("self_sufficiency", 0.66, 0.62, "4 points up on last Thursday"),
        ("self_consumption", 0.61, 0.62, "1 point down on last Thursday"),
        ("generation_kwh", 500.0, 100.0, "5 times as much as last Thursday"),
        ("generation_kwh", 390.0, 100.0, "290 % more than last Thursday"),
        ("generation_kwh", 5.0, 0.04, ""),
        ("generation_kwh", 5.0, 0.0, ""),
        ("consumption_kwh", 5.0, None, ""),
    ],
)
def test_a_comparison_is_words_first(
    name: str, here: float, there: float | None, words: str
) -> None:
    day = a_day(some_totals(**{name: here}), some_totals(**{name: there}))
    assert day.sentence(name, day.last_week, "last Thursday") == words


def test_spans_with_gaps_are_not_compared() -> None:
    day = a_day(some_totals(), some_totals(coverage=0.6, consumption_kwh=10.0))
    assert day.change("consumption_kwh", day.last_week) == ""
    assert day.change("generation_kwh", day.last_week) == "as much", "the sun was measured"


def test_rooms_and_rest_sum_to_the_consumption() -> None:
    submeters = [
        a_submeter("a", 1, "climate"),
        a_submeter("b", 1, None),
        a_submeter("c", 2, "lighting"),
        a_submeter("lift", None, "other"),
    ]
    shared = share_out(
        submeters, {"a": 30.0, "b": 10.0, "c": None, "lift": 5.0}, {1: "Lab"}, some_totals()
    )
    assert [(r.name, r.kwh, r.complete) for r in shared.rooms] == [
        ("Lab", 40.0, True),
        ("Room 2", 0.0, False),
    ]
    assert shared.rooms[0].by_use == {"climate": 30.0, "other": 10.0}
    assert (shared.no_room, shared.unmetered_kwh, shared.exceeds_kwh) == ({"other": 5.0}, 55.0, 0.0)


def test_submeters_beyond_the_main_meter_are_said_in_energy_too() -> None:
    shared = share_out([a_submeter("a", 1, None)], {"a": 130.0}, {}, some_totals())
    assert (shared.unmetered_kwh, shared.exceeds_kwh) == (0.0, 30.0)
