"""Values of feeds out of CSV and JSON, and what is refused by name."""

import json

import pytest

from domain.foundation.errors import InvalidInput
from domain.money.feed import FeedValue, Quantity
from domain.money.feed_reading import MOST_BYTES, read_values

HOUR = 3_600_000
MIDNIGHT = 1_781_568_000_000  # 2026-06-16T00:00:00Z


def csv_file(*lines: str, header: str = "timestamp_utc,price_import_eur_per_kwh") -> bytes:
    return "\n".join([header, *lines]).encode()


def price(*lines: str, **header: str) -> list[FeedValue]:
    return list(read_values(csv_file(*lines, **header), "import_price").values)


def refusal(body: bytes, quantity: Quantity = "import_price") -> tuple[list[str], str]:
    with pytest.raises(InvalidInput) as refused:
        read_values(body, quantity)
    return [error.field for error in refused.value.fields], refused.value.message


def json_body(*values: object) -> bytes:
    return json.dumps({"values": values}).encode()


def test_a_row_holds_until_the_next_and_the_last_as_long_as_the_one_before():
    assert price("2026-06-16T00:00:00Z,0.1", "2026-06-16T01:00:00Z,-0.02") == [
        (MIDNIGHT, MIDNIGHT + HOUR, 0.1),
        (MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR, -0.02),
    ]


