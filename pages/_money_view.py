"""The month of the Money page, as pure functions of what the ledger says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import charts, formats
from components.buttons import button, link_button
from components.cards import card, grid, tile
from components.marks import chip
from components.money import (
    DAY,
    SUM,
    DayColumns,
    SumLine,
    budget_bar,
    cash_figure,
    column_chart,
    opening,
    saved_figure,
    sum_lines,
)
from components.states import empty
from components.tables import Column, Row, simple_table
from domain.foundation.clock import to_ms
from domain.foundation.intervals import local_midnight
from domain.money.months import Month, Sums, days_in
from domain.money.posting import ACCOUNTS, BOUGHT, EARNED, MC_PER_CENT, cents_of
from domain.money.statement_parts import to_cents

CASH_CHART, SAVED_CHART = "money-cash", "money-saved"
BUDGET_OPEN = "money-budget-open"


@dataclass(frozen=True)
class Shown:
    """A month as the page shows it; `co2_kg` with whether the factor is assumed."""

    month: Month
    today: date
    unit: str
    zone: ZoneInfo
    may_edit: bool
    has_tariff: bool
    co2_kg: float | None = None
    co2_assumed: bool = False

    @property
    def running(self) -> bool:
        """Whether today lies in the month."""
        return self.month.first <= self.today < self.month.until

    @property
    def gone(self) -> float:
        """Which share of the month's days is over."""
        whole = (self.month.until - self.month.first).days
        return min(max((self.today - self.month.first).days, 0), whole) / whole

    @property
    def name(self) -> str:
        """`June 2026`."""
        return formats.period("month", self.month.first)

    @property
    def ledger(self) -> str:
        """The address of the month's postings."""
        last = self.month.until - timedelta(days=1)
        return f"/money/ledger?first={self.month.first}&last={last}"

    @property
    def cents(self) -> dict[str, int]:
        """What each account of the bill comes to, so that together they are what is to pay."""
        sums = self.month.sums
        accounts = [a for a in (*BOUGHT, *EARNED) if a in sums.mc]
        amounts = to_cents([sums.mc[a] for a in accounts], cents_of(sums.bill_mc or 0))
        return {a: c or 0 for a, c in zip(accounts, amounts, strict=True)}

    @property
    def bought(self) -> float | None:
        """What was bought, as the sum of what is shown of it."""
        known = [cents for account, cents in self.cents.items() if account in BOUGHT]
        return sum(known) / 100 if known else None

    def units(self, mc: int | None) -> float | None:
        """An amount in units of the currency, to the cent."""
        return None if mc is None else cents_of(mc) / 100

    def money(self, mc: int | None) -> str:
        """The same in words."""
        return formats.text("money", self.units(mc), unit=self.unit)


def progress_chip(shown: Shown) -> Any:
    """Up to where the month is settled, and how much is still to do."""
    progress = shown.month.progress
    if progress.waiting_in_all == 0 and progress.settled_to is None:
        return ""  # a component without children is falsy, and its place would be left out
    if progress.waiting:
        days = "1 day" if progress.waiting == 1 else f"{progress.waiting} days"
        to = "" if progress.settled_to is None else f"Settled to {_short(progress.settled_to)}, "
        return chip(f"{to}{days} to go", "late")
    if progress.settled_to is None:
        return chip(f"Settling, {progress.waiting_in_all} days to go", "late")
    if progress.waiting_in_all:
        title = f"{progress.waiting_in_all} days of other months are still to be settled"
        return chip(f"Settled to {_short(progress.settled_to)}", "ok", title=title)
    return chip(f"Settled to {_short(progress.settled_to)}", "ok")


def _short(day: date) -> str:
    return f"{day.day} {formats.MONTHS[day.month - 1]}"


def tiles(shown: Shown) -> Any:
    """The figures of the month; each opens the postings it is made of."""
    sums = shown.month.sums
    so_far = "Cost so far" if shown.running else "Cost"
    return grid(
        _opens(
            tile(
                so_far,
                shown.units(sums.bill_mc),
                "money",
                unit=shown.unit,
                state=_state(sums.bill_mc),
                note=_cost_note(shown),
            ),
            "bill",
            so_far,
        ),
        _budget_tile(shown),
        _opens(_price_tile(shown), "bought", "the average price"),
        _opens(
            _saved_tile(shown, "Saved by own solar", sums.solar_mc), "self_consumption", "solar"
        ),
        _opens(_saved_tile(shown, "Saved by batteries", sums.battery_mc), "battery", "batteries"),
        _co2_tile(shown),
    )


def _opens(child: Any, accounts: str, spoken: str) -> Any:
    return opening(SUM, accounts, child, f"Postings of {spoken}")


