"""What a settled day writes into the ledger, in whole milli-cents. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.money.accounts import SiteTotals

_COST_ACCOUNTS = {
    "energy": "cost:energy",
    "grid": "cost:grid",
    "tax": "cost:tax",
    "fixed": "cost:fixed",
    "peak": "cost:peak",
    "vat": "cost:vat",
}


@dataclass(frozen=True, slots=True)
class Line:
    """What all postings of one source and day are to sum to: + debit, − credit [mc], and Wh."""

    source: str
    words: str
    debit_mc: Mapping[str, int]
    energy_wh: Mapping[str, int]


def lines_of(found: SiteTotals) -> list[Line]:
    """The retailer's bill, what own solar saved and what the batteries saved.

    Each amount is rounded once, half to even; the other side of a posting is the sum of the rounded
    ones, so that debits equal credits.
    """
    return [_retailer(found), _self_consumption(found), _battery(found)]


def _retailer(found: SiteTotals) -> Line:
    amounts = {_COST_ACCOUNTS[kind]: round(mc) for kind, mc in found.by_kind.items() if mc}
    if found.sold_mc:
        amounts["income:export"] = -round(found.sold_mc)
    if amounts:
        amounts["retailer"] = -sum(amounts.values())
    bought, sold = found.kwh["imported"], found.kwh["exported"]
    energy = {"cost:energy": bought, "income:export": sold}
    return Line("retailer", "Energy from the grid", amounts, _wh(amounts, energy))


def _self_consumption(found: SiteTotals) -> Line:
    amounts = _memo("self_consumption", found.solar_used_mc)
    return Line("self_consumption", "Own solar used", amounts, {})


def _battery(found: SiteTotals) -> Line:
    amounts = _memo("battery", found.battery_saved_mc)
    wh = _wh(amounts, {"battery": found.kwh["discharging"]})
    return Line("battery", "Saved by the batteries", amounts, wh)


def _memo(account: str, saved_mc: float | None) -> dict[str, int]:
    saved = round(saved_mc or 0.0)
    return {account: saved, "avoided": -saved} if saved else {}


def _wh(amounts: Mapping[str, int], kwh: Mapping[str, float | None]) -> dict[str, int]:
    """Energies [Wh] of accounts that have an amount."""
    return {name: round(of * 1000) for name, of in kwh.items() if of and name in amounts}
