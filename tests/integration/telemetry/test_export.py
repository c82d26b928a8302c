import csv
import io

import pytest

from domain.foundation.clock import FixedClock
from domain.foundation.contract import Contract, under
from domain.foundation.errors import InvalidInput
from domain.foundation.intervals import Period
from domain.telemetry import sheets
from domain.telemetry.export import COLUMNS, Labelled
from domain.telemetry.exports import Wanted
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.test_settle import HOUR, MINUTE

KEY = ("T", "temperature")


def text(telemetry: Telemetry, keys, period: Period, **how) -> str:
    return b"".join(telemetry.csv(keys, period, **how)).decode("utf-8")


@pytest.fixture
def start(telemetry: Telemetry, clock: FixedClock) -> int:
    start = clock.now_ms() - HOUR
    telemetry.ingest(
        [Reading("T", "temperature", start + n * MINUTE, 20.0 + n / 8) for n in range(60)]
    )
    telemetry.settle()
    return start


def test_readings_are_exported_with_both_times_and_their_marks(telemetry: Telemetry, start: int):
    telemetry.ingest([Reading("T", "temperature", start + 500, 999.0)])
    telemetry.ingest([Reading("T", "temperature", start + MINUTE, 3.5)])
    whole = text(telemetry, [Labelled(KEY, "Lab, west")], Period.of_ms(start, start + 3 * MINUTE))
    assert whole.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(whole)))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "timestamp_utc": "2026-06-16T08:00:00.000Z",
        "timestamp_local": "2026-06-16T09:00:00.000+01:00",
        "room": "Lab, west",
        "sensor_id": "T",
        "metric": "temperature",
        "value": "20.0",
        "unit": "°C",
        "min": "",
        "max": "",
        "quality": "ok",
    }
    assert [(r["value"], r["quality"]) for r in rows[1:]] == [
        ("999.0", "out_of_range"),
        ("3.5", "corrected"),
        ("20.25", "ok"),
    ]


def test_whole_seconds_have_no_fraction(telemetry: Telemetry, start: int):
    period = Period.of_ms(start, start + MINUTE)
    line = text(telemetry, [Labelled(KEY, "Lab")], period).splitlines()[1]
    assert line.startswith("2026-06-16T08:00:00Z,2026-06-16T09:00:00+01:00,Lab,T,temperature,20.0")


def test_excel_gets_its_mark_semicolons_and_decimal_commas(telemetry: Telemetry, start: int):
    period = Period.of_ms(start, start + 2 * MINUTE)
    whole = text(telemetry, [Labelled(KEY, "Lab")], period, dialect="excel")
    assert whole.startswith("\ufefftimestamp_utc;timestamp_local;")
    assert whole.splitlines()[2].split(";")[5] == "20,125"