def _state(mc: int | None) -> str:
    return "missing" if mc is None else "fresh"


def _cost_note(shown: Shown) -> str:
    sums = shown.month.sums
    if sums.bill_mc is None:
        return "Nothing is settled yet"
    if sums.earned_mc:
        earned = (shown.bought or 0.0) - (shown.units(sums.bill_mc) or 0.0)
        return f"after {formats.text('money', earned, unit=shown.unit)} sold"
    return "Everything on it: grid, fixed, taxes, VAT"


def _budget_tile(shown: Shown) -> Any:
    left = shown.month.budget_left_cents
    if left is None:
        return tile("Budget left", None, "money", unit=shown.unit, state="missing", note="None set")
    if left < 0:
        over = formats.text("money", -left / 100, unit=shown.unit)
        return tile("Budget left", words="Overdrawn", note=[html.B(over), " over the budget"])
    note = f"of {shown.money(shown.month.budget.amount_mc)}"
    return tile("Budget left", left / 100, "money", unit=shown.unit, note=note)


def _price_tile(shown: Shown) -> Any:
    sums = shown.month.sums
    price, kwh = sums.average_mc_per_kwh, sums.imported_kwh
    note = "No energy was bought" if kwh is None else f"{formats.text('energy', kwh)} bought"
    return tile(
        "Average price",
        None if price is None else price / 100_000,
        "price",
        unit=f"{shown.unit}/kWh",
        state="missing" if price is None else "fresh",
        note=note,
        reason="Everything the retailer charges, for each kWh bought",
    )


def _saved_tile(shown: Shown, label: str, saved_mc: int | None) -> Any:
    note = "Not part of the cost" if saved_mc is not None else "Nothing is settled yet"
    if saved_mc is not None and saved_mc < 0:
        note = "They cost more than they saved"
    units = shown.units(saved_mc)
    return tile(label, units, "money", unit=shown.unit, state=_state(saved_mc), note=note)


def _co2_tile(shown: Shown) -> Any:
    assumed = "The factor is assumed" if shown.co2_assumed else "Of the energy bought"
    state = "missing" if shown.co2_kg is None else "estimate" if shown.co2_assumed else "fresh"
    note = "Not known" if shown.co2_kg is None else assumed
    return tile("CO₂", shown.co2_kg, "carbon_mass", state=state, note=note)


def columns_of(shown: Shown) -> DayColumns:
    """Every day of the month as columns; days without a posting are empty."""
    sums = {each.day: each.sums for each in shown.month.days}
    days = days_in(shown.month.first, shown.month.until)
    starts = [to_ms(local_midnight(day, shown.zone)) for day in days]
    ends = [*starts[1:], to_ms(local_midnight(shown.month.until, shown.zone))]
    found = [sums.get(day) for day in days]
    return DayColumns(
        starts,
        ends,
        [None if s is None else shown.units(s.bought_mc) for s in found],
        [None if s is None else shown.units(s.earned_mc) for s in found],
        [None if s is None else shown.units(s.solar_mc) for s in found],
        [None if s is None else shown.units(s.battery_mc) for s in found],
    )


def columns_card(shown: Shown) -> Any:
    """Days as columns: cash, and apart from it what was saved."""
    days, sums = columns_of(shown), shown.month.sums
    revision = f"{shown.month.first}"
    entries = [("Bought", "import", "box")]
    if sums.earned_mc:
        entries.append(("Sold", "export", "box"))
    cash = cash_figure(days, shown.zone, shown.unit, revision)
    summary = f"{shown.money(sums.bill_mc)} in {shown.name}, a column a day"
    saved: list[Any] = []
    if sums.solar_mc or sums.battery_mc:
        figure = saved_figure(days, shown.zone, shown.unit, revision)
        marks = [("Solar", "solar-fill", "box"), ("Batteries", "discharging", "box")]
        saved = [
            html.Div(
                [
                    html.H3("Saved, not paid", className="wb-card-title"),
                    html.Span(shown.unit, className="wb-card-fact"),
                    html.Div(charts.legend(marks, SAVED_CHART), className="wb-card-actions"),
                ],
                className="wb-card-head wb-money-apart",
            ),
            column_chart(figure, SAVED_CHART, "What own solar and batteries saved, a column a day"),
        ]
    return card(
        "Day by day",
        column_chart(cash, CASH_CHART, summary),
        *saved,
        fact=f"{shown.unit}, bought above the line, sold below",
        actions=charts.legend(entries, CASH_CHART),
        className="wb-money-days-card",
    )


