"""A recorded building comes back as it was measured: as history, over MQTT, as a live stream."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data_ingest import replay
from data_ingest.listener import Listener
from data_ingest.publishing import Publisher
from data_ingest.recording import Recording, read_recording
from domain.foundation.clock import FixedClock, SystemClock
from domain.foundation.intervals import Period, local_day
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.servers import Mosquitto
from tests.waiting import wait_until

LISBON = ZoneInfo("Europe/Lisbon")
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


def silent(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


def a_building(directory: Path, days: tuple[date, ...] = (SPRING, AUTUMN)) -> Path:
    """Write hourly rows of the day before, of, and after each given day, some cells empty."""
    lines = ["timestamp_utc,load_kw,pv_kw,temp_out_degc,price_import_usd_per_kwh,carbon_kg_per_kwh"]
    for day in days:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1, hours=1)
        for hour in range(74):
            at = start + timedelta(hours=hour)
            load = "" if hour == 40 else f"{2.1234 + hour % 24 * 0.377:.4f}"
            solar = f"{max(0, 6 - abs(at.hour - 12)) * 0.731:.4f}"
            lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{load},{solar},{hour % 9}.5,0.{hour % 7}1,0.2")
    path = directory / "building.csv"
    path.write_text("\n".join(lines))
    return path


def file_energy_kwh(recording: Recording, sensor_id: str, day: Period) -> float:
    """Sum what the file says for one day, row by row."""
    return sum(
        reading.value * recording.interval_ms / 3.6e6
        for row in recording.readings()
        for reading in row
        if reading.sensor_id == sensor_id and day.start_ms <= reading.ts_ms < day.end_ms
    )


@pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["23 hours", "25 hours"])
def test_daily_energy_equals_the_file_to_the_last_wh(
    house: House, tmp_path: Path, day: date
) -> None:
    recording = read_recording(a_building(tmp_path), "B")
    counts = replay.load_history(house, recording, 0, silent)
    assert counts["rejected"] == 0
    for offset in (-1, 0, 1):
        period = local_day(day + timedelta(days=offset), LISBON)
        keys = [("B_LOAD", "power"), ("B_PV", "generation"), ("B_MAIN", "power")]
        buckets = house.telemetry.energy_buckets(keys, period, "1d")
        for key in keys:
            (bucket,) = buckets[key]
            expected = file_energy_kwh(recording, key[0], period)
            assert bucket[1] == pytest.approx(expected, abs=5e-4), (key, period)


def test_every_column_becomes_its_series_and_a_second_run_changes_nothing(
    house: House, tmp_path: Path
) -> None:
    recording = read_recording(a_building(tmp_path), "B")
    first = replay.load_history(house, recording, 0, silent)
    second = replay.load_history(house, recording, 0, silent)
    assert second["duplicates"] == first["accepted"]
    assert second["accepted"] == second["corrected"] == 0
    assert {(series.sensor_id, series.metric) for series in house.telemetry.series()} == {
        ("B_LOAD", "power"),
        ("B_PV", "generation"),
        ("B_MAIN", "power"),
        ("B_TEMP_OUT", "temperature"),
        ("B_PRICE_IMPORT", "price"),
        ("B_CARBON", "carbon_intensity"),
    }
    assert house.telemetry.latest()["B_CARBON", "carbon_intensity"].value == 200.0
    assert house.building.sensor("B_MAIN").meter_role == "main"
    assert house.building.sensor("B_LOAD").meter_role == "none"


def test_history_over_mqtt_arrives_whole(
    house: House, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    recording = read_recording(a_building(tmp_path, (SPRING,)), "B")
    values = sum(len(row) for row in recording.readings())
    listener = Listener(house, mosquitto.url)
    listener.start()
    wait_until(lambda: listener.state()["subscribed"])
    try:
        with Publisher(mosquitto.url, "wattboard", "main") as publisher:
            replay.publish_history(publisher, recording, 0, silent)
        wait_until(lambda: listener.state()["stored"] == values)
        assert listener.state()["rejected"] == 0
    finally:
        listener.stop()


def test_a_live_stream_keeps_its_pace_and_states_its_interval(
    house: House, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    recording = read_recording(a_building(tmp_path, (SPRING,)), "B")
    values = sum(len(row) for row in recording.readings())
    listener = Listener(house, mosquitto.url)
    listener.start()
    wait_until(lambda: listener.state()["subscribed"])
    try:
        with Publisher(mosquitto.url, "wattboard", "main") as publisher:
            sent = replay.stream(
                publisher, recording, 0, 1e6, SystemClock(), threading.Event(), silent
            )
        assert sent == len(recording.starts_ms)
        wait_until(lambda: listener.state()["stored"] == values)
    finally:
        listener.stop()
    assert house.building.sensor("B_PV").meter_role == "generation"


class Collecting:
    """A publisher that keeps what it was given."""

    def __init__(self) -> None:
        self.times_s: list[float] = []

    def send(self, sensor_id: str, payload: str) -> None:
        if sensor_id == "B_PV":
            self.times_s.append(json.loads(payload)["timestamp"])

    def flush(self) -> None:
        """Everything is here already."""


def test_a_live_stream_shifted_to_now_follows_the_clock_hour_by_hour(tmp_path: Path) -> None:
    recording = read_recording(a_building(tmp_path, (SPRING,)), "B")
    clock = FixedClock(datetime(2026, 6, 14, 9, 30, tzinfo=UTC))
    shift_ms = replay.whole_weeks_to(recording, clock.now_ms(), live=True)
    stop, publisher = threading.Event(), Collecting()
    streaming = threading.Thread(
        target=replay.stream,
        args=(publisher, recording, shift_ms, 1e9, clock, stop, silent),
        daemon=True,
    )
    streaming.start()
    wait_until(lambda: len(publisher.times_s) == 1)
    clock.advance(3600)
    wait_until(lambda: len(publisher.times_s) == 2)
    stop.set()
    streaming.join(10)
    assert [datetime.fromtimestamp(at, UTC) for at in publisher.times_s] == [
        datetime(2026, 6, 14, 9, tzinfo=UTC),
        datetime(2026, 6, 14, 10, tzinfo=UTC),
    ]


def test_the_command_line_loads_a_year_into_a_fresh_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    arguments = [str(a_building(tmp_path)), "--sensor-prefix", "B", "--database-url", url]
    assert replay.main(arguments) == 0
    said = capsys.readouterr().err
    assert "USD taken one to one" in said
    assert "148 of 148 rows" in said
    settings = Settings.from_env(
        {"WATTBOARD_DATA_DIR": str(tmp_path), "WATTBOARD_DEMO": "0", "WATTBOARD_DATABASE_URL": url}
    )
    house = House.compose(settings, clock=SystemClock(), database=Database(url))
    assert house.telemetry.latest()["B_LOAD", "power"].value > 0
    house.close()


def test_the_command_line_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("timestamp_utc,load_kw,joy_index\n2026-01-01T00:00:00Z,1,2\n")
    assert replay.main([str(path), "--sensor-prefix", "B"]) == 2
    assert "joy_index" in capsys.readouterr().err
    assert replay.main([str(tmp_path / "none.csv"), "--sensor-prefix", "B"]) == 2
    assert "none.csv" in capsys.readouterr().err
