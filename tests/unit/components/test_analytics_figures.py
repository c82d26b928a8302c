"""Figures of analyses: readable by lightness alone, honest about zero and about gaps."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from components import tokens
from components.heat_map import heat_map, scale
from components.xy_figures import Axis, group_marks, profiles, scatter, sorted_curve
from tests.unit.components.test_tokens import contrast

LISBON = ZoneInfo("Europe/Lisbon")
KW = Axis("kW")
DEGREES = Axis("°C", from_zero=False)
HUES = ("consumption", "solar", "import", "export", "charging", "discharging")


def days(count: int) -> list[date]:
    return [date(2026, 1, 1) + timedelta(days=at) for at in range(count)]


def mixed(low: str, high: str, share: float) -> str:
    parts = [(int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in parts)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("hue", HUES)
def test_the_scale_gets_steadily_stronger_against_its_ground(theme: str, hue: str):
    (_, low), (_, high) = tokens.resolve(scale(hue), theme)
    steps = [contrast(mixed(low, high, at / 10), low) for at in range(11)]
    assert all(before < after for before, after in pairwise(steps))
    assert steps[-1] >= 2.5


@pytest.mark.parametrize(("count", "ticks"), [(1, 1), (7, 7), (31, 4), (365, 12), (1095, 12)])
def test_days_are_named_as_often_as_there_is_room(count: int, ticks: int):
    cells = [[1.0] * 24] * count
    figure = heat_map(days(count), cells, LISBON, token="solar", unit="kW", decimals=1)
    assert len(figure["layout"]["xaxis"]["tickvals"]) in (ticks, ticks + 1)


def test_an_hour_that_was_not_measured_has_no_cell():
    cells = [[None, *([2.0] * 23)]]
    figure = heat_map(days(1), cells, LISBON, token="solar", unit="kW", decimals=1)
    trace = figure["data"][0]
    assert [row[0] for row in trace["z"]][:2] == [None, 2.0]
    assert trace["hoverongaps"] is False


def test_bars_stand_on_zero_and_temperatures_are_no_bars():
    energy = group_marks(["a", "b"], [400.0, 410.0], KW, LISBON)
    assert energy["data"][0]["type"] == "bar"
    assert energy["layout"]["yaxis"]["range"][0] <= 0
    degrees = group_marks(["a", "b"], [21.0, 22.0], DEGREES, LISBON)
    assert degrees["data"][0]["type"] == "scatter"
    assert degrees["layout"]["yaxis"]["range"][0] > 0


def test_frost_keeps_its_minus_on_both_axes():
    figure = scatter([-8.0, 12.0], [-3.0, 4.0], ["", ""], (DEGREES, DEGREES), LISBON)
    for axis in ("xaxis", "yaxis"):
        assert any(words.startswith("−") for words in figure["layout"][axis]["ticktext"])


def test_a_gap_in_a_profile_stays_open():
    values = [1.0, None, 3.0] * 8
    labels = [f"{at:02d}:00" for at in range(24)]
    figure = profiles(
        labels, values, values, KW, LISBON, names=("June", "May"), token="consumption"
    )
    assert all(trace["connectgaps"] is False for trace in figure["data"])
    assert figure["data"][1]["y"][1] is None


def test_every_colour_of_every_figure_is_a_token():
    figures = [
        sorted_curve([0.5, 1.0], [2.0, 1.0], KW, LISBON, token="import"),
        scatter([1.0], [2.0], [""], (KW, KW), LISBON),
        heat_map(days(2), [[1.0] * 24] * 2, LISBON, token="export", unit="kW", decimals=1),
    ]
    for figure in figures:
        assert "token:" not in repr(tokens.resolve(figure, "dark"))