def sources_card(shown: Shown) -> Any:
    """The month by source against its budget."""
    sums, cents = shown.month.sums, shown.cents
    lines = [SumLine("Bought from the retailer", shown.bought, "bought", "import")]
    lines += [
        SumLine(label, cents[account] / 100, account, level=1)
        for account, (label, _) in ACCOUNTS.items()
        if account in BOUGHT and account in cents
    ]
    lines += [
        SumLine(label, cents[account] / 100, account, token)
        for account, label, token in (
            ("income:export", "Sold to the retailer", "export"),
            ("income:dr", "Demand response", "accent"),
            ("p2p", "Trades with neighbours", "text-3"),
        )
        if account in cents
    ]
    lines.append(SumLine("To pay", shown.units(sums.bill_mc), "bill", strong=True))
    apart = [
        SumLine(label, shown.units(mc), account, token)
        for label, mc, account, token in (
            ("Saved by own solar", sums.solar_mc, "self_consumption", "solar-fill"),
            ("Saved by batteries", sums.battery_mc, "battery", "discharging"),
        )
        if mc is not None
    ]
    label = "Change" if shown.month.budget.amount_mc else "Set budget"
    edit = button(label, id=BUDGET_OPEN, small=True) if shown.may_edit else None
    return card(
        "By source",
        _budget_part(shown),
        sum_lines(lines, shown.unit),
        html.H3("Saved, not paid", className="wb-form-part wb-money-apart") if apart else None,
        sum_lines(apart, shown.unit) if apart else None,
        actions=edit,
    )


def _budget_part(shown: Shown) -> Any:
    budget = shown.month.budget
    if budget.amount_mc is None:
        return html.P("No budget is set for this month.", className="wb-hint wb-money-no-budget")
    spent = max(shown.units(shown.month.sums.bill_mc) or 0.0, 0.0)
    bar = budget_bar(spent, shown.units(budget.amount_mc) or 1.0, shown.gone, shown.unit)
    if budget.since is None or budget.since == shown.month.first:
        return bar
    since = formats.period("month", budget.since)
    return html.Div([bar, html.Div(f"As set in {since}", className="wb-hint")])


DAY_COLUMNS = (
    Column("day", "Day", sortable=False),
    Column("kwh", "Bought", number=True, sortable=False, hide_below="sm"),
    Column("bought", "Cost", number=True, sortable=False),
    Column("earned", "Sold", number=True, sortable=False, hide_below="sm"),
    Column("bill", "To pay", number=True, sortable=False),
    Column("solar", "Solar saved", number=True, sortable=False, hide_below="md"),
    Column("battery", "Batteries saved", number=True, sortable=False, hide_below="md"),
)


def days_card(shown: Shown) -> Any:
    """A row a day, the newest first; each opens its postings."""
    rows = [
        Row(
            key=each.day.isoformat(),
            cells=[
                html.B(formats.day_of(each.day)),
                formats.text("energy", each.sums.imported_kwh),
                *_day_amounts(shown, each.sums),
            ],
            act=DAY,
        )
        for each in reversed(shown.month.days)
    ]
    return card(
        "Days",
        simple_table(DAY_COLUMNS, rows, caption=f"Days of {shown.name}"),
        actions=dcc.Link("All postings of the month", href=shown.ledger),
        className="wb-card-table",
    )


def _day_amounts(shown: Shown, sums: Sums) -> list[str]:
    """Cost less what was sold is what is to pay, to the cent; then what was saved."""
    bought, bill = cents_of(sums.bought_mc or 0), cents_of(sums.bill_mc or 0)
    sold = None if sums.earned_mc is None else (bought - bill) * MC_PER_CENT
    amounts = (sums.bought_mc, sold, sums.bill_mc, sums.solar_mc, sums.battery_mc)
    return [formats.MISSING if mc is None else shown.money(mc) for mc in amounts]


def nothing(shown: Shown) -> Any:
    """A month without a posting: why, and what to do."""
    if not shown.has_tariff:
        return empty(
            "No tariff yet",
            "With the prices of your contract, every day's cost stands here the morning after.",
            link_button("Enter one", "/money/tariffs", kind="primary"),
            icon_name="money",
        )
    progress = shown.month.progress
    if progress.waiting_in_all:
        days = "1 day" if progress.waiting_in_all == 1 else f"{progress.waiting_in_all} days"
        return empty(
            f"Nothing settled in {shown.name} yet",
            f"{days} to go, the newest month first. This page follows by itself.",
            icon_name="clock",
        )
    return empty(
        f"Nothing settled in {shown.name}",
        "A day is settled half an hour after it ends, once a meter of the grid has measured it.",
        link_button("Open sensors", "/sensors?type=energy_meter"),
        icon_name="money",
    )
