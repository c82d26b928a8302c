"""The address of an export, made of what the dialog says."""

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from pages import _export_form as view

LISBON = ZoneInfo("Europe/Lisbon")
DAYS = ("2026-06-09", "2026-06-16")


def asked(offered: view.Offer) -> dict[str, str]:
    assert not offered.refused
    return {name: values[0] for name, values in parse_qs(urlsplit(offered.href).query).items()}


def test_days_are_whole_days_of_the_building() -> None:
    found = asked(view.offer(None, DAYS, "auto", "xlsx", LISBON))
    assert found == {
        "start_time": "2026-06-08T23:00:00Z",
        "end_time": "2026-06-16T23:00:00Z",
        "resolution": "auto",
        "format": "xlsx",
    }


def test_chosen_sensors_and_the_dialect_of_excel_are_asked_for() -> None:
    offered = view.offer(["A", "B"], DAYS, "1h", "excel", LISBON)
    found = asked(offered)
    assert (found["sensors"], found["resolution"]) == ("A,B", "1h")
    assert (found["format"], found["dialect"]) == ("csv", "excel")
    assert offered.what == "Readings of 2 sensors as CSV for Excel"


def test_what_the_form_does_not_offer_falls_back_to_the_usual() -> None:
    found = asked(view.offer(None, DAYS, "5min", "exe", LISBON))
    assert (found["resolution"], found["format"]) == ("auto", "csv")


@pytest.mark.parametrize(
    ("sensor_ids", "days", "words"),
    [
        (None, ("2026-06-09", None), "Say the first"),
        (None, ("2026-06-09", "yesterday"), "Say the first"),
        (None, ("2026-06-09", "2026-06-08"), "at or after"),
        (None, ("1996-06-09", "2026-06-08"), "within 20 years"),
        ([], DAYS, "No sensor"),
        ([f"SENSOR_{n:03}" for n in range(400)], DAYS, "400 sensors are too many for one file"),
    ],
)
def test_what_cannot_be_a_file_is_refused_in_words(
    sensor_ids: list[str] | None, days: tuple[str | None, str | None], words: str
) -> None:
    offered = view.offer(sensor_ids, days, "auto", "csv", LISBON)
    assert words in offered.refused
    assert not offered.href
