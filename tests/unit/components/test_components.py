"""Components are pure: the same data give the same tree, with the hooks that scripts need."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash.development.base_component import Component

from components import (
    Column,
    Row,
    age,
    chip,
    confirm_dialog,
    data_table,
    errors_for,
    ids,
    period_picker,
    sparkline,
    table_body,
    text_field,
    tile,
    toast,
    value,
)
from components.batteries import soc_ring
from components.comfort import comfort_scale, room_card
from components.icons import PATHS, icon
from components.periods import chosen
from components.shell import NavItem, UserView, nav_groups, shell
from components.sparklines import spark_markup

LISBON = ZoneInfo("Europe/Lisbon")
NOW = 1_781_789_520_000  # Thu 18 Jun 2026 14:32 in Lisbon


def walk(component: Any) -> Iterator[Component]:
    """Every component below one, itself included."""
    if not isinstance(component, Component):
        return
    yield component
    inner = getattr(component, "children", None)
    for child in inner if isinstance(inner, list | tuple) else [inner]:
        yield from walk(child)


def texts(component: Any) -> str:
    """All words of a tree in order."""
    found = []
    for part in walk(component):
        inner = getattr(part, "children", None)
        found += [c for c in (inner if isinstance(inner, list) else [inner]) if isinstance(c, str)]
    return " ".join(found)


def by_class(component: Any, name: str) -> list[Component]:
    return [p for p in walk(component) if name in str(getattr(p, "className", "")).split()]


def test_a_value_carries_its_key_and_format_for_the_live_script() -> None:
    shown = value(52.6, "power", live="energy/consumption_kw")
    assert getattr(shown, "data-live") == "energy/consumption_kw"
    assert getattr(shown, "data-format") == "power"
    assert [p.children for p in by_class(shown, "wb-num")] == ["52.6"]
    assert [p.children for p in by_class(shown, "wb-unit")] == ["kW"]


def test_a_missing_value_is_a_dash_never_a_zero() -> None:
    assert "–" in texts(value(None, "temperature"))
    assert "–" in texts(tile("Power", None, "power", state="missing"))
    assert age(None, NOW, LISBON).children == "–"


def test_an_age_tells_its_moment_and_how_often_it_should_come() -> None:
    shown = age(NOW - 4000, NOW, LISBON, live="reading/A/power", interval_s=10)
    assert shown.children == "4 s ago"
    assert getattr(shown, "data-ts") == str(NOW - 4000)
    assert getattr(shown, "data-interval") == "10"


@pytest.mark.parametrize(
    "state", ["fresh", "late", "stale", "dead", "missing", "estimate", "fault"]
)
def test_a_tile_has_the_same_parts_in_every_state(state: str) -> None:
    shown = tile("Power", 1.0, "power", state=state, note="4 s ago", spark=[1, 2, 3])
    assert getattr(shown, "data-state") == state
    for part in ("wb-tile-top", "wb-tile-mid", "wb-tile-note", "wb-state-chip"):
        assert len(by_class(shown, part)) == 1


@pytest.mark.parametrize(("state", "curves"), [("fresh", 1), ("late", 1), ("stale", 0)])
def test_stale_data_have_no_small_curve(state: str, curves: int) -> None:
    shown = tile("Power", 1.0, "power", state=state, spark=[1, 2, 3])
    assert len(by_class(shown, "wb-spark-box")) == curves


def test_a_small_curve_leaves_gaps_open_and_needs_two_points() -> None:
    markup = spark_markup([1, 2, None, 3, 4])
    assert markup.split('class="wb-spark-line"')[1].split("/>")[0].count("M") == 2
    assert sparkline([None, 3.0]) is None
    assert spark_markup([5, 5, 5])


@pytest.mark.parametrize("tone", ["ok", "late", "stale", "fault", "warning"])
def test_a_status_is_said_by_icon_and_word_beside_its_colour(tone: str) -> None:
    shown = chip("Words", tone)
    assert by_class(shown, "wb-icon")
    assert "Words" in texts(shown)


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert getattr(icon("sun"), "aria-hidden") == "true"
    assert getattr(icon("sun", label="Solar"), "aria-label") == "Solar"
    with pytest.raises(KeyError):
        icon("nothing like it")
    assert len(PATHS) == len(set(PATHS.values()))


def test_a_comfort_scale_puts_the_dot_where_the_temperature_is() -> None:
    shown = comfort_scale(23.5, 21, 26, 19, 28, live="room/1/temperature")
    dot = by_class(shown, "wb-comfort-dot")[0]
    assert dot.style == {"left": "50.0%"}
    assert (getattr(dot, "data-min"), getattr(dot, "data-max")) == ("16", "31")
    unknown = by_class(comfort_scale(None, 21, 26, 19, 28), "wb-comfort-dot")[0]
    assert unknown.hidden is True


def test_a_room_card_is_live_in_every_value() -> None:
    shown = room_card(
        "Studio", temperature_c=23.0, band=(21, 26, 19, 28), word="In band", tone="ok",
        co2_ppm=None, humidity_percent=46, people=9, power_kw=0.8, ts_ms=NOW, now_ms=NOW,
        zone=LISBON, key="room/1", href="/rooms/1",
    )  # fmt: skip
    keys = {getattr(p, "data-live", None) for p in walk(shown)} - {None}
    assert keys == {
        "room/1/temperature",
        "room/1/co2",
        "room/1/humidity",
        "room/1/occupancy",
        "room/1/power_kw",
    }
    assert "800" in texts(shown)


def test_a_ring_marks_reserve_and_says_its_charge_in_words() -> None:
    shown = soc_ring(62, action="charging", reserve=25)
    assert shown.title == "62 %, charging"
    assert "wb-ring-mark-reserve" in shown.children[0].markup
    assert "wb-ring-fill" not in soc_ring(None).children[0].markup


COLUMNS = [
    Column("name", "Name"),
    Column("value", "Value", number=True),
    Column("x", "X", False, False),
]


def _table(**more: Any) -> Any:
    rows = [Row("A", ["a", "1", ""], state="stale", act="open"), Row("B", ["b", "2", ""])]
    return data_table("t", COLUMNS, rows, total=12, page_size=2, **more)


def test_a_head_cell_sorts_by_its_column_and_turns_when_it_already_does() -> None:
    shown = _table(query={"sort": "name", "descending": False, "page": 3})
    sets = [getattr(p, "data-set") for p in by_class(shown, "wb-sort")]
    assert sets[0] == '{"sort": "name", "descending": true, "page": 0}'
    assert sets[1] == '{"sort": "value", "descending": false, "page": 0}'
    assert len(sets) == 2
    heads = [p for p in walk(shown) if type(p).__name__ == "Th"]
    assert getattr(heads[0], "aria-sort") == "ascending"


def test_a_pager_says_which_rows_of_how_many_and_ends_at_the_ends() -> None:
    first, last = _table(), _table(query={"page": 5})
    assert "1 to 2 of 12 rows" in texts(first)
    assert "11 to 12 of 12 rows" in texts(last)
    moves = [p for p in walk(last) if getattr(p, "title", "") in ("Page before", "Next page")]
    assert [move.disabled for move in moves] == [False, True]


def test_a_row_is_reached_by_keyboard_and_says_its_state() -> None:
    rows = [p for p in walk(_table(selectable=True)) if type(p).__name__ == "Tr"][1:]
    assert rows[0].tabIndex == 0
    assert getattr(rows[0], "data-state") == "stale"
    assert getattr(rows[0], "data-act") == "open"


def test_an_empty_table_shows_what_it_would_hold() -> None:
    shown = table_body(COLUMNS, [], total=0, query={}, nothing="No sensors yet")
    assert shown == ["No sensors yet"]


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        data_table("t", COLUMNS, [Row("A", ["a"])], total=1)


def test_a_dialog_says_what_from_to_until_and_repeats_the_act() -> None:
    shown = confirm_dialog(
        "reduce", "Heat pump", target="meter 4.1 kW", change=("4.1 kW", "2.0 kW"), until="14:51",
        effects=[("Saves", "0.15 €")], act="Reduce to 2.0 kW",
    )  # fmt: skip
    words = texts(shown)
    for part in ("Heat pump", "4.1 kW", "2.0 kW", "14:51", "Saves", "Reduce to 2.0 kW"):
        assert part in words
    assert shown.id == ids.dialog("reduce")


def test_a_field_points_to_its_label_and_has_a_place_for_its_error() -> None:
    shown = text_field("room-name", "Name", error="Taken")
    labels = [p for p in walk(shown) if type(p).__name__ == "Label"]
    assert labels[0].htmlFor == "room-name"
    errors = [p for p in walk(shown) if getattr(p, "id", "") == ids.field_error("room-name")]
    assert errors[0].children == "Taken"
    assert errors_for(["name", "floor"], {"floor": "Missing"}) == ["", "Missing"]


def test_an_error_toast_stays_and_others_go() -> None:
    assert toast("Not saved", tone="fault").duration is None
    assert toast("Saved").duration == 6000


TODAY = date(2026, 6, 18)


@pytest.mark.parametrize(
    ("given", "first", "last", "before"),
    [
        ({"kind": "day", "date": "2026-06-18"}, "2026-06-18", "2026-06-18", "2026-06-17"),
        ({"kind": "week", "date": "2026-06-18"}, "2026-06-15", "2026-06-21", "2026-06-08"),
        ({"kind": "month", "date": "2026-03-31"}, "2026-03-01", "2026-03-31", "2026-02-01"),
        ({"kind": "year", "date": "2026-06-18"}, "2026-01-01", "2026-12-31", "2025-01-01"),
        (
            {"kind": "custom", "date": "2026-06-10", "end": "2026-06-12"},
            "2026-06-10",
            "2026-06-12",
            "2026-06-07",
        ),
        ({"kind": "eternity", "date": "never"}, "2026-06-18", "2026-06-18", "2026-06-17"),
        ({"kind": "day", "date": "0001-01-01"}, "2026-06-18", "2026-06-18", "2026-06-17"),
        (None, "2026-06-18", "2026-06-18", "2026-06-17"),
    ],
)
def test_a_picked_period_is_whole_local_days_and_a_forged_one_is_today(
    given: dict[str, object] | None, first: str, last: str, before: str
) -> None:
    choice = chosen(given, TODAY)
    assert (choice.first.isoformat(), choice.last.isoformat()) == (first, last)
    assert choice.before_first.isoformat() == before


def test_a_picker_cannot_choose_the_future() -> None:
    picker = period_picker("p", TODAY)
    assert picker.today == "2026-06-18"
    assert picker.value["kind"] == "day"


NAV = [
    NavItem("Overview", "/", "overview", tab=True),
    NavItem("Admin", "/admin", "admin", "System"),
]


def _shell(**more: Any) -> Any:
    given: dict[str, Any] = {
        "nav": NAV, "building": "Alameda Offices", "user": UserView("Ana Reis", "Operator"),
        "zone": LISBON, "now_ms": NOW,
    }  # fmt: skip
    return shell("content", **(given | more))


def test_the_shell_shows_building_time_and_who_is_signed_in() -> None:
    words = texts(_shell())
    for part in ("Alameda Offices", "Thu 18 Jun", "14:32", "Ana Reis", "Operator", "AR"):
        assert part in words


def test_the_shell_says_demo_and_a_faster_clock_only_where_they_hold() -> None:
    plain, fast = texts(_shell()), texts(_shell(demo=True, speed=10.0))
    assert "DEMO" not in plain
    assert "× " not in plain
    assert "DEMO" in fast
    assert "Building time × 10" in fast


def test_leaving_is_a_post_and_nothing_in_the_shell_is_a_dead_button() -> None:
    forms = [p for p in walk(_shell()) if type(p).__name__ == "Form"]
    assert forms
    assert all((form.action, form.method) == ("/logout", "post") for form in forms)
    assert "Search" not in texts(_shell())
    assert [type(p).__name__ for p in walk(_shell(search=[]))].count("Dialog") == 1


def test_groups_of_the_navigation_are_named_once() -> None:
    shown = nav_groups([*NAV, NavItem("Design", "/design", "design", "System")])
    assert [p.children for p in shown if "wb-nav-group" in str(getattr(p, "className", ""))] == [
        "System"
    ]
