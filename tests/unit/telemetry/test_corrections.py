import numpy as np
import pytest

from domain.foundation.errors import InvalidInput
from domain.telemetry.corrections import Correction, check_correction, clipped, overlaid, shown
from domain.telemetry.model import REPLACED
from domain.telemetry.rollup import Rows

MINUTE = 60_000


def a_correction(action: str, from_min: int, to_min: int, value=None, number=1) -> Correction:
    return Correction(
        number, 1, from_min * MINUTE, to_min * MINUTE, action, value, "why", "ana", number
    )


def rows(*minutes: int) -> Rows:
    times = np.array([m * MINUTE for m in minutes], np.int64)
    return Rows(times, np.arange(1.0, len(minutes) + 1), np.zeros(len(minutes), np.int64))


def listed(found: Rows) -> list[tuple[int, float, int]]:
    columns = (found.ts_ms // MINUTE, found.values, found.stated_ms // MINUTE)
    return list(zip(*(c.tolist() for c in columns), strict=True))


def test_a_void_span_has_no_readings():
    found = overlaid(rows(0, 10, 20, 30), [a_correction("void", 10, 30)], "power")
    assert listed(found) == [(0, 1.0, 0), (30, 4.0, 0)]


def test_a_replaced_span_has_its_value_in_every_quarter_hour():
    found = overlaid(rows(0, 10, 50), [a_correction("replace", 5, 40, 7.0)], "gauge")
    assert listed(found) == [(0, 1.0, 0), (5, 7.0, 10), (15, 7.0, 15), (30, 7.0, 10), (50, 3.0, 0)]


def test_a_replaced_counter_stands_at_the_value_once():
    found = overlaid(rows(0, 10, 50), [a_correction("replace", 5, 40, 7.0)], "counter")
    assert [row[:2] for row in listed(found)] == [(0, 1.0), (5, 7.0), (50, 3.0)]


def test_what_was_said_later_lies_on_top():
    first, second = a_correction("replace", 0, 60, 7.0, 1), a_correction("void", 15, 45, None, 2)
    assert [r[0] for r in listed(overlaid(rows(5), [second, first], "gauge"))] == [0, 45]
    assert [r[0] for r in listed(overlaid(rows(5), [first], "gauge"))] == [0, 15, 30, 45]


def test_a_reading_does_not_hold_into_a_corrected_span():
    found = clipped(rows(0, 8), [a_correction("void", 10, 30)], hold_ms=5 * MINUTE)
    assert listed(found) == [(0, 1.0, 5), (8, 2.0, 2)]


def test_readings_are_shown_without_the_void_and_with_marks_on_the_replaced():
    stored = [(n * MINUTE, float(n), None, 0) for n in range(4)]
    found = shown(stored, [a_correction("void", 0, 1), a_correction("replace", 2, 3, 9.0, 2)])
    assert found == [(MINUTE, 1.0, None, 0), (2 * MINUTE, 9.0, None, REPLACED), stored[3]]


@pytest.mark.parametrize(
    ("action", "value", "reason", "field"),
    [
        ("delete", None, "why", "action"),
        ("replace", None, "why", "value"),
        ("replace", float("nan"), "why", "value"),
        ("void", None, "  ", "reason"),
        ("void", None, "x" * 501, "reason"),
    ],
)
def test_a_correction_that_explains_nothing_is_refused(action, value, reason, field):
    with pytest.raises(InvalidInput) as caught:
        check_correction(action, value, reason)
    assert [f.field for f in caught.value.fields] == [field]