def test_an_offset_is_a_time_like_z_and_rows_may_stand_out_of_order():
    found = price("2026-06-16T03:00:00+02:00,3", "2026-06-16T00:00:00Z,1", "2026-06-16T02:00:00Z,4")
    assert [(v.starts_ms - MIDNIGHT) // HOUR for v in found] == [0, 1, 2]
    assert [v.value for v in found] == [1, 3, 4]


def test_a_missing_row_or_cell_leaves_a_gap_and_is_told():
    body = csv_file(
        "2026-06-16T00:00:00Z,1",
        "2026-06-16T01:00:00Z,2",
        "2026-06-16T02:00:00Z,",
        "2026-06-16T04:00:00Z,3",
        "2026-06-16T05:00:00Z,4",
    )
    read = read_values(body, "import_price")
    assert [v.ends_ms - v.starts_ms for v in read.values] == [HOUR] * 4
    assert [(v.starts_ms - MIDNIGHT) // HOUR for v in read.values] == [0, 1, 4, 5]
    assert any("1 gaps" in notice for notice in read.notices)


def test_a_file_may_go_over_from_hours_to_quarter_hours():
    found = price(
        "2025-09-30T22:00:00Z,1",
        "2025-09-30T23:00:00Z,2",
        "2025-10-01T00:00:00Z,3",
        "2025-10-01T00:15:00Z,4",
        "2025-10-01T00:30:00Z,5",
    )
    assert [(v.ends_ms - v.starts_ms) // 60_000 for v in found] == [60, 60, 15, 15, 15]


def test_the_same_row_twice_is_taken_once_and_two_that_disagree_are_refused():
    read = read_values(
        csv_file("2026-06-16T00:00:00Z,1", "2026-06-16T00:00:00Z,1", "2026-06-16T01:00:00Z,2"),
        "import_price",
    )
    assert len(read.values) == 2
    assert any("1 repeated" in notice for notice in read.notices)
    places, words = refusal(
        csv_file("2026-06-16T00:00:00Z,1", "2026-06-16T01:00:00Z,2", "2026-06-16T00:00:00Z,3")
    )
    assert places == ["line 4"]
    assert "line 2" in words


def test_one_row_alone_does_not_say_how_long_it_holds():
    places, words = refusal(csv_file("2026-06-16T00:00:00Z,1"))
    assert places == ["line 2"]
    assert "give an end" in words


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("price_import_eur_per_kwh", 1.0),
        ("price_import_gbp_per_mwh", 0.001),
        ("price_usd_per_kwh", 1.0),
        ("price_day_ahead_eur_per_mwh", 0.001),
    ],
)
def test_the_unit_stands_in_the_header(header: str, factor: float):
    found = price(
        "2026-06-16T00:00:00Z,90", "2026-06-16T01:00:00Z,80", header=f"timestamp_utc,{header}"
    )
    assert [v.value for v in found] == pytest.approx([90 * factor, 80 * factor])


@pytest.mark.parametrize(
    ("header", "grams"),
    [("carbon_kg_per_kwh", 150.0), ("carbon_g_per_kwh", 0.15), ("co2_grid_kg_per_mwh", 0.15)],
)
def test_carbon_becomes_grams_for_each_kwh(header: str, grams: float):
    body = csv_file(
        "2026-06-16T00:00:00Z,0.15", "2026-06-16T01:00:00Z,0.15", header=f"timestamp_utc,{header}"
    )
    assert [v.value for v in read_values(body, "carbon").values] == pytest.approx([grams] * 2)


def test_a_recorded_building_gives_the_one_column_it_is_asked_for():
    header = "timestamp_utc,load_kw,price_import_gbp_per_kwh,carbon_kg_per_kwh,rh_pct"
    body = csv_file(
        "2019-01-01T00:00:00Z,230,0.11,0.2,80",
        "2019-01-01T01:00:00Z,,0.12,0.21,81",
        header=header,
    )
    read = read_values(body, "import_price")
    assert [v.value for v in read.values] == [0.11, 0.12]
    assert "GBP" in read.notices[0]
    assert "load_kw, carbon_kg_per_kwh, rh_pct" in read.notices[1]
    assert [v.value for v in read_values(body, "carbon").values] == [200, 210]


@pytest.mark.parametrize(
    ("header", "quantity", "named"),
    [
        ("timestamp_utc,price_import_eur", "import_price", ["price_import_eur"]),
        ("timestamp_utc,price_import_ct_per_kwh", "import_price", ["price_import_ct_per_kwh"]),
        ("timestamp_utc,carbon_kg_per_mj", "carbon", ["carbon_kg_per_mj"]),
        ("timestamp_utc,price_export_eur_per_kwh", "import_price", ["file"]),
        ("timestamp_utc,load_kw", "carbon", ["file"]),
        ("timestamp_utc,price_a_eur_per_kwh,price_b_eur_per_kwh", "import_price", ["file"]),
        ("time,price_import_eur_per_kwh", "import_price", ["time"]),
        ("", "import_price", ["file"]),
    ],
)
def test_a_column_that_cannot_be_used_is_refused_by_name(
    header: str, quantity: Quantity, named: list[str]
):
    body = csv_file("2026-06-16T00:00:00Z,1,1", header=header)
    assert refusal(body, quantity)[0] == named


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("2026-06-16T00:00:00,1", "line 2"),  # no zone
        ("2026-06-16,1", "line 2"),
        ("16/06/2026 00:00,1", "line 2"),
        ("1999-12-31T23:00:00Z,1", "line 2"),
        ("2101-01-01T00:00:00Z,1", "line 2"),
        ("2026-06-16T00:00:00Z,NaN", "line 2, price_import_eur_per_kwh"),
        ("2026-06-16T00:00:00Z,inf", "line 2, price_import_eur_per_kwh"),
        ("2026-06-16T00:00:00Z,cheap", "line 2, price_import_eur_per_kwh"),
        ('2026-06-16T00:00:00Z,"0,12"', "line 2, price_import_eur_per_kwh"),
        ("2026-06-16T00:00:00Z,101", "line 2, price_import_eur_per_kwh"),
        ("2026-06-16T00:00:00Z", "line 2"),
        ("2026-06-16T00:00:00Z,1,2", "line 2"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_by_its_place(line: str, place: str):
    assert refusal(csv_file(line, "2026-06-16T01:00:00Z,1"))[0] == [place]


def test_no_more_faults_are_told_than_a_person_reads():
    lines = [f"2026-06-16T{hour:02d}:00:00,1" for hour in range(24)]
    assert refusal(csv_file(*lines))[0] == [f"line {n}" for n in range(2, 7)]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe\x00", b"timestamp_utc,price_eur_per_kwh\n", b"{", b"[]", b'{"values": 1}'],
)
def test_what_is_no_file_of_values_is_refused(body: bytes):
    refusal(body)


def test_a_file_that_is_too_large_is_not_read():
    assert refusal(b"x" * (MOST_BYTES + 1))[0] == ["file"]


def test_json_says_the_end_or_leaves_it_to_the_next():
    body = json_body(
        {"start": "2026-06-16T00:00:00Z", "price_eur_per_kwh": 0.1},
        {"start": "2026-06-16T01:00:00Z", "end": "2026-06-16T01:15:00Z", "price_eur_per_mwh": 90},
    )
    read = read_values(body, "export_price")
    assert read.values == (
        (MIDNIGHT, MIDNIGHT + HOUR, 0.1),
        (MIDNIGHT + HOUR, MIDNIGHT + HOUR + 900_000, 0.09),
    )
    assert "EUR" in read.notices[0]
    carbon = json_body({"start": "2026-06-16T00:00Z", "end": "2026-06-17T00:00Z", "g_per_kwh": 150})
    assert read_values(carbon, "carbon").values == ((MIDNIGHT, MIDNIGHT + 24 * HOUR, 150.0),)


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"start": "2026-06-16T00:00:00", "price_eur_per_kwh": 1}, "values[0].start"),
        ({"price_eur_per_kwh": 1}, "values[0].start"),
        ({"start": 1781568000, "price_eur_per_kwh": 1}, "values[0].start"),
        ({"start": "2026-06-16T00:00Z", "price": 1}, "values[0]"),
        ({"start": "2026-06-16T00:00Z", "g_per_kwh": 1}, "values[0]"),
        ({"start": "2026-06-16T00:00Z"}, "values[0]"),
        (
            {"start": "2026-06-16T00:00Z", "price_eur_per_kwh": "dear"},
            "values[0].price_eur_per_kwh",
        ),
        ({"start": "2026-06-16T00:00Z", "price_eur_per_kwh": True}, "values[0].price_eur_per_kwh"),
        ({"start": "2026-06-16T00:00Z", "price_eur_per_kwh": None}, "values[0].price_eur_per_kwh"),
        (
            {"start": "2026-06-16T01:00Z", "end": "2026-06-16T01:00Z", "price_eur_per_kwh": 1},
            "values[0].end",
        ),
        (
            {"start": "2026-06-16T01:00Z", "end": "2027-06-18T01:00Z", "price_eur_per_kwh": 1},
            "values[0].end",
        ),
        ("0.1", "values[0]"),
    ],
)
def test_a_value_of_json_that_cannot_be_used_is_refused_by_its_place(entry: object, place: str):
    assert refusal(json_body(entry))[0] == [place]


def test_values_that_overlap_are_refused():
    places, words = refusal(
        json_body(
            {"start": "2026-06-16T00:00Z", "end": "2026-06-16T02:00Z", "price_eur_per_kwh": 1},
            {"start": "2026-06-16T01:00Z", "end": "2026-06-16T02:00Z", "price_eur_per_kwh": 2},
        )
    )
    assert places == ["values[0]"]
    assert "overlaps values[1]" in words
