"""People correct readings; what was measured stays underneath."""

import pytest

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, Unknown
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry.model import REPLACED, Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.conftest import LISBON
from tests.integration.telemetry.test_settle import HOUR, MINUTE, recomputed, rollups

KEY = ("M", "power")


@pytest.fixture
def start(telemetry: Telemetry, clock: FixedClock) -> int:
    """Two hours of 6 kW until now, settled."""
    start = clock.now_ms() - 2 * HOUR
    telemetry.set_interval("M", 60.0)
    telemetry.ingest([Reading("M", "power", start + n * MINUTE, 6.0) for n in range(120)])
    telemetry.settle()
    return start


def kwh(telemetry: Telemetry, start: int) -> float | None:
    telemetry.settle()
    return telemetry.energy([KEY], Period.of_ms(start, start + 2 * HOUR))[KEY].kwh


def test_a_void_hour_counts_nothing_until_it_is_withdrawn(telemetry: Telemetry, start: int):
    span = Period.of_ms(start + 10 * MINUTE, start + 70 * MINUTE)
    made = telemetry.correct("ana", KEY, span, "void", None, "the clamp was off")
    assert kwh(telemetry, start) == pytest.approx(6.0)
    (history,) = telemetry.history([KEY], Period.of_ms(start, start + 2 * HOUR), level="raw")
    assert sum(v is not None for v in history.mean) == 60
    telemetry.withdraw(made.correction_id, "rui")
    assert kwh(telemetry, start) == pytest.approx(12.0)
    (kept,) = telemetry.corrections(KEY)
    assert (kept.actor_name, kept.reason, kept.withdrawn_by) == ("ana", "the clamp was off", "rui")


def test_a_replaced_hour_counts_the_value_and_says_it_is_an_estimate(
    telemetry: Telemetry, start: int
):
    span = Period.of_ms(start, start + HOUR)
    telemetry.correct("ana", KEY, span, "replace", 1.0, "reversed sign")
    assert kwh(telemetry, start) == pytest.approx(7.0)
    assert telemetry.energy([KEY], Period.of_ms(start, start + 2 * HOUR))[KEY].estimated
    assert not telemetry.energy([KEY], Period.of_ms(start + HOUR, start + 2 * HOUR))[KEY].estimated


def test_a_long_stated_interval_goes_entirely_when_its_row_is_void(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - 6 * HOUR
    telemetry.ingest([Reading("H", "power", start, 2.0, interval_ms=4 * HOUR)])
    telemetry.settle()
    span = Period.of_ms(start, start + MINUTE)
    telemetry.correct("ana", ("H", "power"), span, "void", None, "wrong file")
    telemetry.settle()
    whole = Period.of_ms(start, start + 5 * HOUR)
    assert telemetry.energy([("H", "power")], whole)["H", "power"].kwh is None
    assert rollups(database)["15min"] == []


def test_corrected_rollups_equal_a_recomputation(
    database: Database, telemetry: Telemetry, clock: FixedClock, start: int
):
    spans = ((13, 44, "void", None), (30, 61, "replace", 3.0), (90, 200, "void", None))
    for at, end, action, value in spans:
        span = Period.of_ms(start + at * MINUTE, start + end * MINUTE)
        telemetry.correct("ana", KEY, span, action, value, "test")
        telemetry.settle()
    kept = rollups(database)
    assert kept == recomputed(database, clock)


def test_the_newest_value_follows_its_correction(
    database: Database, telemetry: Telemetry, clock: FixedClock, start: int
):
    newest = start + 119 * MINUTE
    assert telemetry.latest()[KEY].ts_ms == newest
    void = telemetry.correct(
        "ana", KEY, Period.of_ms(newest, newest + MINUTE), "void", None, "spike"
    )
    assert telemetry.latest()[KEY].ts_ms == newest - MINUTE
    assert Telemetry(database, clock, Bus(), LISBON).latest() == telemetry.latest()
    telemetry.withdraw(void.correction_id)
    telemetry.correct("ana", KEY, Period.of_ms(newest, newest + HOUR), "replace", 1.5, "known")
    assert (telemetry.latest()[KEY].value, telemetry.latest()[KEY].flags) == (1.5, REPLACED)
    telemetry.ingest([Reading("M", "power", newest + 1000, 6.0)])
    assert telemetry.latest()[KEY].value == 1.5


def test_what_cannot_be_corrected_is_refused(telemetry: Telemetry, start: int):
    span = Period.of_ms(start, start + HOUR)
    with pytest.raises(Unknown):
        telemetry.correct("ana", ("X", "power"), span, "void", None, "why")
    with pytest.raises(InvalidInput):
        telemetry.correct("ana", KEY, span, "void", None, "")
    with pytest.raises(Unknown):
        telemetry.withdraw(99)


def test_a_manual_reading_counts_is_marked_and_can_be_taken_back(
    telemetry: Telemetry, clock: FixedClock
):
    key = ("GAS", "gas")
    now = clock.now_ms()
    telemetry.ingest([Reading("GAS", "gas", now - 48 * HOUR, 100.0)])
    made = telemetry.add_manual_reading("ana", key, now, 148.0)
    telemetry.settle()
    found = telemetry.energy([key], Period.of_ms(now - 24 * HOUR, now))[key]
    assert (found.kwh, found.estimated) == (pytest.approx(24.0), True)
    assert telemetry.latest()[key].value == 148.0
    with pytest.raises(Conflict):
        telemetry.add_manual_reading("ana", key, now, 149.0)
    telemetry.withdraw(made.correction_id, "rui")
    telemetry.settle()
    assert telemetry.energy([key], Period.of_ms(now - 24 * HOUR, now))[key].kwh is None
    assert telemetry.latest()[key].value == 100.0


def test_a_meter_that_is_only_read_by_eye_needs_no_other_reading(
    telemetry: Telemetry, clock: FixedClock
):
    now = clock.now_ms()
    telemetry.add_manual_reading("ana", ("EYE", "water"), now - 24 * HOUR, 10.0)
    telemetry.add_manual_reading("ana", ("EYE", "water"), now, 34.0)
    telemetry.settle()
    day = Period.of_ms(now - 24 * HOUR, now)
    assert telemetry.energy([("EYE", "water")], day)["EYE", "water"].kwh == pytest.approx(24.0)
    with pytest.raises(InvalidInput):
        telemetry.add_manual_reading("ana", ("EYE", "flux"), now, 1.0)
    telemetry.define_virtual("SUM", "water", [(1.0, "EYE", "water")])
    assert telemetry.virtual_parts(("SUM", "water")) == [(1.0, "EYE", "water")]
    assert telemetry.virtual_parts(("EYE", "water")) is None
    with pytest.raises(Conflict):
        telemetry.add_manual_reading("ana", ("SUM", "water"), now, 1.0)


@pytest.mark.parametrize("value", [float("nan"), -1.0, 1e13])
def test_a_manual_reading_no_meter_could_show_is_refused(
    sqlite_telemetry: Telemetry, clock: FixedClock, value: float
):
    sqlite_telemetry.ingest([Reading("GAS", "gas", clock.now_ms() - HOUR, 100.0)])
    with pytest.raises(InvalidInput):
        sqlite_telemetry.add_manual_reading("ana", ("GAS", "gas"), clock.now_ms(), value)
