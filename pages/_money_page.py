"""Puts the Money page together from the house: a month, its budget, its postings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import form_dialog, link_button
from components.cards import grid, page_head
from components.forms import form, number_field
from components.marks import data
from components.money import DAY, NEWS, WATCH, tabs
from components.native import Events
from components.periods import chosen, period_picker
from components.sheets import drawer, sheet_title
from domain.access.policy import Actor
from domain.foundation.intervals import Period, local_date, local_midnight
from domain.house import House
from domain.money.book import LedgerQuery
from domain.money.budget import WRITE
from domain.money.posting import ACCOUNTS, GROUPS, accounts_named
from pages import _money_view as view
from pages._money_postings import postings_body
from pages._money_view import Shown

PICKER, MONTH, ACTS, HEAD, URL = (f"money-{n}" for n in ("picker", "month", "acts", "head", "url"))
DRAWER, BUDGET, AMOUNT, VERSION = "money-drawer", "money-budget", "budget-amount", "budget-version"
POSTINGS_SHOWN = 50


def money_page(house: House, actor: Actor, month: str | None) -> Any:
    """The whole page at the month of its address."""
    head = house.money.ledger.chain().head  # before anything is read: what comes later is news
    postings = head.seq if head else 0
    shown = shown_of(house, actor, {"kind": "month", "date": f"{month}-01"})
    first = house.money.months.first() or shown.today.replace(day=1)
    value: dict[str, object] = {"kind": "month", "date": shown.month.first.isoformat()}
    picker = period_picker(
        PICKER, shown.today, value=value, first=first, kinds=["month"], comparable=False
    )
    return html.Div(
        [
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id=NEWS),
            dcc.Store(id=VERSION, data=shown.month.budget.version),
            page_head(
                "Money",
                facts=html.Span(view.progress_chip(shown), id=HEAD),
                actions=[html.Span(statement_links(shown), id="money-files", className="wb-row")],
            ),
            html.Div(
                [tabs("/money"), picker],
                className="wb-toolbar",
                **data(live_watch=WATCH, postings=postings),
            ),
            Events(id=ACTS, children=html.Div(month_part(shown), id=MONTH, className="wb-stack")),
            drawer(DRAWER),
            form_dialog(BUDGET, "Budget", act="Save budget"),
        ],
        className="wb-page wb-money",
    )


def shown_of(house: House, actor: Actor, value: Mapping[str, Any] | None) -> Shown:
    """The month that the picker says, with all that the page says of it."""
    today = local_date(house.clock.now(), house.zone)
    first = min(chosen({**(value or {}), "kind": "month"}, today).first, today.replace(day=1))
    month = house.money.months.of(first)
    ends = min(month.until, today)
    co2_kg, assumed = _co2(house, month.first, ends) if month.days else (None, False)
    return Shown(
        month=month,
        today=today,
        unit=formats.currency_unit(house.settings.currency),
        zone=house.zone,
        may_edit=actor.may(WRITE),
        has_tariff=house.money.tariffs.in_use("import") is not None,
        co2_kg=co2_kg,
        co2_assumed=assumed,
    )


def _co2(house: House, first: date, until: date) -> tuple[float | None, bool]:
    """CO2 of the days that are over [kg], like the costs beside it, and whether it is assumed."""
    if until <= first:
        return None, False
    period = Period(*(local_midnight(day, house.zone) for day in (first, until)))
    totals = house.money.costs.of(period).totals
    return (None if totals.co2_g is None else totals.co2_g / 1000), totals.co2_assumed


def month_part(shown: Shown) -> list[Any]:
    """Figures, columns, sums and days; or why there are none."""
    if not shown.month.days:
        return [view.nothing(shown)]
    return [
        view.tiles(shown),
        grid(view.columns_card(shown), view.sources_card(shown), columns="main-side"),
        view.days_card(shown),
    ]


def statement_links(shown: Shown) -> list[Any]:
    """The statement of the month in its three formats."""
    if not shown.month.days:
        return []
    address = f"/download/money/statement.{{}}?month={shown.month.first:%Y-%m}"
    return [
        link_button(
            label,
            address.format(kind),
            icon_name="download" if kind == "pdf" else None,
            download=f"{label} of the statement of {shown.name}",
        )
        for label, kind in (("PDF", "pdf"), ("Excel", "xlsx"), ("CSV", "csv"))
    ]


def address_of(shown: Shown) -> str:
    """The search part by which others see the same month."""
    return f"?month={shown.month.first:%Y-%m}"


def drawer_body(house: House, shown: Shown, name: str, key: str) -> list[Any]:
    """The postings behind a day or a sum of the month."""
    first, until = shown.month.first, shown.month.until
    accounts: tuple[str, ...] = ()
    if name == DAY:
        first = _day(key, shown)
        until, title = first + timedelta(days=1), formats.day_of(first, year=True)
    else:
        accounts, title = accounts_named(key), f"{sum_name(key)}, {shown.name}"
    query = LedgerQuery(
        first,
        until,
        accounts=accounts,
        sort="day" if accounts else "seq",
        descending=bool(accounts),
        page_size=POSTINGS_SHOWN,
    )
    found = house.money.ledger.transactions(query)
    last = until - timedelta(days=1)
    address = f"/money/ledger?first={first}&last={last}" + (f"&account={key}" if accounts else "")
    amount = found.amount_mc if accounts else None
    return [
        sheet_title(DRAWER, title),
        *postings_body(shown, found.lines, found.total, amount, address),
    ]


def sum_name(key: str) -> str:
    """What a group of accounts or an account is called."""
    if key in GROUPS:
        return GROUPS[key][0]
    return ACCOUNTS[key][0] if key in ACCOUNTS else "Postings"


def _day(key: str, shown: Shown) -> date:
    try:
        return date.fromisoformat(key)
    except ValueError:
        return shown.month.first


def day_of_click(shown: Shown, at_ms: float) -> date:
    """The day of a column that was clicked."""
    columns = view.columns_of(shown)
    for number, end_ms in enumerate(columns.ends_ms):
        if at_ms < end_ms:
            return shown.month.first + timedelta(days=number)
    return shown.month.until - timedelta(days=1)


def budget_form(shown: Shown) -> list[Any]:
    """What the dialog asks."""
    budget = shown.month.budget
    return [
        html.H2(f"Budget from {shown.name} on", className="wb-dialog-title"),
        form(
            number_field(
                AMOUNT,
                "A month may cost",
                value=shown.units(budget.amount_mc),
                unit=shown.unit,
                hint="Holds for the months after it too. Empty is no budget.",
            ),
            message_id="budget-message",
        ),
    ]
