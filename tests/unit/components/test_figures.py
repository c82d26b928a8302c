"""Figures are plain lists, leave gaps open, and their time axis tells the building's hours."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components import tokens
from components.axes import nice_scale, time_ticks
from components.energy_figures import BarSeries, DayCurve, bars, day_curve
from components.figures import Line, Strip, strips
from components.lines import area

LISBON = ZoneInfo("Europe/Lisbon")
MINUTE, HOUR = 60_000, 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


DAY = (ms("2026-06-17T23:00"), ms("2026-06-18T23:00"))


def test_a_day_has_a_tick_every_three_hours_and_its_ends_inside() -> None:
    ticks = time_ticks(*DAY, LISBON)
    assert ticks.words == ["03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert (ticks.first, ticks.last) == ("00:00", "24:00")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-29T00:00", "2026-03-29T23:00", 23),
        ("2026-10-24T23:00", "2026-10-26T00:00", 25),
    ],
)
def test_a_day_of_23_or_25_hours_is_as_long_as_it_was(start: str, end: str, hours: int) -> None:
    ticks = time_ticks(ms(start), ms(end), LISBON)
    assert ticks.words == ["03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert (ticks.first, ticks.last) == ("00:00", "24:00")
    assert ticks.places[0] - ms(start) == (hours - 21) * HOUR
    assert ms(end) - ticks.places[-1] == 3 * HOUR


def test_a_week_names_its_days_a_month_its_weeks_a_year_its_months() -> None:
    week = time_ticks(ms("2026-06-14T23:00"), ms("2026-06-21T23:00"), LISBON)
    assert week.words[0] == "Mon 15"
    assert len(week.words) == 7
    month = time_ticks(ms("2026-05-31T23:00"), ms("2026-06-30T23:00"), LISBON)
    assert month.words == ["1 Jun", "8 Jun", "15 Jun", "22 Jun", "29 Jun"]
    year = time_ticks(ms("2026-01-01T00:00"), ms("2027-01-01T00:00"), LISBON)
    assert year.words[::11] == ["Jan", "Dec"]


@pytest.mark.parametrize(
    ("low", "high", "from_zero", "ticks"),
    [
        (0, 83.6, True, [0, 25, 50, 75, 100]),
        (22.4, 26.4, False, [22, 24, 26, 28]),
        (-28.0, 88.0, True, [-25, 0, 25, 50, 75, 100]),
        (0, 0, True, [0, 0.4, 0.8, 1.2]),
    ],
)
def test_an_axis_has_three_to_six_round_lines(
    low: float, high: float, from_zero: bool, ticks: list[float]
) -> None:
    scale = nice_scale(low, high, lines=5 if from_zero and high > 80 else 4, from_zero=from_zero)
    assert scale.ticks == pytest.approx(ticks)
    assert scale.low <= low
    assert scale.high >= high
    assert all(not word.startswith("−") for word in scale.words)


def test_an_area_leaves_a_gap_open() -> None:
    shape = area([0, 1, 2, 3, 4], [0, 0, None, 0, 0], [1, 2, None, 3, 4], token="solar", alpha=0.5)
    assert shape["x"] == [0, 1, 1, 0, 0, None, 3, 4, 4, 3, 3]
    assert shape["y"] == [1, 2, 0, 0, 1, None, 3, 4, 0, 0, 3]


def _strip(values: list[float | None], **more: Any) -> Strip:
    ts = [DAY[0] + i * 15 * MINUTE for i in range(len(values))]
    return Strip("Power", [Line("Today", ts, values, bucket_s=900, **more)], fmt="kw", unit="kW")


def test_a_gap_longer_than_half_an_hour_says_so_once() -> None:
    values = [1.0, 1.0, None, None, None, 1.0, 1.0]
    figure = strips([_strip(values), _strip(values)], *DAY, LISBON)
    said = [note["text"] for note in figure["layout"]["annotations"] if "no data" in note["text"]]
    assert said == ["no data 45 min"]
    assert figure["data"][0]["connectgaps"] is False


def test_a_short_gap_is_only_left_open() -> None:
    figure = strips([_strip([1.0, None, 1.0])], *DAY, LISBON)
    assert not [n for n in figure["layout"]["annotations"] if "no data" in n["text"]]
    assert figure["data"][0]["y"] == [1.0, None, 1.0]


def test_strips_share_one_axis_and_the_line_of_now() -> None:
    now = DAY[0] + 14 * HOUR
    figure = strips([_strip([1.0]), _strip([2.0]), _strip([3.0])], *DAY, LISBON, now_ms=now)
    layout = figure["layout"]
    assert {"xaxis", "yaxis", "yaxis2", "yaxis3"} <= set(layout)
    assert "xaxis2" not in layout
    assert [s["yref"] for s in layout["shapes"] if s.get("name") == "now"] == [
        "y domain",
        "y2 domain",
        "y3 domain",
    ]


def test_a_moment_outside_the_period_draws_no_now() -> None:
    figure = strips([_strip([1.0])], *DAY, LISBON, now_ms=DAY[1] + 1)
    assert not [shape for shape in figure["layout"]["shapes"] if shape.get("name") == "now"]


def test_a_compared_period_is_dashed_where_it_was_laid() -> None:
    line = Line("Wed", [DAY[0]], [1.0], compared=True)
    figure = strips([Strip("Power", [line])], *DAY, LISBON)
    assert figure["data"][0]["x"] == [DAY[0]]
    assert figure["data"][0]["line"]["dash"] == "2px,3px"


def _curve(**changes: Any) -> DayCurve:
    slots = {
        "ts_ms": [DAY[0], DAY[0] + 15 * MINUTE], "bucket_s": 900, "consumption": [10.0, 12.0],
        "generation": [0.0, 8.0], "solar_used": [0.0, 8.0], "discharge_used": [4.0, 0.0],
        "import_used": [6.0, 4.0], "charging": [0.0, 0.0], "exporting": [0.0, 3.0],
    }  # fmt: skip
    return DayCurve(**(slots | changes))


def _trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    found = [t for t in figure["data"] if t.get("name") == name]
    assert found
    return found[0]


def test_the_stack_ends_at_the_consumption() -> None:
    figure = day_curve(_curve(), *DAY, LISBON)
    imported = next(t for t in figure["data"] if t["meta"].get("of") == "Import")
    assert max(y for y in imported["y"] if y is not None) == 12.0
    assert _trace(figure, "Import")["y"] == [6.0, 4.0]


def test_export_hangs_below_the_line_and_is_read_without_a_sign() -> None:
    figure = day_curve(_curve(), *DAY, LISBON)
    exported = next(t for t in figure["data"] if t["meta"].get("of") == "Export")
    assert min(y for y in exported["y"] if y is not None) == -3.0
    assert _trace(figure, "Export")["y"] == [0.0, 3.0]
    assert figure["layout"]["yaxis"]["range"][0] < -3.0


def test_an_unknown_slot_is_a_gap_in_line_and_stack() -> None:
    figure = day_curve(_curve(consumption=[10.0, None]), *DAY, LISBON)
    assert _trace(figure, "Consumption")["y"] == [10.0, None]
    assert _trace(figure, "Import")["y"] == [6.0, None]


def test_the_running_slot_stands_at_now_not_in_the_future() -> None:
    now = DAY[0] + 20 * MINUTE
    figure = day_curve(_curve(), *DAY, LISBON, now_ms=now)
    assert _trace(figure, "Consumption")["x"][-1] == now
    pill = next(n for n in figure["layout"]["annotations"] if n.get("name") == "now")
    assert pill["text"] == "<b>00:20</b>"


def test_a_day_without_data_is_an_empty_frame() -> None:
    empty = _curve(**{name: [] for name in DayCurve.__dataclass_fields__ if name not in
                      ("bucket_s", "compared")})  # fmt: skip
    figure = day_curve(empty, *DAY, LISBON, now_ms=DAY[0] + 1)
    assert _trace(figure, "Consumption")["x"] == []


def test_bars_are_as_wide_as_their_buckets() -> None:
    starts = [ms("2026-03-28T00:00"), ms("2026-03-29T00:00")]
    ends = [ms("2026-03-29T00:00"), ms("2026-03-29T23:00")]
    figure = bars(starts, ends, [BarSeries("Import", [5.0, 4.0], "import")], LISBON)
    wide = figure["data"][0]["width"]
    assert wide[1] / wide[0] == pytest.approx(23 / 24)


def test_figures_are_lists_and_token_names_so_that_they_extend_and_follow_the_theme() -> None:
    figure = day_curve(_curve(), *DAY, LISBON, now_ms=DAY[0] + HOUR)
    json.dumps(figure, allow_nan=False)
    assert all(isinstance(trace["x"], list) for trace in figure["data"])
    assert "#" not in json.dumps(figure)
    assert "token:" not in json.dumps(tokens.resolve(figure, "dark"))
