"""What a device says of itself: nothing it sends can harm, and nothing old replaces the newer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.hearing import available, said
from domain.control.model import Report

NOW_MS = 1_800_000_000_000


def state(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_a_state_is_kept_with_its_own_time_and_since_when_it_is_on() -> None:
    first = said(
        Report("D"),
        state(on=True, power_kw=2.5, timestamp=NOW_MS / 1000 - 5),
        NOW_MS,
        retained=False,
    )
    assert first is not None
    assert (first.on, first.power_kw, first.said_ms) == (True, 2.5, NOW_MS - 5000)
    again = said(first, state(on=True, timestamp=NOW_MS / 1000), NOW_MS + 10, retained=False)
    assert again is not None
    assert (again.on_since_ms, again.power_kw) == (NOW_MS - 5000, None)
    off = said(again, state(on=False, timestamp=NOW_MS / 1000 + 9), NOW_MS + 9000, retained=False)
    assert off is not None
    assert off.on_since_ms == NOW_MS + 9000


def test_what_is_older_than_known_or_has_no_time_though_kept_is_passed_over() -> None:
    known = Report("D", on=True, said_ms=NOW_MS)
    old = state(on=False, timestamp=NOW_MS / 1000 - 60)
    assert said(known, old, NOW_MS, retained=False) is None
    assert said(Report("D"), state(on=False), NOW_MS, retained=True) is None
    assert said(Report("D"), state(on=False), NOW_MS, retained=False) is not None


def test_a_time_in_the_future_counts_as_now() -> None:
    found = said(Report("D"), state(timestamp=NOW_MS / 1000 + 900), NOW_MS, retained=False)
    assert found is not None
    assert found.said_ms == NOW_MS


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[1]",
        b"nonsense",
        b"\xff",
        b"1e999",
        b'{"timestamp": 1e999}',
        b"[" * 9000,
        b" " * 70_000,
    ],
)
def test_what_is_no_state_is_none(payload: bytes) -> None:
    assert said(Report("D"), payload, NOW_MS, retained=True) is None


@given(st.dictionaries(
    st.sampled_from(["on", "power_kw", "setpoint_c", "mode", "soc_percent", "timestamp"]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
              st.lists(st.integers(), max_size=2)),
))  # fmt: skip
def test_whatever_a_state_holds_the_report_holds_what_it_promises(
    fields: dict[str, object],
) -> None:
    found = said(Report("D"), json.dumps(fields).encode(), NOW_MS, retained=False)
    if found is not None:
        assert found.on in (None, True, False)
        assert found.power_kw is None or abs(found.power_kw) < 1e15
        assert found.said_ms is not None
        assert found.said_ms <= NOW_MS


def test_availability_is_kept_with_the_time_of_its_change() -> None:
    online = available(Report("D"), b"online", NOW_MS)
    assert online is not None
    assert (online.available, online.available_ms) == (True, NOW_MS)
    assert available(online, b"online", NOW_MS + 5) == online
    assert available(online, b"perhaps", NOW_MS + 5) is None
