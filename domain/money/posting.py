"""What is written into the ledger. Pure data.

An entry's `debit_mc` is + debit, − credit [milli-cents]; the entries of a posting sum to zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.foundation.errors import FieldError, InvalidInput

MC_PER_CENT = 1000
KEY_LENGTH = 200
WORDS_LENGTH = 300
ACCOUNT_LENGTH = 80
LARGEST = 10**15
"""The largest amount of one entry, in mc and in Wh: sums of thousands still fit in 64 bits."""
MEMBER = "member:"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an account, + debit − credit [mc], and the energy it is for [Wh] where there is."""

    account: str
    debit_mc: int
    energy_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A transaction to be written once: the same `key` again is the same posting.

    `day` is the local day it is about, `source` one of SOURCES. `evidence` names what it stands
    on, as JSON: interval values (subject, side, day, revision, digest), tariff versions, an event
    or a trade.
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

OTHER_SIDE = frozenset({"retailer", "avoided"})
"""Where the other half of an entry stands; members are other sides too."""

SOURCES: Mapping[str, str] = {
    "retailer": "Retailer",
    "self_consumption": "Own solar",
    "battery": "Batteries",
    "demand_response": "Demand response",
    "p2p": "Neighbours",
    "adjustment": "Adjustment",
}
"""What a posting can come from, as the screen calls it."""

BOUGHT = tuple(account for account in ACCOUNTS if account.startswith("cost:"))
EARNED = ("income:export", "income:dr", "p2p")
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    # name: label, accounts
    "bill": ("The bill: bought less earned", (*BOUGHT, *EARNED)),
    "bought": ("Bought from the retailer", BOUGHT),
    "earned": ("Earned", EARNED),
}
"""Accounts that are added up together."""


def account_of(account: str) -> tuple[str, str] | None:
    """Label and kind of an account, which follow from its name; None where there is no such."""
    name = account.removeprefix(MEMBER)
    if account.startswith(MEMBER) and name.strip() and len(account) <= ACCOUNT_LENGTH:
        return name, "cash"
    return ACCOUNTS.get(account)


def cents_of(mc: int) -> int:
    """The nearest cent, half away from zero: what people read of an amount."""
    whole = (abs(mc) + MC_PER_CENT // 2) // MC_PER_CENT
    return whole if mc >= 0 else -whole


def accounts_named(name: str) -> tuple[str, ...]:
    """The accounts of a group, or the one account of that name; none where there is no such."""
    if name in GROUPS:
        return GROUPS[name][1]
    return (name,) if account_of(name) else ()


def check(posting: Posting) -> None:
    """Refuse what cannot stand in the ledger.

    Raises:
        InvalidInput: an unknown account or source, entries that do not balance, or a limit broken.
    """
    errors = [*_of_texts(posting), *_of_entries(posting.entries)]
    if errors:
        raise InvalidInput(f"The posting “{posting.key}” cannot be written.", errors)


def _of_texts(posting: Posting) -> list[FieldError]:
    errors = []
    if not 0 < len(posting.key) <= KEY_LENGTH:
        errors.append(FieldError("key", f"is 1 to {KEY_LENGTH} characters long", KEY_LENGTH))
    if not 0 < len(posting.words) <= WORDS_LENGTH:
        errors.append(FieldError("words", f"is 1 to {WORDS_LENGTH} characters long", WORDS_LENGTH))
    if posting.source not in SOURCES:
        errors.append(FieldError("source", f"is one of {', '.join(SOURCES)}", [*SOURCES]))
    return errors


def _of_entries(entries: tuple[Entry, ...]) -> list[FieldError]:
    errors = [
        FieldError("entries", f"there is no account “{entry.account}”", [*ACCOUNTS])
        for entry in entries
        if account_of(entry.account) is None
    ]
    amounts = [e.debit_mc for e in entries] + [e.energy_wh or 0 for e in entries]
    if any(type(amount) is not int or abs(amount) > LARGEST for amount in amounts):
        errors.append(FieldError("entries", f"amounts are whole, up to {LARGEST}", LARGEST))
    elif not entries or sum(entry.debit_mc for entry in entries) != 0:
        errors.append(FieldError("entries", "debits and credits are equal, and there are some"))
    return errors


def difference(
    written: Mapping[str, tuple[int, int]],
    wanted_mc: Mapping[str, int],
    wanted_wh: Mapping[str, int],
) -> tuple[Entry, ...]:
    """The entries that bring what is written (mc, Wh by account) to what is wanted."""
    entries = []
    for account in sorted({*written, *wanted_mc, *wanted_wh}):
        is_mc, is_wh = written.get(account, (0, 0))
        mc = wanted_mc.get(account, 0) - is_mc
        wh = wanted_wh.get(account, 0) - is_wh
        if mc or wh:
            entries.append(Entry(account, mc, wh or None))
    return tuple(entries)
