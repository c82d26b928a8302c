"""`/api/v1/benefits` and `/api/v1/balance`: what own energy earned and saved, from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.lists import ListQuery, page_of
from api.resource import Resource
from api.schema import IsoTime, OneOf, Query, WithheldUntil, closed
from api.times import DayQuery, PeriodQuery, iso
from domain.access.current import current_actor
from domain.access.policy import Actor
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import (
    Period,
    local_date,
    local_midnight,
    local_period,
    shift_period,
)
from domain.money.book import Total
from domain.money.posting import ACCOUNTS, BOUGHT, EARNED, MEMBER, SOURCES
from domain.money.steps import in_units
from domain.money.tariff import MC_PER_UNIT

if TYPE_CHECKING:
    from domain.house import House

USUAL_DAYS = 31
WORDS: Mapping[str, str] = {
    # account of the ledger: source as the original called it
    "self_consumption": "self_consumption",
    "battery": "battery",
    "income:export": "retailer",
    "income:dr": "dr",
    "p2p": "p2p",
}
NEEDS: Mapping[str, str] = {"income:dr": "dr.view", "p2p": "p2p.view"}
"""Accounts that are told only to who may read their service."""
_SOURCE_OF = {"dr": "demand_response"}


class BenefitsQuery(PeriodQuery, ListQuery):
    """Which days, page by page; the last 31 where none are named."""


@closed
class Benefit(TypedDict):
    """What one source brought on one local day."""

    source: Annotated[str, OneOf(WORDS.values())]
    datetime: IsoTime
    """Where the day begins."""
    product: str
    """The source in words."""
    value: float
    """Saved or earned, in the building's currency; below zero where it cost."""


@closed
class Benefits(TypedDict):
    """Benefits of settled days, newest first.

    Demand response and trades are left out for who may not read those.
    """

    benefits: list[Benefit]
    next_cursor: str | None
    currency: str
    withheld_until: WithheldUntil


class MonthQuery(Query):
    """Which month."""

    month: (
        Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-05"])] | None
    ) = None
    """`YYYY-MM`; the previous calendar month where it is left out, as in the original."""


@closed
class MonthlyBenefits(TypedDict):
    """What a month brought by source; null where nothing was posted or it may not be read."""

    month: str
    start_time: IsoTime
    end_time: IsoTime
    p2p: float | None
    """Trades with neighbours, earned less paid."""
    dr: float | None
    """Rewards of demand response."""
    retailer: float | None
    """What the retailer paid for energy fed in."""
    self_consumption: float | None
    """Saved by using own solar."""
    battery: float | None
    """Saved by the batteries; below zero where they cost."""
    cost: float | None
    """What the retailer charged."""
    currency: str
    settled_until: IsoTime | None
    """End of the last day up to which the month is settled."""
    withheld_until: WithheldUntil


@closed
class AccountBalance(TypedDict):
    """One account of the ledger."""

    account: str
    label: str
    kind: Annotated[str, OneOf(("cash", "memo"))]
    """`memo` is what was avoided: no money that anybody owes."""
    balance: float | None
    """+ debit, − credit. Null for who may not read its service."""


@closed
class BalanceAt(TypedDict):
    """The running balance at the end of a settled day."""

    datetime: IsoTime
    balance: float


@closed
class Balance(TypedDict):
    """What has been earned less what has been charged since the ledger began.

    Without demand response and trades for who may not read those.
    """

    balance: float
    as_of: IsoTime
    """End of the period."""
    history: list[BalanceAt]
    """Days of the period on which something was posted, ascending."""
    accounts: list[AccountBalance]
    currency: str
    withheld_until: WithheldUntil


