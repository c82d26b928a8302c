"""Hours in words and letters, by the clock of the building, and what they mean for a device."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.instructions import (
    LETTERS,
    UNSET,
    by_hour,
    checked_letters,
    effective,
    local_hours,
    spoken,
    with_hours,
)
from domain.foundation.errors import InvalidInput
from domain.foundation.intervals import Period, local_day

LISBON, KOLKATA = ZoneInfo("Europe/Lisbon"), ZoneInfo("Asia/Kolkata")
WORDS = st.sampled_from(list(LETTERS))


@given(st.dictionaries(st.integers(0, 23).map(str), WORDS, min_size=1))
def test_named_hours_change_and_no_other(hours: dict[str, str]) -> None:
    after = by_hour(with_hours(UNSET, hours))
    assert after == {str(hour): hours.get(str(hour), "") for hour in range(24)}
    assert checked_letters(with_hours(UNSET, hours)) == with_hours(UNSET, hours)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ({"24": "shifting"}, ["instructions.24"]),
        ({"07": "shifting"}, ["instructions.07"]),
        ({"-1": ""}, ["instructions.-1"]),
        ({"٣": ""}, ["instructions.٣"]),
        ({"7": "maybe"}, ["instructions.7"]),
        ({"7": None, "x": "shifting", "8": ""}, ["instructions.7", "instructions.x"]),
        ({}, ["instructions"]),
    ],
)
def test_each_wrong_hour_or_word_is_named(raw: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        with_hours(UNSET, raw)
    assert [entry.field for entry in refused.value.fields] == fields


@pytest.mark.parametrize("letters", ["", "P", UNSET + "-", "X" * 24, "p" * 24])
def test_letters_are_whole_days(letters: str) -> None:
    with pytest.raises(InvalidInput):
        checked_letters(letters)


def test_a_day_is_said_in_spans() -> None:
    night = with_hours(UNSET, {str(hour): "no-participation" for hour in range(6)})
    evening = with_hours(night, {"17": "shifting", "18": "shifting"})
    assert spoken(evening) == "00–06 no participation, 17–19 shifting"
    assert spoken(UNSET) == "every hour default"


@pytest.mark.parametrize(
    ("word", "enabled", "meant"),
    [
        ("", True, "participation"),
        ("", False, "no-participation"),
        ("shifting", False, "shifting"),
        ("participation", False, "participation"),
        ("no-participation", True, "no-participation"),
    ],
)
def test_the_default_follows_the_devices_own_switch(word: str, enabled: bool, meant: str) -> None:
    assert effective(word, dr_enabled=enabled) == meant


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 6, 16), list(range(24))),
        (date(2026, 3, 29), [0, *range(2, 24)]),
        (date(2026, 10, 25), [0, 1, 1, *range(2, 24)]),
    ],
)
def test_a_day_has_the_hours_that_its_clock_shows(day: date, hours: list[int]) -> None:
    spans = local_hours(local_day(day, LISBON), LISBON)
    assert [span.hour for span in spans] == hours
    assert {span.day for span in spans} == {day}


@given(st.integers(0, 400 * 96), st.integers(1, 3 * 96), st.sampled_from([LISBON, KOLKATA]))
def test_hours_cover_a_period_without_gap_or_overlap(
    first: int, length: int, zone: ZoneInfo
) -> None:
    start_ms = 1_767_225_600_000 + first * 900_000 + 1
    period = Period.of_ms(start_ms, start_ms + length * 900_000)
    spans = local_hours(period, zone)
    assert (spans[0].start_ms, spans[-1].end_ms) == (period.start_ms, period.end_ms)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(spans))
    assert all(0 < span.end_ms - span.start_ms <= 3_600_000 for span in spans)
    for span in spans:
        local = datetime.fromtimestamp(span.start_ms / 1000, UTC).astimezone(zone)
        assert (local.date(), local.hour) == (span.day, span.hour)
