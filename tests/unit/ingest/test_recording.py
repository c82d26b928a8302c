"""A recorded building: what its columns are, and that nothing of it is guessed silently."""

from pathlib import Path

import pytest

from data_ingest.recording import Recording, read_header, read_recording
from data_ingest.replay import whole_weeks_to
from domain.foundation.errors import InvalidInput

HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS


def a_file(directory: Path, text: str) -> Path:
    path = directory / "building.csv"
    path.write_text(text, encoding="utf-8")
    return path


def a_recording(directory: Path, headers: str, *rows: str) -> Recording:
    lines = [f"2026-01-01T{hour:02}:00:00Z,{row}" for hour, row in enumerate(rows)]
    return read_recording(a_file(directory, f"timestamp_utc,{headers}\n" + "\n".join(lines)), "X")


@pytest.mark.parametrize(
    ("header", "sensor_id", "metric"),
    [
        ("load_kw", "X_LOAD", "power"),
        ("pv_kw", "X_PV", "generation"),
        ("pv_model_kw", "X_PV_MODEL", "generation"),
        ("heating_thermal_kw", "X_HEATING_THERMAL", "power"),
        ("temp_out_degc", "X_TEMP_OUT", "temperature"),
        ("rh_tmy_pct", "X_RH_TMY", "humidity"),
        ("soc_pct", "X_SOC", "soc"),
        ("ghi_w_per_m2", "X_GHI", "irradiance"),
        ("price_import_usd_per_kwh", "X_PRICE_IMPORT", "price"),
        ("carbon_kg_per_kwh", "X_CARBON", "carbon_intensity"),
    ],
)
def test_the_suffix_says_what_a_column_is(header: str, sensor_id: str, metric: str) -> None:
    (column,) = read_header(["timestamp_utc", header], "X")
    assert (column.sensor_id, column.metric) == (sensor_id, metric)


def test_unknown_suffixes_are_refused_by_name_all_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_header(["timestamp_utc", "load_kw", "x_furlongs", "y_pct", "z_usd_per_kwh"], "X")
    assert [error.field for error in caught.value.fields] == [
        "x_furlongs",
        "y_pct",
        "z_usd_per_kwh",
    ]
    assert "x_furlongs" in caught.value.message


def test_the_first_column_is_the_time() -> None:
    with pytest.raises(InvalidInput, match="timestamp_utc"):
        read_header(["time", "load_kw"], "X")


def test_values_come_in_default_units_and_empty_cells_are_missing(tmp_path: Path) -> None:
    recording = a_recording(
        tmp_path, "load_w,price_usd_per_mwh,carbon_kg_per_kwh,use_kwh", "1500,80,0.2,3", ",,,"
    )
    first, second = recording.readings()
    assert [reading.value for reading in first] == pytest.approx([1.5, 0.08, 200.0, 3.0])
    assert second == []
    assert {reading.interval_ms for reading in first} == {HOUR_MS}


def test_a_foreign_currency_is_taken_one_to_one_with_a_notice(tmp_path: Path) -> None:
    recording = a_recording(tmp_path, "price_import_gbp_per_kwh", "0.2", "0.3")
    assert recording.notices == [
        "price_import_gbp_per_kwh: GBP taken one to one as the building's currency."
    ]


def test_beside_generation_the_main_meter_is_load_less_generation(tmp_path: Path) -> None:
    recording = a_recording(tmp_path, "load_kw,pv_kw", "5,2", "5,", "1,4")
    grid = [r.value for row in recording.readings() for r in row if r.sensor_id == "X_MAIN"]
    assert grid == [3.0, -3.0]
    roles = {name: hints.get("meter_role") for name, hints in recording.hints.items()}
    assert roles == {"X_LOAD": "none", "X_PV": "generation", "X_MAIN": "main"}


def test_without_generation_the_load_is_the_main_meter(tmp_path: Path) -> None:
    recording = a_recording(tmp_path, "load_kw,lighting_kw,heating_thermal_kw", "5,2,9", "5,2,9")
    roles = {name: hints.get("meter_role") for name, hints in recording.hints.items()}
    assert roles == {"X_LOAD": "main", "X_LIGHTING": "submeter", "X_HEATING_THERMAL": "none"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timestamp_utc,load_kw\n2026-01-01T00:00:00Z,nan\n2026-01-01T01:00:00Z,1", "Line 2"),
        ("timestamp_utc,load_kw\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,x", "Line 3"),
        ("timestamp_utc,load_kw\n2026-01-01T00:00:00Z,1,2\n", "Line 2"),
        ("timestamp_utc,load_kw\nyesterday,1\n", "Line 2"),
        ("timestamp_utc,load_kw\n2026-01-01T00:00:00Z,1\n", "at least two rows"),
        ("", "timestamp_utc"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_recording(a_file(tmp_path, text), "X")


def test_as_now_shifts_by_whole_weeks_and_ends_before_now(tmp_path: Path) -> None:
    recording = a_recording(tmp_path, "load_kw", *["1"] * 24)
    now_ms = recording.starts_ms[-1] + 100 * WEEK_MS + 12345
    history = whole_weeks_to(recording, now_ms, live=False)
    assert history % WEEK_MS == 0
    assert 0 <= now_ms - (recording.starts_ms[-1] + HOUR_MS + history) < WEEK_MS
    live = whole_weeks_to(recording, now_ms, live=True)
    assert live % WEEK_MS == 0
    assert 0 <= now_ms - (recording.starts_ms[0] + live) < WEEK_MS