def test_quarter_hours_have_extremes_and_say_what_is_missing(
    telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - HOUR
    telemetry.set_interval("M", 60.0)
    telemetry.ingest(
        [Reading("M", "power", start + n * MINUTE, float(n)) for n in range(60) if not 20 < n < 40]
    )
    telemetry.settle()
    period = Period.of_ms(start, start + HOUR)
    whole = text(telemetry, [Labelled(("M", "power"), "Lab")], period, level="15min")
    rows = [
        (r["value"], r["min"], r["max"], r["quality"]) for r in csv.DictReader(io.StringIO(whole))
    ]
    assert rows[0] == ("7.0", "0.0", "14.0", "ok")
    assert [r[3] for r in rows] == ["ok", "partial", "partial", "ok"]


def test_findings_stand_beside_the_values_they_are_about(telemetry: Telemetry, start: int):
    telemetry.ingest([Reading("T", "temperature", start + 30 * MINUTE + 1000, 60.0)])
    telemetry.check_quality()
    whole = text(telemetry, [Labelled(KEY, "Lab")], Period.of_ms(start, start + HOUR))
    marked = [r["value"] for r in csv.DictReader(io.StringIO(whole)) if r["quality"] == "jump"]
    assert "60.0" in marked
    assert len(marked) <= 3


def test_text_that_a_spreadsheet_would_run_is_disarmed(telemetry: Telemetry, clock: FixedClock):
    now = clock.now_ms()
    telemetry.ingest([Reading("-1-1", "power", now, -2.0)])
    keys = [Labelled(("-1-1", "power"), '=HYPERLINK("x")')]
    line = text(telemetry, keys, Period.of_ms(now, now + 1)).splitlines()[1]
    assert line.split(",")[2:6] == ['"\'=HYPERLINK(""x"")"', "'-1-1", "power", "-2.0"]


def test_pages_join_without_a_seam(
    telemetry: Telemetry, start: int, monkeypatch: pytest.MonkeyPatch
):
    period = Period.of_ms(start, start + HOUR)
    whole = text(telemetry, [Labelled(KEY, "Lab")], period)
    monkeypatch.setattr(sheets, "PAGE", 7)
    assert text(telemetry, [Labelled(KEY, "Lab")], period) == whole
    assert len(list(telemetry.csv([Labelled(KEY, "Lab")], period))) == 1 + 9


def test_an_unknown_dialect_is_refused(telemetry: Telemetry, start: int):
    with pytest.raises(InvalidInput):
        text(telemetry, [], Period.of_ms(start, start + 1), dialect="tsv")


def test_void_readings_are_not_exported_and_replaced_ones_are_marked(
    telemetry: Telemetry, start: int
):
    span = Period.of_ms(start, start + 2 * MINUTE)
    telemetry.correct("ana", KEY, span, "void", None, "cleaning")
    span = Period.of_ms(start + 2 * MINUTE, start + 3 * MINUTE)
    telemetry.correct("ana", KEY, span, "replace", 5.0, "cleaning")
    whole = text(telemetry, [Labelled(KEY, "Lab")], Period.of_ms(start, start + 4 * MINUTE))
    rows = [(r["value"], r["quality"]) for r in csv.DictReader(io.StringIO(whole))]
    assert rows == [("5.0", "replaced"), ("20.375", "ok")]


@pytest.mark.parametrize("level", ["raw", "15min", "1h", "1d", "auto"])
def test_a_file_tells_beforehand_about_how_many_rows_it_has(
    telemetry: Telemetry, clock: FixedClock, level: str
):
    days, start = 40, clock.now_ms() - 40 * 24 * HOUR
    telemetry.set_interval("T", 900.0)
    telemetry.ingest(
        [
            Reading(*KEY, start + n * 15 * MINUTE, n % 8 / 8, interval_ms=15 * MINUTE)
            for n in range(days * 96)
        ]
    )
    telemetry.settle()
    for first in (start, clock.now_ms() - 2 * 24 * HOUR):
        period = Period.of_ms(first, clock.now_ms())
        wanted = Wanted([Labelled(KEY, "Lab")], period, level)
        lines = b"".join(telemetry.export(wanted).pieces).count(b"\n") - 1
        about = telemetry.export(wanted).rows_about
        assert about == pytest.approx(lines, rel=0.05, abs=1), first


def test_nothing_is_told_of_rows_that_are_not_there_or_withheld(telemetry: Telemetry, start: int):
    whole = Period.of_ms(start, start + HOUR)
    assert telemetry.rows_about([KEY], whole, "raw") == 60
    assert telemetry.rows_about([("NONE", "power")], whole) is None
    assert telemetry.rows_about([KEY], Period.of_ms(start - HOUR, start)) is None
    for contract in (Contract(embargo_minutes=30), Contract(time_aggregation="15minutes")):
        with under(contract):
            assert telemetry.rows_about([KEY], whole) is None
            wanted = Wanted([Labelled(KEY, "Lab")], whole)
            assert telemetry.export(wanted).rows_about is None
