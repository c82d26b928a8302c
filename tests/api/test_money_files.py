"""`/download/money/…` through the real gate: a month's statement and the postings of the ledger."""

import csv
import io
from collections import defaultdict
from datetime import date, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader

from domain.foundation.contract import Contract, under
from domain.house import House
from domain.money.posting import cents_of
from tests.api.conftest import Compose, a_user_with_password, a_web, visitor
from tests.money_days import settle

JUNE = date(2026, 6, 1)
STATEMENT, LEDGER = "/download/money/statement", "/download/money/ledger.csv"


@pytest.fixture
def settled(small_house: House) -> House:
    """Fifteen days of June, a correction of the second and one of the last of May."""
    settle(small_house, date(2026, 5, 31), 77_777)
    for number in range(15):
        settle(small_house, JUNE + timedelta(days=number), 100_333 * (number + 1))
    settle(small_house, JUNE + timedelta(days=1), 150_000, coverage=0.9)
    return small_house


@pytest.fixture
def server(settled: House) -> Flask:
    return a_web(settled)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_the_csv_statement_adds_up_to_the_ledger(server: Flask, settled: House):
    answer = visitor(server, "viewer").get(f"{STATEMENT}.csv?month=2026-06")
    assert answer.status_code == 200
    rows = rows_of(answer.text)
    month = {r["account"]: float(r["amount"]) for r in rows if r["section"] == "month"}
    totals = settled.money.ledger.totals(JUNE, date(2026, 7, 1), ("account",))
    assert month == pytest.approx({t.account: t.debit_mc / 100_000 for t in totals})
    exact = {r["account"]: int(r["amount_mc"]) for r in rows if r["section"] == "month"}
    assert exact == {t.account: t.debit_mc for t in totals}
    days: dict[str, float] = defaultdict(float)
    for row in rows:
        if row["section"] == "day":
            days[row["account"]] += float(row["amount"])
    assert days == pytest.approx(month)
    assert {r["currency"] for r in rows if r["amount"]} == {"EUR"}
    (head,) = [r["note"] for r in rows if r["section"] == "ledger_head"]
    assert settled.money.ledger.head().hash in head
    noted = {r["day_local"]: r["note"] for r in rows if r["section"] == "day"}
    assert noted["2026-06-02"] == "90 % measured, estimate, corrected"
    assert noted["2026-06-03"] == ""


def test_the_workbook_holds_numbers_that_add_up(server: Flask, settled: House):
    answer = visitor(server, "viewer").get(f"{STATEMENT}.xlsx?month=2026-06")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Statement", "Bill", "Saved", "Days", "Corrections"]
    bill = [row[4].value for row in book["Bill"].iter_rows(min_row=2)]
    assert sum(bill[:-1]) == pytest.approx(bill[-1])
    bill_mc = settled.money.months.of(JUNE).sums.bill_mc
    assert bill_mc is not None
    assert bill[-1] == pytest.approx(bill_mc / 100_000)
    days = list(book["Days"].iter_rows(min_row=2))
    assert days[0][0].value.date() == JUNE
    column = [c.value for c in book["Days"][1]].index("Bill")
    assert sum(row[column].value for row in days[:-1]) == pytest.approx(days[-1][column].value)
    assert "€" in book["Bill"]["E2"].number_format


def test_the_pdf_is_paged_has_its_euro_and_the_head_on_every_page(server: Flask, settled: House):
    answer = visitor(server, "viewer").get(f"{STATEMENT}.pdf?month=2026-06")
    assert answer.mimetype == "application/pdf"
    assert 'filename="' in answer.headers["Content-Disposition"]
    pages = pages_of(answer.data)
    head = settled.money.ledger.head().hash
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
        assert head in text
    whole = "\n".join(pages)
    assert "Statement of June 2026" in whole
    bill_mc = settled.money.months.of(JUNE).sums.bill_mc
    assert bill_mc is not None
    assert f"{cents_of(bill_mc) / 100:,.2f} €" in whole
    assert "DEMO" not in whole
    assert "posting 33" in whole
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO(answer.data)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert all("Inter" in font and "+" in font for font in fonts), fonts


def test_in_demo_every_page_of_the_pdf_says_so(compose: Compose):
    house = compose(demo=True)
    a_user_with_password(house, "viewer", "vera")
    settle(house, JUNE, 1_000)
    client = a_web(house).test_client()
    assert client.post("/login", data={"username": "vera", "password": "four unrelated words"})
    pages = pages_of(client.get(f"{STATEMENT}.pdf?month=2026-06").data)
    assert pages
    assert all("DEMO" in text for text in pages)


def test_a_month_without_postings_has_a_statement_that_says_so(server: Flask):
    pages = pages_of(visitor(server, "viewer").get(f"{STATEMENT}.pdf?month=2026-07").data)
    assert "No day of this month is settled yet." in "\n".join(pages)
    answer = visitor(server, "viewer").get(f"{STATEMENT}.xlsx?month=2026-07")
    assert load_workbook(io.BytesIO(answer.data))["Days"]["A2"].value.startswith("No day")


@pytest.mark.parametrize("month", ["", "2026-13", "june", "1999-12", "2026-06-01", "=1+1"])
def test_what_is_no_month_is_refused_by_name(server: Flask, month: str):
    answer = visitor(server, "viewer").get(f"{STATEMENT}.pdf?month={month}")
    assert answer.status_code == 422
    assert answer.json["error"]["details"]["fields"][0]["field"] == "month"


@pytest.mark.parametrize("path", [f"{STATEMENT}.pdf?month=2026-06", LEDGER])
def test_nobody_gets_a_file_without_signing_in(server: Flask, path: str):
    assert visitor(server, "anonymous").get(path).status_code in (302, 401)


def test_the_ledger_file_has_a_line_an_entry_and_balances(server: Flask, settled: House):
    rows = rows_of(visitor(server, "viewer").get(LEDGER).text)
    debits, credits = (sum(float(r[c] or 0) for r in rows) for c in ("debit", "credit"))
    assert debits == pytest.approx(credits)
    assert sum(int(r["amount_mc"]) for r in rows) == 0
    assert len({r["posting"] for r in rows}) == settled.money.ledger.head().seq == 33
    asked = f"{LEDGER}?first=2026-06-02&last=2026-06-02&source=retailer&account=bought"
    rows = rows_of(visitor(server, "viewer").get(asked).text)
    assert {r["day_local"] for r in rows} == {"2026-06-02"}
    assert len({r["posting"] for r in rows}) == 2


def test_an_embargo_holds_back_the_days_it_covers(settled: House):
    with under(Contract(embargo_minutes=3 * 1440)):  # it is the 16th, 10:00
        found = settled.money.statements.of(JUNE)
        assert max(day.day for day in found.days if day.sums) == date(2026, 6, 12)
