"""What is written into the ledger. Pure data.

An entry's `debit_mc` is + debit, − credit [milli-cents]; the entries of a posting sum to zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an account, + debit − credit [mc], and the energy it is for [Wh] where there is."""

    account: str
    debit_mc: int
    energy_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A transaction to be written once: the same `key` again is the same posting.

    `day` is the local day it is about, `source` the subject (retailer, self_consumption, battery,
    demand_response, p2p, adjustment). `evidence` names what it stands on, as JSON: interval values
    (subject, side, day, revision, digest), tariff versions, an event or a trade.
    """

    key: str
    day: date
    source: str
    words: str
    entries: tuple[Entry, ...]
    evidence: Mapping[str, object] = field(default_factory=dict)
    corrects: int | None = None


ACCOUNTS: Mapping[str, tuple[str, str]] = {
    # account: label, kind. `cash` is owed or earned, `memo` is what was avoided.
    "cost:energy": ("Energy bought", "cash"),
    "cost:grid": ("Grid charges", "cash"),
    "cost:fixed": ("Fixed charges", "cash"),
    "cost:peak": ("Peak charges", "cash"),
    "cost:tax": ("Taxes", "cash"),
    "cost:vat": ("VAT", "cash"),
    "income:export": ("Energy sold to the retailer", "cash"),
    "income:dr": ("Demand response rewards", "cash"),
    "p2p": ("Trades with neighbours", "cash"),
    "retailer": ("Retailer", "cash"),
    "self_consumption": ("Saved by using own solar", "memo"),
    "battery": ("Saved by the batteries", "memo"),
    "avoided": ("Cost avoided", "memo"),
}
"""Accounts every ledger has; `member:<name>` is made for each member of a community."""
