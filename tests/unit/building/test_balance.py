"""The balance closes, parts are never negative, shown parts sum to their shown total."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.building.allocation import allocate, round_to_sum
from domain.building.balance import Meter, balance
from domain.building.energy_now import Doubt, EnergyNow

KW = st.floats(0, 5_000, allow_nan=False, allow_infinity=False)
SIGNED_KW = st.floats(-5_000, 5_000, allow_nan=False, allow_infinity=False)


def a_meter(role: str, power_kw: float | None, name: str = "", **changes: object) -> Meter:
    state = "missing" if power_kw is None else "fresh"
    meter = Meter(
        sensor_id=name or role,
        name=name or role,
        role=role,
        power_kw=power_kw,
        ts_ms=None if power_kw is None else 1_000_000,
        state=state,
        interval_s=10.0,
    )
    return replace(meter, **changes)  # type: ignore[arg-type]


def the_picture() -> list[Meter]:
    """The overview of look.md: 52.6 + 18.0 − 78.4 = 7.8 kW exported."""
    return [
        a_meter("main", -7.8),
        a_meter("generation", 78.4),
        a_meter("battery", 18.0, soc_percent=65.0),
        a_meter("submeter", 22.4, "climate", use="climate", room_id=1),
        a_meter("submeter", 18.6, "equipment", use="equipment", room_id=2),
        a_meter("submeter", 5.1, "lighting", use="lighting", room_id=2),
        a_meter("submeter", 3.1, "kitchen", use="kitchen", room_id=3),
        a_meter("submeter", 1.8, "lifts", use="other"),
    ]


def test_the_balance_of_the_picture_adds_up() -> None:
    now = balance(the_picture(), {1: "Server room", 2: "Lab", 3: "Canteen"})
    assert now.consumption_kw == pytest.approx(52.6)
    assert now.export_kw == pytest.approx(7.8)
    assert now.import_kw == 0
    assert now.charging_kw == pytest.approx(18.0)
    assert now.discharging_kw == 0
    assert now.unmetered_kw == pytest.approx(1.6)
    assert now.exceeds_kw == pytest.approx(0, abs=1e-9)
    assert now.no_room == {"other": pytest.approx(1.8)}
    assert [(room.name, round(room.kw or 0, 1)) for room in now.rooms] == [
        ("Lab", 23.7),
        ("Server room", 22.4),
        ("Canteen", 3.1),
    ]
    assert (now.state, now.missing, now.estimated) == ("fresh", (), False)


def test_the_frame_of_the_picture_has_its_words_and_flows() -> None:
    frame = balance(the_picture()).frame()
    assert frame["in_kw"] == frame["out_kw"] == 78.4
    assert frame["solar_word"] == "generating"
    assert frame["grid_word"] == "exporting"
    assert frame["battery_word"] == "charging"
    assert frame["mix_word"] == "all from solar"
    flows = frame["flows"]
    assert isinstance(flows, dict)
    assert {name: round(kw, 1) for name, kw in flows.items() if kw} == {
        "solar_building": 52.6,
        "solar_battery": 18.0,
        "solar_grid": 7.8,
    }


def test_the_evening_of_the_wall_picture_imports_the_rest() -> None:
    frame = balance(
        [a_meter("main", 11.7), a_meter("generation", 11.8), a_meter("battery", -24.0)]
    ).frame()
    assert frame["consumption_kw"] == 47.5
    assert frame["mix_word"] == "25 % solar, 50 % batteries, 25 % the grid"
    assert (frame["grid_word"], frame["battery_word"]) == ("importing", "discharging")


def test_several_meters_of_a_role_add() -> None:
    now = balance(
        [
            a_meter("main", 10.0, "main A"),
            a_meter("main", 5.0, "main B"),
            a_meter("generation", 3.0, "roof"),
            a_meter("generation", 2.0, "car park"),
        ]
    )
    assert (now.grid_kw, now.generation_kw, now.consumption_kw) == (15.0, 5.0, 20.0)


def test_submeters_never_add_to_the_total() -> None:
    alone = balance([a_meter("main", 20.0)])
    metered = balance([a_meter("main", 20.0), a_meter("submeter", 12.0)])
    assert alone.consumption_kw == metered.consumption_kw == 20.0
    assert metered.unmetered_kw == 8.0


@pytest.mark.parametrize("state", ["stale", "dead", "missing"])
@pytest.mark.parametrize("role", ["main", "generation", "battery"])
def test_a_silent_meter_of_the_balance_makes_consumption_unknown_and_is_named(
    role: str, state: str
) -> None:
    meters = [
        a_meter("main", 10.0),
        a_meter("generation", 5.0),
        a_meter("battery", 1.0),
        a_meter("submeter", 8.0),
    ]
    silent = [replace(m, state=state, ts_ms=7) if m.role == role else m for m in meters]
    now = balance(silent)
    assert now.consumption_kw is None
    assert now.unmetered_kw is None
    assert now.missing == (role,)
    assert now.missing_since_ms == 7
    assert now.state == "stale"
    assert not now.estimated
    assert now.uses == {"other": 8.0}, "what is known stays shown"


@pytest.mark.parametrize(
    ("role", "state", "rests", "consumption_kw"),
    [
        ("generation", "stale", True, 9.0),
        ("generation", "dead", True, 9.0),
        ("generation", "stale", False, None),
        ("generation", "fresh", True, 14.0),
        ("battery", "stale", True, None),
        ("main", "stale", True, None),
    ],
)
def test_only_a_silent_generation_meter_counts_as_nothing_and_only_while_it_rests(
    role: str, state: str, rests: bool, consumption_kw: float | None
) -> None:
    meters = [a_meter("main", 10.0), a_meter("generation", 5.0), a_meter("battery", 1.0)]
    now = balance(
        [replace(m, state=state, ts_ms=7, rests=rests) if m.role == role else m for m in meters]
    )
    assert now.consumption_kw == consumption_kw


def test_an_inverter_that_rests_is_named_and_makes_an_estimate_of_what_it_touches() -> None:
    roof = a_meter("generation", 0.0, "Roof", state="stale", ts_ms=7, rests=True)
    now = balance([a_meter("main", 10.0), roof, a_meter("submeter", 4.0)])
    assert (now.generation_kw, now.consumption_kw, now.unmetered_kw) == (0.0, 10.0, 6.0)
    assert (now.assumed, now.assumed_since_ms, now.missing) == (("Roof",), 7, ())
    assert (now.state, now.ts_ms) == ("fresh", 1_000_000), "its old reading dates nothing"
    frame = now.frame()
    assert (frame["estimated"], frame["estimated_nodes"]) == (True, ["building", "solar"])
    assert not now.estimated, "that is for a consumption from submeters"


def test_a_late_main_meter_still_counts_and_says_late() -> None:
    now = balance([replace(a_meter("main", 10.0), state="late")])
    assert (now.consumption_kw, now.state) == (10.0, "late")


def test_without_a_main_meter_consumption_is_an_estimate_with_its_reason() -> None:
    meters = [a_meter("submeter", 2.0, str(i)) for i in range(3)]
    now = balance([*meters, a_meter("submeter", None, "silent"), a_meter("generation", 1.0)])
    assert now.consumption_kw == 6.0
    assert now.grid_kw == 5.0
    assert now.estimated
    assert now.reason == "from 3 of 4 submeters, there is no main meter"
    assert now.unmetered_kw is None, "nobody can know the rest without a main meter"


def test_an_empty_building_knows_nothing_and_asks_for_a_main_meter() -> None:
    now = balance([])
    assert (now.consumption_kw, now.grid_kw, now.ts_ms) == (None, None, None)
    assert now.missing == ("a main meter",)
    assert (now.state, now.roles) == ("missing", frozenset())
    frame = now.frame()
    assert frame["in_kw"] is None
    assert frame["flows"] == {}
    assert frame["grid_word"] == "unknown"


def test_submeters_above_the_main_meter_are_said_not_hidden() -> None:
    now = balance([a_meter("main", 10.0), a_meter("submeter", 12.5, use="climate")])
    assert (now.unmetered_kw, now.exceeds_kw) == (0.0, 2.5)
    frame = now.frame()
    assert frame["uses"]["climate"] == 12.5  # type: ignore[index]
    assert frame["exceeds_kw"] == 2.5


def test_a_silent_submeter_is_named_because_its_load_is_in_the_rest() -> None:
    now = balance([a_meter("main", 10.0), a_meter("submeter", None, "Canteen kitchen", room_id=3)])
    assert now.notes == ("Silent, so in the unmetered rest: Canteen kitchen",)
    assert [(room.kw, room.complete) for room in now.rooms] == [(None, False)]


def test_a_reversed_generation_meter_counts_as_zero_and_is_named() -> None:
    now = balance([a_meter("main", 10.0), a_meter("generation", -40.0, "PV-1")])
    assert (now.generation_kw, now.consumption_kw) == (0.0, 10.0)
    assert now.doubts == (Doubt("PV-1 reports −40.0 kW", "counted as 0, check its sign"),)


def test_what_an_inverter_draws_at_night_is_consumption_and_no_note() -> None:
    now = balance([a_meter("main", 10.0), a_meter("generation", -0.02)])
    assert (now.generation_kw, now.consumption_kw, now.doubts) == (0.0, 10.0, ())


def test_meters_that_contradict_each_other_make_consumption_unknown() -> None:
    now = balance([a_meter("main", -20.0), a_meter("generation", 5.0)])
    assert now.consumption_kw is None
    assert now.frame()["notes"] == [
        "The meters contradict each other by 15.0 kW: check their signs"
    ]


def test_state_of_charge_is_unknown_as_long_as_one_battery_has_none() -> None:
    known = [a_meter("battery", 0.0, "a", soc_percent=40.0)]
    assert balance(known).soc_percent == 40.0
    assert balance([*known, a_meter("battery", 0.0, "b")]).soc_percent is None


def test_the_age_of_a_sum_is_the_age_of_its_oldest_part() -> None:
    now = balance([a_meter("main", 1.0, ts_ms=2_000), a_meter("generation", 1.0, ts_ms=1_000)])
    assert now.ts_ms == 1_000


def test_a_small_house_is_shown_in_watts() -> None:
    frame = balance([a_meter("main", 0.3456)]).frame()
    assert frame["consumption_kw"] == 0.346


@given(
    grid=SIGNED_KW,
    generation=KW,
    battery=SIGNED_KW,
    submeters=st.lists(st.tuples(KW, st.sampled_from([None, 1, 2, 3])), max_size=12),
)
def test_the_balance_closes_and_no_part_is_negative(
    grid: float, generation: float, battery: float, submeters: list[tuple[float, int | None]]
) -> None:
    meters = [
        a_meter("main", grid),
        a_meter("generation", generation),
        a_meter("battery", battery),
        *(a_meter("submeter", kw, str(i), room_id=r) for i, (kw, r) in enumerate(submeters)),
    ]
    now = balance(meters)
    if now.consumption_kw is None:
        assert grid + generation - battery < 0
        assert now.doubts
        return
    _assert_closes(now)
    _assert_shown_parts_sum(now)


def _assert_closes(now: EnergyNow) -> None:
    consumption, charging, discharging = now.consumption_kw, now.charging_kw, now.discharging_kw
    assert consumption is not None
    assert charging is not None
    assert discharging is not None
    assert now.generation_kw is not None
    assert now.grid_kw == pytest.approx(
        consumption + charging - now.generation_kw - discharging, abs=1e-5
    )
    assert min(consumption, charging, discharging, now.generation_kw) >= 0
    assert now.unmetered_kw is not None
    assert now.exceeds_kw is not None
    assert min(now.unmetered_kw, now.exceeds_kw) == 0
    parts = sum(room.kw or 0.0 for room in now.rooms) + sum(now.no_room.values())
    assert parts + now.unmetered_kw - now.exceeds_kw == pytest.approx(consumption, abs=1e-5)


def _assert_shown_parts_sum(now: EnergyNow) -> None:
    frame = now.frame()
    numbers = {k: v for k, v in frame.items() if isinstance(v, int | float)}
    assert numbers["in_kw"] == pytest.approx(numbers["out_kw"], abs=1e-6)
    total = numbers["consumption_kw"] + numbers["exceeds_kw"]
    uses, rooms, flows = frame["uses"], frame["rooms"], frame["flows"]
    outside = frame["outside"]
    assert isinstance(outside, dict)
    assert isinstance(uses, dict)
    assert isinstance(rooms, dict)
    assert isinstance(flows, dict)
    assert sum(uses.values()) + numbers["unmetered_kw"] == pytest.approx(total, abs=1e-5)
    in_rooms = sum(room["kw"] for room in rooms.values())
    assert in_rooms + outside["kw"] == pytest.approx(total, abs=1e-5)
    assert sum(flows.values()) == pytest.approx(numbers["in_kw"], abs=1e-5)


SOURCES = st.tuples(KW, KW, KW)


@given(sources=SOURCES, weights=st.tuples(*[st.one_of(st.just(0.0), st.floats(0.01, 1))] * 3))
def test_every_source_is_used_up_and_every_sink_filled(
    sources: tuple[float, float, float], weights: tuple[float, float, float]
) -> None:
    total, weight = sum(sources), sum(weights)
    sinks = [total * w / weight for w in weights] if weight else [total, 0.0, 0.0]
    flows = allocate(
        generation=sources[0],
        discharging=sources[1],
        imported=sources[2],
        consumption=sinks[0],
        charging=sinks[1],
        exported=sinks[2],
    ).as_dict()
    assert min(flows.values()) >= 0
    for source, kw in zip(("solar", "battery", "grid"), sources, strict=True):
        out = sum(v for name, v in flows.items() if name.startswith(source))
        assert out == pytest.approx(kw, abs=1e-6)
    for sink, kw in zip(("building", "battery", "grid"), sinks, strict=True):
        into = sum(v for name, v in flows.items() if name.endswith(sink))
        assert into == pytest.approx(kw, abs=1e-6)


def test_solar_serves_the_building_before_the_battery_before_the_grid() -> None:
    flows = allocate(
        generation=10, discharging=0, imported=2, consumption=8, charging=4, exported=0
    )
    assert (flows.solar_building, flows.solar_battery, flows.grid_battery) == (8, 2, 2)


def test_a_discharge_serves_the_building_before_import_does() -> None:
    flows = allocate(generation=0, discharging=5, imported=3, consumption=8, charging=0, exported=0)
    assert (flows.battery_building, flows.grid_building) == (5, 3)


@given(
    parts=st.lists(KW, min_size=1, max_size=20), step=st.sampled_from([0.001, 0.01, 0.1, 1.0, 10.0])
)
def test_rounded_parts_sum_to_the_rounded_total_and_stay_within_a_step(
    parts: list[float], step: float
) -> None:
    shown = round_to_sum(parts, step)
    assert round(sum(shown) / step) == round(sum(parts) / step)
    assert all(part >= 0 for part in shown)
    assert all(abs(a - b) <= step * 1.000001 for a, b in zip(shown, parts, strict=True))
