"""Files of the Money page: a month's statement in three formats, the postings of the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api import statement_pdf, statement_xlsx
from api.download import asked_dialect, csv_file
from api.marks import requires
from api.statement_words import Letterhead
from components import formats
from domain.access.current import current_actor
from domain.analytics.shown_csv import Cell, Table, table_csv
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput
from domain.money.book import LedgerQuery
from domain.money.ledger_chain import Written
from domain.money.posting import accounts_named
from domain.money.statement_parts import CSV_COLUMNS, csv_rows
from domain.money.tariff import MC_PER_UNIT

if TYPE_CHECKING:
    from domain.house import House

POSTING_COLUMNS = (
    *("posting", "posted_at_utc", "day_local", "source", "what", "corrects", "account"),
    *("debit", "credit", "currency", "amount_mc", "energy_kwh", "key", "hash"),
)


def download_money_api(house: House) -> Blueprint:
    """`/download/money/…`, for the composition root to register."""
    routes = Blueprint("download_money", __name__, url_prefix="/download/money")

    @routes.get("/statement.csv")
    @requires("export")
    def statement_csv() -> Response:
        head, dialect = _letterhead(house), asked_dialect()
        rows = csv_rows(head.statement, house.settings.currency, MC_PER_UNIT)
        return csv_file(table_csv(Table(CSV_COLUMNS, rows), dialect), _name(head))

    @routes.get("/statement.xlsx")
    @requires("export")
    def statement_workbook() -> Response:
        head = _letterhead(house)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return _file(statement_xlsx.workbook(head), kind, f"{_name(head)}.xlsx")

    @routes.get("/statement.pdf")
    @requires("export")
    def statement_paper() -> Response:
        head = _letterhead(house)
        return _file(statement_pdf.pdf(head), "application/pdf", f"{_name(head)}.pdf")

    @routes.get("/ledger.csv")
    @requires("export")
    def ledger_csv() -> Response:
        current_actor().require("analytics.view")
        query, dialect = asked_query(), asked_dialect()
        written = house.money.ledger.written(query)
        rows = _entries(written, house.settings.currency)
        return csv_file(table_csv(Table(POSTING_COLUMNS, rows), dialect), "ledger")

    return routes


def _letterhead(house: House) -> Letterhead:
    current_actor().require("analytics.view")
    return Letterhead(
        house.money.statements.of(_month()),
        house.building.name(),
        formats.currency_unit(house.settings.currency),
        house.zone,
        house.settings.demo,
    )


def _month() -> date:
    text = request.args.get("month", "")
    try:
        if not re.fullmatch(r"20\d\d-\d\d", text):
            raise ValueError
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        wrong = FieldError("month", "must be a month, as 2026-06")
        raise InvalidInput("There is no statement of this.", [wrong]) from error


def asked_query() -> LedgerQuery:
    """The postings of the address, in the order they were posted. Raises InvalidInput."""
    last = _day("last")
    return LedgerQuery(
        first=_day("first"),
        until=None if last is None else last + timedelta(days=1),
        source=request.args.get("source") or None,
        accounts=accounts_named(request.args.get("account", "")),
        corrections=request.args.get("corrections") == "1",
        page_size=None,
    )


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        wrong = FieldError(name, "must be a day, as 2026-06-18")
        raise InvalidInput("These postings cannot be exported.", [wrong]) from error


def _entries(written: Iterator[Written], currency: str) -> Iterator[tuple[Cell, ...]]:
    """One line an entry; the numbers of a posting stand in each."""
    for each in written:
        posted = iso_utc(from_ms(each.posted_ms))
        head = (each.seq, posted, each.day, each.source, each.words, each.corrects)
        for entry in each.entries:
            amount = entry.debit_mc / MC_PER_UNIT
            debit, credit = (amount, None) if amount >= 0 else (None, -amount)
            kwh = None if entry.energy_wh is None else entry.energy_wh / 1000
            exact = (debit, credit, currency, entry.debit_mc)
            yield *head, entry.account, *exact, kwh, each.key, each.hash


def _name(head: Letterhead) -> str:
    return f"{head.building} statement {head.statement.month.first:%Y-%m}"


def _file(content: bytes, kind: str, title: str) -> Response:
    """An attachment whose name keeps to characters that every system takes."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", title).strip("_")
    return Response(
        content,
        mimetype=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
