"""What people say about measurements happens with its audit row, or not at all."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from domain.access.policy import Actor
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.house import House
from domain.telemetry.model import Reading
from domain.telemetry.store import fetch

MANAGER = Actor(name="Maria", role="manager")
HOUR = 3_600_000
KEY = ("M", "power")
TABLES = ("reading", "latest", "correction", "series", "dirty", "sensor", "virtual_part")


@pytest.fixture
def metered(house: House) -> House:
    """A registered meter with two hours of 6 kW, settled, and a gas meter read by eye."""
    start = house.clock.now_ms() - 2 * HOUR
    house.building.register_sensor(MANAGER, "M", {"sensor_type": "power", "interval_s": 60})
    house.building.register_sensor(MANAGER, "GAS", {"sensor_type": "other"})
    house.telemetry.ingest([Reading(*KEY, start + n * 60_000, 6.0) for n in range(120)])
    house.telemetry.settle()
    return house


def span(house: House) -> Period:
    return Period.of_ms(house.clock.now_ms() - HOUR, house.clock.now_ms())


def void(house: House) -> None:
    house.building.correct_span(MANAGER, KEY, span(house), "void", None, "clamp off")


def read_by_eye(house: House) -> None:
    house.building.add_reading(MANAGER, ("GAS", "gas"), house.clock.now_ms(), 148.0)


def calculate(house: House) -> None:
    parts = [(2.0, *KEY)]
    fields = {"name": "Twice", "sensor_type": "power", "interval_s": 30}
    house.building.define_meter(MANAGER, "TWICE", "power", parts, fields)


def change_parts(house: House) -> None:
    house.building.define_meter(MANAGER, "GAS", "power", [(1.0, *KEY)], {})


def change_interval(house: House) -> None:
    house.building.update_sensor(MANAGER, "M", {"interval_s": 10})


def register(house: House) -> None:
    house.building.register_sensor(MANAGER, "NEW", {"sensor_type": "power", "interval_s": 5})


def stored(house: House) -> dict[str, list[tuple[object, ...]]]:
    with house.database.read() as c:
        return {table: sorted(fetch(c, f"SELECT * FROM {table}"), key=str) for table in TABLES}


def remembered(house: House) -> tuple[object, ...]:
    return (
        house.telemetry.series(),
        dict(house.telemetry.latest()),
        house.telemetry.corrections(KEY),
        house.telemetry.virtual_parts(("TWICE", "power")),
        {s.sensor_id: s for s in house.building.meters()},
        house.building.sensor("M"),
    )


@pytest.mark.parametrize(
    "act", [void, read_by_eye, calculate, change_parts, change_interval, register]
)
def test_without_its_audit_row_no_change_of_a_measurement_happens(
    metered: House, act: Callable[[House], None]
):
    before = stored(metered), remembered(metered)
    with metered.database.write() as c:
        c.execute(sa.text("ALTER TABLE audit_log RENAME TO audit_gone"))
    with pytest.raises(sa.exc.DBAPIError):
        act(metered)
    assert (stored(metered), remembered(metered)) == before
    with metered.database.write() as c:
        c.execute(sa.text("ALTER TABLE audit_gone RENAME TO audit_log"))
    act(metered)
    assert stored(metered) != before[0]


def test_without_its_audit_row_a_correction_is_not_withdrawn(metered: House):
    void(metered)
    (made,) = metered.telemetry.corrections(KEY)
    before = stored(metered)
    with metered.database.write() as c:
        c.execute(sa.text("ALTER TABLE audit_log RENAME TO audit_gone"))
    with pytest.raises(sa.exc.DBAPIError):
        metered.building.withdraw_correction(MANAGER, KEY, made.correction_id)
    assert stored(metered) == before
    assert metered.telemetry.corrections(KEY)[0].withdrawn_by is None


def test_a_correction_is_withdrawn_only_where_it_was_made(metered: House):
    void(metered)
    (made,) = metered.telemetry.corrections(KEY)
    read_by_eye(metered)
    with pytest.raises(Unknown):
        metered.building.withdraw_correction(MANAGER, ("GAS", "gas"), made.correction_id)
    assert metered.telemetry.corrections(KEY)[0].withdrawn_by is None


def test_a_calculated_meter_and_its_sensor_have_one_audit_row_each(metered: House):
    calculate(metered)
    with metered.database.read() as c:
        rows = fetch(c, "SELECT action, target FROM audit_log ORDER BY audit_id DESC LIMIT 2")
    assert {tuple(row) for row in rows} == {
        ("sensors.calculate", "sensor/TWICE"),
        ("sensors.create", "sensor/TWICE"),
    }
    (series,) = metered.telemetry.series(["TWICE"])
    assert (series.interval_s, series.virtual) == (30.0, True)
    assert metered.building.sensor("TWICE").status == "adopted"