def benefits_api(house: House) -> Blueprint:
    """Build the routes of the benefits resource."""
    benefits = Resource(
        house, "benefits", "/api/v1/benefits", "What own energy earned and saved, day by day."
    )

    @benefits.get("", "analytics.view")
    def show(query: BenefitsQuery) -> Benefits:
        """List what each source saved or earned on each settled day, newest first."""
        first, until = _days(house, _usual(house, query))
        rows = _benefits(house, house.money.ledger.totals(first, until, ("account", "day")))
        shown, cursor = page_of(rows, _name, query, _order)
        return {
            "benefits": list(shown),
            "next_cursor": cursor,
            "currency": house.settings.currency,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    @benefits.get("/monthly", "analytics.view")
    def monthly(query: MonthQuery) -> MonthlyBenefits:
        """Sum up a month by source."""
        day = _month(house, query.month)
        month = house.money.months.of(day)
        sums = dict(month.sums.mc)
        may = _may(current_actor())
        settled = month.progress.settled_to
        return {
            "month": f"{day:%Y-%m}",
            "start_time": iso_utc(local_midnight(month.first, house.zone)),
            "end_time": iso_utc(local_midnight(month.until, house.zone)),
            "p2p": _earned(sums, "p2p", may),
            "dr": _earned(sums, "income:dr", may),
            "retailer": _earned(sums, "income:export", may),
            "self_consumption": in_units(sums.get("self_consumption")),
            "battery": in_units(sums.get("battery")),
            "cost": in_units(month.sums.bought_mc),
            "currency": house.settings.currency,
            "settled_until": None
            if settled is None
            else iso_utc(local_midnight(settled + timedelta(days=1), house.zone)),
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    return benefits.blueprint


def balance_api(house: House) -> Blueprint:
    """Build the one route of the running balance."""
    balance = Resource(house, "balance", "/api/v1/balance", "The running balance of the ledger.")

    @balance.get("", "analytics.view")
    def show(query: DayQuery) -> Balance:
        """Show the running balance at the end of a period, and day by day within it.

        Yesterday, by the building's clock, where no period is named.
        """
        period = query.day_period(house.clock.now(), house.zone)
        first, until = _days(house, period)
        may = _may(current_actor())
        counted = [a for a in (*BOUGHT, *EARNED) if a in may]
        totals = house.money.ledger.totals(None, until, ("account", "day"))
        by_day: dict[date, int] = {}
        for total in totals:
            if total.day is not None and total.account in counted:
                by_day[total.day] = by_day.get(total.day, 0) - total.debit_mc
        history, running = [], 0
        for day in sorted(by_day):
            running += by_day[day]
            if day >= first:
                ends = local_midnight(day + timedelta(days=1), house.zone)
                history.append(BalanceAt(datetime=iso_utc(ends), balance=running / MC_PER_UNIT))
        return {
            "balance": running / MC_PER_UNIT,
            "as_of": iso_utc(period.end),
            "history": history,
            "accounts": _accounts(totals, may),
            "currency": house.settings.currency,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    return balance.blueprint


def _usual(house: House, query: BenefitsQuery) -> Period:
    """The period asked for, or the last 31 local days."""
    if query.start_time is None and query.end_time is None:
        today = local_date(house.clock.now(), house.zone)
        begin = local_midnight(today - timedelta(days=USUAL_DAYS), house.zone)
        return Period(begin, local_midnight(today, house.zone))
    return query.period(house.clock.now_ms())


def _days(house: House, period: Period) -> tuple[date, date]:
    """The local days [first, until) that a period touches."""
    last = local_date(from_ms(period.end_ms - 1), house.zone)
    return local_date(period.start, house.zone), last + timedelta(days=1)


def _month(house: House, month: str | None) -> date:
    today = local_date(house.clock.now(), house.zone)
    if month is None:
        return shift_period("month", today, -1)
    try:
        day = date.fromisoformat(f"{month}-01")
        local_period("month", day, house.zone)
    except (ValueError, OverflowError):
        raise InvalidInput(
            "There is no such month.", [FieldError("month", "a month as YYYY-MM")]
        ) from None
    return day


def _may(actor: Actor) -> frozenset[str]:
    """The accounts an actor may read."""
    return frozenset(
        account for account in ACCOUNTS if account not in NEEDS or actor.may(NEEDS[account])
    )


def _benefits(house: House, totals: Iterable[Total]) -> list[Benefit]:
    may = _may(current_actor())
    found = [
        Benefit(
            source=WORDS[total.account],
            datetime=iso_utc(local_midnight(total.day, house.zone)),
            product=_product(WORDS[total.account]),
            value=_value(total.account, total.debit_mc),
        )
        for total in totals
        if total.day is not None and total.account in WORDS and total.account in may
    ]
    return sorted(found, key=lambda row: _order(_name(row)))


def _name(row: Benefit) -> str:
    return f"{row['datetime']} {row['source']}"


def _order(name: str) -> tuple[list[int], str]:
    """Newest first; ISO times in one zone sort as their letters do."""
    moment, _, source = name.partition(" ")
    return [-ord(letter) for letter in moment], source


def _product(source: str) -> str:
    return SOURCES[_SOURCE_OF.get(source, source)]


def _value(account: str, debit_mc: int) -> float:
    """What was saved or earned: memo accounts are debited, income is credited."""
    return (debit_mc if ACCOUNTS[account][1] == "memo" else -debit_mc) / MC_PER_UNIT


def _earned(sums: Mapping[str, int], account: str, may: frozenset[str]) -> float | None:
    """Income of an account; null where nothing was posted or it may not be read."""
    if account not in sums or account not in may:
        return None
    return -sums[account] / MC_PER_UNIT


def _accounts(totals: Iterable[Total], may: frozenset[str]) -> list[AccountBalance]:
    """Every account that has a balance, and those there always are; members with p2p alone."""
    sums = dict.fromkeys(ACCOUNTS, 0)
    for total in totals:
        sums[total.account] = sums.get(total.account, 0) + total.debit_mc
    return [
        AccountBalance(
            account=account,
            label=ACCOUNTS[account][0],
            kind="memo" if ACCOUNTS[account][1] == "memo" else "cash",
            balance=sums[account] / MC_PER_UNIT if account in may else None,
        )
        for account in sums
        if account in ACCOUNTS
    ] + [
        AccountBalance(
            account=account,
            label=account.removeprefix(MEMBER),
            kind="cash",
            balance=sums[account] / MC_PER_UNIT,
        )
        for account in sorted(sums)
        if account.startswith(MEMBER) and "p2p" in may
    ]
