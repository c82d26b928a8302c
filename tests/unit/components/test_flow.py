"""The flow picture: as wide as its kW, nothing invented, alike in browser and server."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components import flow, flow_geometry

ROOT = Path(__file__).parents[3]
NOON: dict[str, Any] = {
    "consumption_kw": 52.6, "generation_kw": 78.4, "charging_kw": 18.0, "discharging_kw": 0.0,
    "import_kw": 0.0, "export_kw": 7.8, "in_kw": 78.4, "out_kw": 78.4, "unmetered_kw": 1.6,
    "soc_percent": 65.0,
    "uses": {"climate": 22.4, "equipment": 18.6, "lighting": 5.1, "kitchen": 3.1, "other": 1.8},
    "flows": {"solar_building": 52.6, "solar_battery": 18.0, "solar_grid": 7.8},
    "grid_word": "exporting", "battery_word": "charging", "solar_word": "generating",
    "building_word": "consuming", "state": "fresh",
}  # fmt: skip
EVENING = NOON | {
    "flows": {"solar_building": 11.8, "battery_building": 24.0, "grid_building": 11.7},
    "consumption_kw": 47.5,
    "estimated": True,
    "estimated_nodes": ["building", "grid"],
}
NIGHT = NOON | {"flows": {"grid_building": 18.2, "grid_battery": 12.04, "solar_battery": 0.3}}
TRADE = NOON | {"flows": {"battery_grid": 9.5, "solar_grid": 3.25, "solar_building": 0.04}}
STALE = NOON | {"state": "stale"}
EMPTY: dict[str, Any] = {"state": "missing", "flows": {}, "uses": {}}
FRAMES = [NOON, EVENING, NIGHT, TRADE, STALE, EMPTY]


@pytest.mark.parametrize("layout", flow_geometry.LAYOUTS)
def test_ribbons_are_as_wide_as_their_kw(layout: str) -> None:
    size = flow_geometry.LAYOUTS[layout]
    drawn = {r.name: r for r in flow_geometry.ribbons(flow_geometry.shown_flows(NOON), size, 100.0)}
    assert drawn["solar_building"].width == pytest.approx(52.6 * size.bundle / 100)
    assert drawn["solar_battery"].width == pytest.approx(18.0 * size.bundle / 100)


@pytest.mark.parametrize("layout", flow_geometry.LAYOUTS)
@pytest.mark.parametrize("frame", FRAMES)
def test_ribbons_of_a_port_do_not_overlap(layout: str, frame: dict[str, Any]) -> None:
    flows = flow_geometry.shown_flows(frame)
    widths = {r.name: r.width for r in flow_geometry.ribbons(flows, flow_geometry.LAYOUTS[layout])}
    for port in flow_geometry.PORTS:
        places = flow_geometry._lanes(port, widths)
        edges = [(at - widths[name] / 2, at + widths[name] / 2) for name, at in places.items()]
        assert all(a[1] < b[0] for a, b in itertools.pairwise(edges))


def test_what_does_not_flow_is_not_drawn() -> None:
    assert "solar_building" not in flow_geometry.shown_flows(TRADE)
    assert flow_geometry.shown_flows(STALE) == {}
    assert "<path" not in flow_geometry.ribbons_markup(STALE, "desk", None)


def test_the_picture_says_in_words_what_it_shows() -> None:
    words = flow.flow_words(NOON)
    assert "uses 52.6 kW" in words
    assert "18.0 kW from solar to the batteries" in words
    assert flow.flow_words(EMPTY) == "Energy flow: no current values."


def test_numbers_carry_no_sign_and_an_estimate_says_so() -> None:
    assert flow.node_words(NOON, "grid") == "7.8"
    assert flow.node_words(EVENING, "building") == "≈ 47.5"
    assert flow.node_words(EVENING, "solar") == "78.4"
    dark = NOON | {"generation_kw": 0.0, "estimated_nodes": ["building", "solar"]}
    assert flow.node_words(dark, "solar") == "≈ 0.0"
    assert flow.node_words(dark, "grid") == "7.8"
    assert flow.node_words(EMPTY, "battery") == "–"


def _walk(component: Any) -> Iterator[Any]:
    yield component
    inner = getattr(component, "children", None)
    for child in inner if isinstance(inner, list) else [inner]:
        if child is not None and not isinstance(child, str):
            yield from _walk(child)


def _with(component: Any, name: str) -> list[Any]:
    return [part for part in _walk(component) if hasattr(part, name)]


def test_a_use_that_draws_nothing_keeps_a_hidden_row_until_it_does() -> None:
    frame = NOON | {"uses": {"climate": 22.4, "kitchen": 0.0}, "unmetered_kw": None}
    assert [row[0] for row in flow.use_rows(frame)] == ["climate", "kitchen", "unmetered"]
    rows = _with(flow.flow_picture(frame), "data-use")
    hidden = {getattr(row, "data-use"): hasattr(row, "data-empty") for row in rows}
    assert hidden == {"climate": False, "kitchen": True, "unmetered": True}


def test_an_unknown_part_is_a_dash_on_the_phone_too() -> None:
    entries = _with(flow.in_out_bars(NOON | {"generation_kw": None}), "data-io-entry")
    solar = next(entry for entry in entries if getattr(entry, "data-io-entry") == "solar")
    assert solar.children[2].children == "–"


def test_a_phone_shows_what_comes_in_over_what_goes_out() -> None:
    parts = _with(flow.in_out_bars(NOON), "data-io-part")
    assert [getattr(part, "data-io-part") for part in parts] == [
        "solar",
        "discharging",
        "import",
        "consumption",
        "charging",
        "export",
    ]
    assert parts[0].style["flexGrow"] == "78.4"


SCRIPT = """
const flow = require(process.argv[1]);
const frames = JSON.parse(process.argv[2]);
const shown = frames.map((frame) => ({
  desk: flow.ribbonsMarkup(frame, 'desk', 83.6), wall: flow.ribbonsMarkup(frame, 'wall', null),
  words: flow.flowWords(frame), balance: flow.balanceWords(frame), uses: flow.useRows(frame),
  nodes: ['grid', 'solar', 'battery', 'building'].map((node) => flow.nodeWords(frame, node)),
}));
console.log(JSON.stringify(shown));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_browser_draws_the_same_picture_as_the_server() -> None:
    done = subprocess.run(
        ["node", "-e", SCRIPT, str(ROOT / "assets/flow.js"), json.dumps(FRAMES)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    for frame, drawn in zip(FRAMES, json.loads(done.stdout), strict=True):
        assert drawn["desk"] == flow_geometry.ribbons_markup(frame, "desk", 83.6)
        assert drawn["wall"] == flow_geometry.ribbons_markup(frame, "wall", None)
        assert drawn["words"] == flow.flow_words(frame)
        assert drawn["balance"] == flow.balance_words(frame)
        assert drawn["uses"] == [list(row) for row in flow.use_rows(frame)]
        nodes = ("grid", "solar", "battery", "building")
        assert drawn["nodes"] == [flow.node_words(frame, node) for node in nodes]
