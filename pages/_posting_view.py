"""One posting: its entries, what it stands on, what corrected it; pure functions of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components import charts, formats
from components.cards import card
from components.figures import Strip
from components.lines import Line as Curve
from components.marks import chip, key_value
from components.states import empty
from components.tables import Column, Row, simple_table
from domain.money.book import Detail, Line
from domain.money.interval_values import Values
from domain.money.ledger_chain import Seal
from domain.money.posting import SOURCES, Entry, account_of
from domain.money.statement import TariffUsed
from pages._ledger_view import Sight

ENTRY_COLUMNS = (
    Column("account", "Account", sortable=False),
    Column("debit", "Debit", number=True, sortable=False),
    Column("credit", "Credit", number=True, sortable=False),
    Column("energy", "Energy", number=True, sortable=False, hide_below="sm"),
)
SIDES: Mapping[str, tuple[str, str]] = {
    "import": ("Bought from the grid", "import"),
    "export": ("Sold to the grid", "export"),
    "consumption": ("Consumption", "consumption"),
    "generation": ("Solar", "solar"),
    "discharging": ("Discharging", "discharging"),
    "charging": ("Charging", "charging"),
}
STRIP_PX = 64


@dataclass(frozen=True)
class Meter:
    """A sensor whose readings a posting stands on."""

    sensor_id: str
    name: str


def entries_card(detail: Detail, sight: Sight) -> Any:
    """Debits and credits, to a thousandth of a cent where there is one."""
    debits_first = sorted(detail.entries, key=lambda entry: entry.debit_mc < 0)
    rows = [_entry_row(number, entry, sight) for number, entry in enumerate(debits_first)]
    return card(
        "Entries",
        simple_table(ENTRY_COLUMNS, rows, caption="Entries of the posting"),
        fact=f"{sight.unit}, debits equal credits",
        className="wb-card-table wb-posting-entries",
    )


def _entry_row(number: int, entry: Entry, sight: Sight) -> Row:
    label, kind = account_of(entry.account) or (entry.account, "cash")
    amount = exact(abs(entry.debit_mc), sight)
    kwh = None if entry.energy_wh is None else entry.energy_wh / 1000
    return Row(
        key=str(number),
        cells=[
            html.Span(
                [
                    html.B(label),
                    html.Span(entry.account, className="wb-id"),
                    chip("not paid", "outline") if kind == "memo" else None,
                ],
                className="wb-row",
            ),
            amount if entry.debit_mc >= 0 else "",
            amount if entry.debit_mc < 0 else "",
            "" if kwh is None else formats.text("energy", kwh),
        ],
    )


def exact(mc: int, sight: Sight) -> str:
    """An amount with all that the ledger keeps of it."""
    decimals = 2 if mc % 1000 == 0 else 5
    return f"{formats.fixed(mc / 100_000, decimals)} {sight.unit}"


def facts_card(detail: Detail, seal: Seal | None, sight: Sight) -> Any:
    """What it is, when it was posted, and its place in the chain."""
    posted = formats.local(detail.posted_ms, sight.zone)
    posted_words = f"{formats.day_of(posted.date(), year=True)} {posted:%H:%M}"
    rows: list[tuple[Any, Any]] = [
        ("About", _day_link(detail)),
        ("From", SOURCES.get(detail.source, detail.source)),
        ("Posted", posted_words),
        ("Key", html.Code(detail.key)),
    ]
    if detail.corrects is not None:
        rows.insert(2, ("Corrects", _posting_link(detail.corrects)))
    sealed = "not yet: its day of posting is still open"
    if seal is not None and detail.seq <= seal.last_seq:
        sealed = f"with all that was posted to {formats.day_of(seal.day)}"
    rows += [
        ("Sealed", sealed),
        ("Hash", html.Code(f"{detail.hash[:16]}…", title=detail.hash)),
    ]
    return card("Posting", key_value(rows))


def _day_link(detail: Detail) -> Any:
    words = formats.day_of(detail.day, year=True)
    return dcc.Link(words, href=f"/money/ledger?first={detail.day}&last={detail.day}")


def _posting_link(seq: int) -> Any:
    return dcc.Link(f"posting {seq:,}", href=f"/money/ledger/{seq}")


def evidence_card(
    detail: Detail,
    tariffs: Sequence[tuple[int, TariffUsed]],
    values: Sequence[Values],
    meters: Sequence[Meter],
) -> Any:
    """What it stands on, in words, with links to tariff and readings."""
    rows: list[tuple[Any, Any]] = []
    for tariff_id, tariff in tariffs:
        words = f"{tariff.name}, terms from {formats.day_of(tariff.valid_from, year=True)}"
        href = f"/money/tariffs?tariff={tariff_id}&version={tariff.version_id}"
        rows.append((f"Tariff for {tariff.direction}", dcc.Link(words, href=href)))
    coverage = detail.evidence.get("coverage")
    if isinstance(coverage, int | float):
        share = formats.fixed(coverage * 100, 1)
        rows.append(("Known", f"cost of {share} % of the day"))
    if "estimated" in detail.evidence:
        estimated = detail.evidence["estimated"] is True
        words = "a fallback price or a side of the balance" if estimated else "nothing"
        rows.append(("Estimated", words))
    if values:
        rows.append(("Interval values", _values_words(values)))
    if meters:
        links: list[Any] = []
        for meter in meters:
            href = f"/sensors/{meter.sensor_id}?period=day&date={detail.day}"
            links += [dcc.Link(meter.name, href=href), ", "]
        rows.append(("Readings", html.Span(links[:-1])))
    known = {"energy", "tariff_versions", "coverage", "estimated"}
    rows += [(name, str(detail.evidence[name])) for name in detail.evidence if name not in known]
    if not rows:
        words = "Nothing but its own words is kept with it."
        return card("What it stands on", html.P(words, className="wb-hint"))
    return card("What it stands on", key_value(rows))


def _values_words(values: Sequence[Values]) -> Any:
    revision = max(each.named.revision for each in values)
    kept = "as first kept" if revision == 1 else f"as kept in revision {revision}"
    if not all(each.intact for each in values):
        return chip("not what was posted from: the digest differs", "fault")
    later = "" if all(each.newest for each in values) else ", since replaced by a later one"
    return f"{kept}, digest holds{later}"


def values_card(values: Sequence[Values], sight: Sight) -> Any:
    """The quarter hours as strips, and below them in numbers."""
    order = [*SIDES]
    known = [each for each in values if any(each.kwh) and each.named.side in SIDES]
    shown = sorted(known, key=lambda each: order.index(each.named.side))
    if not shown:
        return empty(
            "No interval values",
            "This posting names none, or nothing was measured on its day.",
            icon_name="activity",
        )
    start_ms = shown[0].start_ms
    end_ms = start_ms + len(shown[0].kwh) * shown[0].slot_s * 1000
    panels = [_strip(each) for each in shown]
    minutes = shown[0].slot_s // 60
    return card(
        "Interval values",
        charts.strip_chart(
            panels,
            start_ms,
            end_ms,
            sight.zone,
            id="posting-values",
            summary="The energies of the day that this posting was made from",
            revision=f"{start_ms}",
        ),
        html.Details(
            [
                html.Summary(f"Every {minutes} minutes in numbers"),
                _values_table(shown, sight),
            ],
            className="wb-posting-numbers",
        ),
        fact=f"kWh in {minutes} minutes",
    )


def _strip(values: Values) -> Strip:
    label, token = SIDES[values.named.side]
    starts = [values.start_ms + n * values.slot_s * 1000 for n in range(len(values.kwh))]
    curve = Curve(label, starts, values.kwh, token, fill=0.12, bucket_s=values.slot_s)
    total = formats.text("energy", values.total_kwh)
    return Strip(label, [curve], "energy", "kWh", STRIP_PX, from_zero=True, head=total)


def _values_table(values: Sequence[Values], sight: Sight) -> Any:
    columns = [Column("time", "From", sortable=False)]
    columns += [
        Column(v.named.side, SIDES[v.named.side][0], number=True, sortable=False) for v in values
    ]
    step_ms = values[0].slot_s * 1000
    rows = [
        Row(
            key=str(number),
            cells=[
                formats.clock(values[0].start_ms + number * step_ms, sight.zone),
                *(formats.fixed(v.kwh[number], 3) for v in values),
            ],
        )
        for number in range(len(values[0].kwh))
    ]
    return simple_table(columns, rows, caption="Interval values [kWh]")


def corrections_card(detail: Detail, sight: Sight) -> Any:
    """What came later; nothing where nothing did."""
    if not detail.corrections:
        return None
    columns = (
        Column("what", "What", sortable=False),
        Column("posted", "Posted", sortable=False),
        Column("amount", "Amount", number=True, sortable=False),
    )
    rows = [_correction_row(line, sight) for line in detail.corrections]
    title = "Corrected by" if detail.corrects is None else "Other corrections of the same"
    table = simple_table(columns, rows, caption=title)
    return card(title, table, className="wb-card-table")


def _correction_row(line: Line, sight: Sight) -> Row:
    name = dcc.Link(line.words, href=f"/money/ledger/{line.seq}", className="wb-name")
    return Row(
        key=str(line.seq),
        cells=[
            name,
            formats.moment(line.posted_ms, sight.now_ms, sight.zone),
            sight.money(line.amount_mc),
        ],
    )
