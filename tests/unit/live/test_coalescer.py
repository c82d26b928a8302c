from api.live_coalescer import WINDOW_S, Coalescer
from tests.unit.live.fakes import NOW_MS, a_reading

LONG_AGO_MS = NOW_MS - 48 * 3600 * 1000


def test_a_quiet_series_goes_out_with_the_next_flush() -> None:
    coalescer = Coalescer({})
    assert coalescer.add([a_reading()], LONG_AGO_MS)
    assert coalescer.take(5.0) == [a_reading()]
    assert coalescer.take(5.0) == []


def test_a_busy_series_is_sent_once_per_window_with_its_newest_value() -> None:
    coalescer = Coalescer({})
    coalescer.add([a_reading(value=1, ts_ms=NOW_MS)], LONG_AGO_MS)
    coalescer.take(5.0)
    for step in (1, 2, 3):
        coalescer.add([a_reading(value=1 + step, ts_ms=NOW_MS + step)], LONG_AGO_MS)
        assert coalescer.take(5.0 + step / 100) == []
    assert coalescer.next_due_s() == 5.0 + WINDOW_S
    assert [r.value for r in coalescer.take(5.0 + WINDOW_S)] == [4]
    assert coalescer.next_due_s() is None


def test_a_busy_series_does_not_hold_back_another() -> None:
    coalescer = Coalescer({})
    coalescer.add([a_reading("METER_A")], LONG_AGO_MS)
    coalescer.take(5.0)
    coalescer.add([a_reading("METER_A", 2, NOW_MS + 1), a_reading("METER_B")], LONG_AGO_MS)
    assert [r.sensor_id for r in coalescer.take(5.01)] == ["METER_B"]


def test_late_readings_do_not_turn_the_live_value_back() -> None:
    coalescer = Coalescer({("METER_LAB", "power"): NOW_MS})
    assert not coalescer.add([a_reading(ts_ms=NOW_MS - 1)], LONG_AGO_MS)
    assert coalescer.take(5.0) == []


def test_a_corrected_newest_reading_is_sent_again() -> None:
    coalescer = Coalescer({("METER_LAB", "power"): NOW_MS})
    coalescer.add([a_reading(value=9, ts_ms=NOW_MS)], LONG_AGO_MS)
    assert [r.value for r in coalescer.take(5.0)] == [9]


def test_history_is_not_live_even_when_it_is_all_there_is() -> None:
    coalescer = Coalescer({})
    assert not coalescer.add([a_reading(ts_ms=LONG_AGO_MS - 1)], LONG_AGO_MS)
