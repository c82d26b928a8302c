"""What the Money page says of a month."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from dash.development.base_component import Component

from domain.money.budget import BudgetOfMonth
from domain.money.months import DayOfMonth, Month, Progress, Sums
from pages import _money_view as view
from pages._money_view import Shown

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
LISBON = ZoneInfo("Europe/Lisbon")
NOTHING = Sums({}, {})
A_DAY = Sums(
    {"cost:energy": 1_000_400, "cost:vat": 230_400, "income:export": -50_300, "battery": -7_000},
    {"cost:energy": 5_000_000, "income:export": 1_000},
)


def shown(
    sums: Sums = NOTHING,
    budget_mc: int | None = None,
    progress: Progress | None = None,
    has_tariff: bool = True,
) -> Shown:
    days = (DayOfMonth(date(2026, 6, 2), sums),) if sums.mc else ()
    month = Month(
        JUNE,
        JULY,
        days,
        sums,
        {},
        BudgetOfMonth(budget_mc, JUNE if budget_mc else None, 0),
        progress or Progress(None, 0, 0, date(2026, 6, 16)),
    )
    return Shown(month, date(2026, 6, 16), "€", LISBON, True, has_tariff)


def words(drawn: object) -> str:
    """All text of a component, in order."""
    if isinstance(drawn, str):
        return drawn
    if isinstance(drawn, list | tuple):
        return " ".join(filter(None, map(words, drawn)))
    if isinstance(drawn, Component):
        return words(getattr(drawn, "children", None))
    return ""


def test_without_a_tariff_the_page_asks_for_one():
    said = words(view.nothing(shown(has_tariff=False)))
    assert "No tariff yet" in said
    assert "Enter one" in said


def test_while_days_wait_the_page_says_how_many():
    waiting = Progress(None, 15, 60, date(2026, 6, 16))
    assert "60 days to go" in words(view.nothing(shown(progress=waiting)))
    assert words(view.progress_chip(shown(progress=waiting))) == "15 days to go"
    half = Progress(date(2026, 6, 3), 12, 12, date(2026, 6, 16))
    assert words(view.progress_chip(shown(progress=half))) == "Settled to 3 Jun, 12 days to go"
    done = Progress(date(2026, 6, 15), 0, 0, date(2026, 6, 16))
    assert words(view.progress_chip(shown(progress=done))) == "Settled to 15 Jun"


def test_numbers_of_the_sources_add_up_to_what_is_to_pay():
    month = shown(A_DAY)
    assert sum(month.cents.values()) == 1181  # 11.805 € and no half cent is lost
    said = words(view.sources_card(month))
    for part in ("10.01", "2.30", "−0.50", "11.81", "−0.07"):
        assert part in said, part


def test_a_figure_that_nobody_knows_is_a_dash_and_not_nought():
    assert words(view.tiles(shown())).count("–") == 6


def test_batteries_that_cost_more_than_they_save_say_so():
    assert "They cost more than they saved" in words(view.tiles(shown(A_DAY)))


def test_a_budget_is_shown_with_what_is_left_or_overdrawn():
    assert "13.19" in words(view.tiles(shown(A_DAY, budget_mc=2_500_000)))
    assert "1.81 €  over the budget" in words(view.tiles(shown(A_DAY, budget_mc=1_000_000)))
    carried = shown(A_DAY, budget_mc=2_500_000)
    may = BudgetOfMonth(2_500_000, date(2026, 5, 1), 0)
    carried = replace(carried, month=replace(carried.month, budget=may))
    assert "As set in May 2026" in words(view.sources_card(carried))


def test_the_days_of_a_clock_change_are_columns_of_their_own_length():
    month = replace(shown().month, first=date(2026, 3, 1), until=date(2026, 4, 1))
    columns = view.columns_of(replace(shown(), month=month))
    hours = [(b - a) // 3_600_000 for a, b in zip(columns.starts_ms, columns.ends_ms, strict=True)]
    assert hours == [24] * 28 + [23] + [24] * 2
