"""How a site's limit is shared out: fair, critical last, without flapping, whatever there is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.limits import (
    CALM_BELOW,
    LEAST_KW,
    RELAX_EVERY_MS,
    Cap,
    Flexible,
    SiteNow,
    decide,
    distribute,
)


def a_device(number: int = 0, turn: int = 2, **fields: object) -> Flexible:
    known: dict[str, object] = {
        "device_id": f"D{number}", "name": f"Device {number}", "turn": turn, "draw_kw": 5.0,
        "want_kw": 5.0, "floor_kw": 0.0, "full_kw": 10.0,
    }  # fmt: skip
    return Flexible(**(known | fields))  # type: ignore[arg-type]


@st.composite
def devices(draw: st.DrawFn) -> list[Flexible]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        full_kw = draw(st.floats(0.5, 30))
        floor_kw = full_kw * draw(st.sampled_from([0.0, 0.1, 0.5]))
        draw_kw = draw(st.floats(0, full_kw))
        made.append(
            a_device(
                number,
                draw(st.integers(0, 3)),
                draw_kw=draw_kw,
                want_kw=draw(st.sampled_from([draw_kw, full_kw])),
                floor_kw=floor_kw,
                full_kw=full_kw,
                step_kw=draw(st.sampled_from([0.0, 0.1, 0.5])),
                asked=draw(st.booleans()),
            )
        )
    return made


def wanted(one: Flexible) -> float:
    return min(max(one.want_kw, one.floor_kw), one.full_kw)


@given(devices(), st.floats(-20, 120))
def test_shares_stay_inside_the_room_and_inside_each_devices_own_limits(
    listed: list[Flexible], room_kw: float
) -> None:
    given_kw = distribute(room_kw, listed)
    floors = sum(one.floor_kw for one in listed)
    assert sum(given_kw.values()) <= max(room_kw, floors) + 1e-6
    for one in listed:
        assert one.floor_kw - 1e-9 <= given_kw[one.device_id] <= wanted(one) + 1e-9
    if sum(map(wanted, listed)) <= room_kw:
        assert given_kw == {one.device_id: wanted(one) for one in listed}


@given(devices(), st.floats(-20, 120))
def test_nobody_of_a_later_turn_gives_while_one_before_still_can(
    listed: list[Flexible], room_kw: float
) -> None:
    given_kw = distribute(room_kw, listed)
    giving = [one.turn for one in listed if given_kw[one.device_id] < wanted(one) - 1e-6]
    able = [one.turn for one in listed if given_kw[one.device_id] > one.floor_kw + 1e-6]
    if giving and able:
        assert max(giving) <= min(able)


@given(devices(), st.floats(-20, 120), st.floats(0, 20))
def test_more_room_is_less_for_nobody(
    listed: list[Flexible], room_kw: float, more_kw: float
) -> None:
    tight, wide = distribute(room_kw, listed), distribute(room_kw + more_kw, listed)
    assert all(wide[key] >= tight[key] - 1e-6 for key in tight)


def test_within_a_turn_all_give_the_same_share() -> None:
    chargers = [a_device(1, 1, want_kw=10.0), a_device(2, 1, want_kw=5.0)]
    given_kw = distribute(9.0, chargers)
    assert given_kw == pytest.approx({"D1": 6.0, "D2": 3.0})


@given(devices(), st.floats(0, 60), st.floats(0, 100))
def test_after_a_decision_what_may_be_drawn_fits_where_narrowing_suffices(
    listed: list[Flexible], others_kw: float, limit_kw: float
) -> None:
    grid_kw = others_kw + sum(one.draw_kw for one in listed)
    decision = decide(SiteNow(limit_kw, grid_kw), listed, {})
    mays = {
        one.device_id: decision.caps[one.device_id].kw if one.device_id in decision.caps
        else wanted(one)
        for one in listed
    }  # fmt: skip
    for one in listed:
        assert mays[one.device_id] >= one.floor_kw - 1e-6
    floors = others_kw + sum(one.floor_kw for one in listed)
    slack = LEAST_KW * len(listed)
    assert others_kw + sum(mays.values()) <= max(limit_kw, floors) + slack + 1e-6


@given(devices(), st.floats(1, 100), st.data())
def test_an_unknown_meter_lets_nobody_draw_more(
    listed: list[Flexible], limit_kw: float, data: st.DataObject
) -> None:
    before = {
        one.device_id: Cap(data.draw(st.floats(one.floor_kw, one.full_kw)), told=False)
        for one in listed
        if data.draw(st.booleans())
    }
    held = decide(SiteNow(limit_kw, None), listed, before)
    assert held.state == "holding"
    assert "unknown" in held.words
    for one in listed:
        most = max(one.draw_kw, one.floor_kw) + max(one.step_kw, 0.001) + 1e-6
        assert held.caps[one.device_id].kw <= most
        if one.device_id in before:
            assert held.caps[one.device_id].kw <= before[one.device_id].kw + 1e-9


def test_far_below_the_limit_nobody_is_held() -> None:
    assert decide(SiteNow(40.0, 10.0), [a_device()], {}).caps == {}


def test_a_device_that_draws_by_its_own_rule_is_told_one_that_is_asked_is_bound() -> None:
    free, asked = a_device(1), a_device(2, asked=True, want_kw=9.0, draw_kw=0.0)
    decision = decide(SiteNow(20.0, 17.0), [free, asked], {})
    assert not decision.caps["D2"].told
    assert sum(cap.kw for cap in decision.caps.values()) <= 20 * 0.96 - 12.0 + 1e-6
    assert decision.caps["D1"].told
    assert decision.words == "17.0 of 20.0 kW, other loads 12.0 kW, 7.2 kW left for 2 flexible"


def test_before_the_meter_tells_of_a_change_nothing_is_changed_again() -> None:
    caps = {"D0": Cap(3.0, told=True)}
    waiting = SiteNow(20.0, 25.0, settled=False, since_change_ms=5_000)
    assert decide(waiting, [a_device()], caps).caps == caps


def test_a_device_is_let_up_in_steps_and_not_sooner_than_half_a_minute() -> None:
    one, caps = a_device(draw_kw=2.0, want_kw=2.0), {"D0": Cap(2.0, told=True)}
    soon = SiteNow(40.0, 20.0, since_change_ms=RELAX_EVERY_MS - 1)
    assert decide(soon, [one], caps).caps == caps
    seen = []
    while caps:
        caps = dict(decide(SiteNow(40.0, 20.0), [one], caps).caps)
        seen.append(caps["D0"].kw if caps else None)
    assert seen == [4.5, 7.0, 9.5, None]


def test_a_limit_passed_with_nothing_left_is_said() -> None:
    at_floor = a_device(draw_kw=0.0, want_kw=0.0)
    decision = decide(SiteNow(20.0, 23.5), [at_floor], {"D0": Cap(0.0, told=True)})
    assert decision.over_kw == pytest.approx(3.5)


@given(st.lists(st.floats(0, 45), min_size=5, max_size=40), st.lists(st.floats(0, 11), max_size=4))
def test_a_site_is_brought_inside_its_limit_and_does_not_flap(
    loads: list[float], chargers: list[float]
) -> None:
    """Chargers draw what they may; other loads stay for a while, then change."""
    limit_kw, caps, since_ms = 40.0, dict[str, Cap](), RELAX_EVERY_MS
    for others_kw in loads:
        changes = []
        for _ in range(14):
            drawn = [
                min(full, caps[f"D{n}"].kw) if f"D{n}" in caps and caps[f"D{n}"].told else full
                for n, full in enumerate(chargers)
            ]
            listed = [
                a_device(n, 1, draw_kw=draw, want_kw=draw, full_kw=11.0, step_kw=0.1)
                for n, draw in enumerate(drawn)
            ]
            grid_kw = others_kw + sum(drawn)
            decision = decide(SiteNow(limit_kw, grid_kw, True, since_ms), listed, caps)
            changes.append(decision.caps != caps)
            since_ms = 15_000 if decision.caps != caps else since_ms + 15_000
            caps = dict(decision.caps)
        assert grid_kw <= max(limit_kw, others_kw) + LEAST_KW * len(chargers) + 1e-6
        assert not any(changes[-3:]) or grid_kw <= limit_kw * (1 - CALM_BELOW)


def test_a_device_whose_cap_is_gone_wants_what_it_draws() -> None:
    one = replace(a_device(), want_kw=30.0)
    assert distribute(100.0, [one]) == {"D0": 10.0}
