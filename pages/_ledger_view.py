"""The ledger's list and the state of its chain, as pure functions of what the ledger says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, link_button
from components.marks import age, chip
from components.states import banner, empty
from components.tables import Column, Row
from domain.money.book import ChainState, Check, LedgerPage, LedgerQuery, Line
from domain.money.posting import ACCOUNTS, GROUPS, SOURCES, accounts_named, cents_of

ALL, CORRECTIONS = "all", "corrections"
CONTROLS = ("source", "account", "kind", "first", "last")
PAGE_SIZE = 50
COLUMNS = (
    Column("seq", "No.", number=True, width="70px"),
    Column("day", "Day", width="120px"),
    Column("source", "From", hide_below="md"),
    Column("words", "What", sortable=False),
    Column("posted", "Posted", sortable=False, hide_below="lg"),
    Column("amount", "Amount", number=True),
)


@dataclass(frozen=True)
class Sight:
    """What the list is written with."""

    unit: str
    now_ms: int
    zone: ZoneInfo

    def money(self, mc: int | None) -> str:
        """An amount, to the cent."""
        units = None if mc is None else cents_of(mc) / 100
        return formats.text("money", units, unit=self.unit)


def query_of(chosen: Mapping[str, object], table: Mapping[str, Any] | None) -> LedgerQuery:
    """The list that controls and table ask for; what none of them offers means all."""
    last = day_of(chosen.get("last"))
    source = str(chosen.get("source"))
    asked = table or {}
    sort = asked.get("sort")
    return LedgerQuery(
        first=day_of(chosen.get("first")),
        until=None if last is None else last + timedelta(days=1),
        source=source if source in SOURCES else None,
        accounts=accounts_named(str(chosen.get("account"))),
        corrections=chosen.get("kind") == CORRECTIONS,
        sort=sort if sort in ("seq", "day", "source", "amount") else "seq",
        descending=bool(asked.get("descending")) if sort else True,
        page=int(asked.get("page") or 0),
        page_size=PAGE_SIZE,
    )


def day_of(text: object) -> date | None:
    """A day as it stands in an address or a form; None for what is none."""
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def options() -> dict[str, list[tuple[str, str]]]:
    """What each select offers."""
    return {
        "source": [(ALL, "All sources"), *SOURCES.items()],
        "account": [
            (ALL, "All accounts"),
            *((name, label) for name, (label, _) in GROUPS.items()),
            *((account, label) for account, (label, _) in ACCOUNTS.items()),
        ],
        "kind": [(ALL, "All postings"), (CORRECTIONS, "Corrections")],
    }


def search_of(chosen: Mapping[str, object]) -> str:
    """The part of the address that makes others see the same list."""
    asked = {n: str(chosen[n]) for n in CONTROLS if chosen.get(n) not in (None, "", ALL)}
    return f"?{urlencode(asked)}" if asked else ""


def file_link(chosen: Mapping[str, object]) -> Any:
    """The postings listed as a file."""
    asked = {n: str(chosen[n]) for n in CONTROLS if chosen.get(n) not in (None, "", ALL)}
    if asked.pop("kind", None):
        asked["corrections"] = "1"
    href = f"/download/money/ledger.csv?{urlencode(asked)}"
    return link_button("CSV", href, icon_name="download", download="CSV of the postings listed")


def rows_of(page: LedgerPage, sight: Sight) -> list[Row]:
    """A line a posting."""
    return [_row(line, sight) for line in page.lines]


def _row(line: Line, sight: Sight) -> Row:
    note = None
    if line.corrects is not None:
        note = chip(f"corrects {line.corrects}", "neutral")
    elif line.corrected:
        note = chip("corrected", "neutral")
    name = dcc.Link(line.words, href=f"/money/ledger/{line.seq}", className="wb-name")
    return Row(
        key=str(line.seq),
        cells=[
            f"{line.seq:,}",
            formats.day_of(line.day, year=True),
            SOURCES.get(line.source, line.source),
            html.Span([name, note], className="wb-ledger-what"),
            formats.moment(line.posted_ms, sight.now_ms, sight.zone),
            sight.money(line.amount_mc),
        ],
    )


def sum_words(page: LedgerPage, query: LedgerQuery, sight: Sight) -> str:
    """How many there are, and what they amount to where that means something."""
    count = "1 posting" if page.total == 1 else f"{page.total:,} postings"
    return f"{count}, {sight.money(page.amount_mc)} in all" if query.accounts else count


def nothing(query: LedgerQuery) -> Any:
    """An empty ledger, or filters that find nothing."""
    if query == LedgerQuery(page_size=PAGE_SIZE):
        return empty(
            "Nothing posted yet",
            "The first day that is settled under a tariff is the first posting.",
            icon_name="money",
        )
    return empty("No postings", "No posting fits these filters.", icon_name="filter")


def chain_bar(chain: ChainState, sight: Sight, verify_id: str) -> list[Any]:
    """Whether every row is as it was written, up to where days are sealed, and a button to look."""
    look = button("Verify now", id=verify_id, small=True, icon_name="refresh")
    check, head = chain.check, chain.head
    if head is None or (check is not None and check.broken):
        return [_broken_banner(check, sight, look)]
    return [
        html.Div(
            [
                _verified_chip(chain, sight),
                html.Span(_sealed_words(head.seq, chain), className="wb-second"),
                html.Span(
                    ["Head ", html.Code(head.hash[:12], title=head.hash)],
                    className="wb-second",
                ),
                html.Span(className="wb-spring"),
                look,
            ],
            className="wb-row wb-ledger-chain",
        )
    ]


def _broken_banner(check: Check | None, sight: Sight, look: Any) -> Any:
    title, when = "The head of the ledger is missing.", ""
    if check is not None and check.broken:
        title = check.broken
        when = f"Found {formats.age(check.checked_ms, sight.now_ms, sight.zone)}. "
    words = f"{when}Compare with a backup; the head in a statement tells which one is right."
    return banner(title, words, tone="fault", action=look)


def _verified_chip(chain: ChainState, sight: Sight) -> Any:
    if chain.check is None:
        return chip("Not verified yet", "outline")
    when = age(chain.check.checked_ms, sight.now_ms, sight.zone)
    checked = f"{chain.check.seq:,} postings were as written"
    return chip(["Verified ", when], "ok", icon_name="shield", title=checked)


def _sealed_words(seq: int, chain: ChainState) -> str:
    count = "1 posting" if seq == 1 else f"{seq:,} postings"
    if chain.seal is None:
        return f"{count}, nothing sealed yet"
    return f"{count}, sealed to {formats.day_of(chain.seal.day)}"
