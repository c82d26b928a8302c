"""Virtual meters are sums of others, in rollups, energy and newest values alike."""

import pytest

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.conftest import LISBON
from tests.integration.telemetry.test_settle import HOUR, MINUTE


def feed(telemetry: Telemetry, start: int, minutes: int = 60) -> None:
    telemetry.ingest(
        [
            Reading(sensor, "power", start + n * MINUTE, value)
            for n in range(minutes)
            for sensor, value in (("A", 3.0), ("B", 1.0))
        ]
    )


def test_a_difference_has_energy_history_and_a_newest_value(
    database: Database, telemetry: Telemetry, clock: FixedClock, bus: Bus
):
    start = clock.now_ms() - HOUR
    telemetry.define_virtual("REST", "power", [(1.0, "A", "power"), (-2.0, "B", "power")])
    told: list[object] = []
    bus.subscribe("readings", told.append)
    feed(telemetry, start)
    telemetry.settle()
    key = ("REST", "power")
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh == pytest.approx(1.0)
    (history,) = telemetry.history([key], Period.of_ms(start, start + HOUR))
    assert (history.level, history.mean) == ("15min", [1.0] * 4)
    assert telemetry.latest()[key].value == 1.0
    assert Reading("REST", "power", start + 59 * MINUTE, 1.0) in told[0]
    assert Telemetry(database, clock, Bus(), LISBON).latest() == telemetry.latest()


def test_a_virtual_meter_defined_later_has_the_history_of_its_parts(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    feed(telemetry, start)
    telemetry.settle()
    telemetry.define_virtual("SUM", "power", [(1.0, "A", "power"), (1.0, "B", "power")])
    telemetry.define_virtual("TWICE", "power", [(2.0, "SUM", "power")])
    telemetry.settle()
    keys = [("SUM", "power"), ("TWICE", "power")]
    found = telemetry.energy(keys, Period.of_ms(start, start + HOUR))
    assert [found[key].kwh for key in keys] == [pytest.approx(4.0), pytest.approx(8.0)]
    assert [telemetry.latest()[key].value for key in keys] == [4.0, 8.0]


def test_a_late_reading_of_a_part_reaches_the_sum(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - HOUR
    telemetry.define_virtual("SUM", "power", [(1.0, "A", "power"), (1.0, "B", "power")])
    feed(telemetry, start, 30)
    telemetry.settle()
    feed(telemetry, start + 30 * MINUTE, 30)
    telemetry.settle()
    key = ("SUM", "power")
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh == pytest.approx(4.0)


def test_the_sum_is_unknown_where_a_part_is(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - HOUR
    telemetry.define_virtual("SUM", "power", [(1.0, "A", "power"), (1.0, "C", "power")])
    feed(telemetry, start)
    telemetry.settle()
    key = ("SUM", "power")
    assert telemetry.energy([key], Period.of_ms(start, start + HOUR))[key].kwh is None
    assert key not in telemetry.latest()


def test_counters_add_up_by_what_they_counted(telemetry: Telemetry, clock: FixedClock):
    start = clock.now_ms() - HOUR
    for sensor in "AB":
        telemetry.set_interval(sensor, 60.0)
    telemetry.define_virtual("SUM", "energy", [(1.0, "A", "energy"), (1.0, "B", "energy")])
    telemetry.ingest(
        [Reading(s, "energy", start + n * MINUTE, 100.0 + n) for n in range(61) for s in "AB"]
    )
    telemetry.settle()
    key = ("SUM", "energy")
    found = telemetry.energy([key], Period.of_ms(start, start + HOUR))[key]
    assert (found.kwh, found.coverage) == (pytest.approx(120.0), 1.0)


def test_readings_sent_for_a_virtual_meter_are_refused(telemetry: Telemetry, clock: FixedClock):
    telemetry.define_virtual("SUM", "power", [(1.0, "A", "power")])
    result = telemetry.ingest([Reading("SUM", "power", clock.now_ms(), 1.0)])
    assert [r.code for r in result.rejected] == ["virtual"]


def test_circles_strangers_and_measured_series_are_refused(telemetry: Telemetry, clock: FixedClock):
    feed(telemetry, clock.now_ms() - HOUR, 2)
    telemetry.define_virtual("X", "power", [(1.0, "A", "power")])
    telemetry.define_virtual("Y", "power", [(1.0, "X", "power")])
    with pytest.raises(InvalidInput):
        telemetry.define_virtual("X", "power", [(1.0, "Y", "power")])
    with pytest.raises(InvalidInput):
        telemetry.define_virtual("Z", "power", [(1.0, "A", "temperature")])
    with pytest.raises(InvalidInput):
        telemetry.define_virtual("Z", "power", [])
    with pytest.raises(Conflict):
        telemetry.define_virtual("A", "power", [(1.0, "B", "power")])
