"""One list of cases says how things are written; Python and the browser's script both follow it."""

import json
import shutil
import subprocess
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components import formats

ROOT = Path(__file__).parents[3]
CASES: dict[str, list[list[Any]]] = json.loads(
    (ROOT / "tests" / "formats_cases.json").read_text(encoding="utf-8")
)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


WRITERS = {
    "quantity": lambda fmt, value, unit: list(formats.quantity(fmt, value, unit=unit)),
    "fixed": lambda value, decimals, sign: formats.fixed(value, decimals, sign=sign),
    "add_up": lambda parts, decimals, total: formats.add_up(parts, decimals, total=total),
    "age": lambda ts, now, zone: formats.age(ts, now, ZoneInfo(zone)),
    "clock": lambda ts, zone, seconds: formats.clock(ts, ZoneInfo(zone), seconds=seconds),
    "day": lambda ts, zone, year: formats.day(ts, ZoneInfo(zone), year=year),
    "span": formats.span,
    "period": lambda kind, first, last: formats.period(
        kind, date.fromisoformat(first), _date(last)
    ),
    "comparison": formats.comparison,
    "compared": lambda *given: list(formats.compared(*given)),
    "points": formats.points,
}


def _expected(name: str, case: list[Any]) -> tuple[list[Any], Any]:
    return (case[:3], case[3:]) if name == "quantity" else (case[:-1], case[-1])


@pytest.mark.parametrize("name", CASES)
def test_python_writes_every_case(name: str) -> None:
    for case in CASES[name]:
        arguments, expected = _expected(name, case)
        assert WRITERS[name](*arguments) == expected, case


SCRIPT = """
const f = require(process.argv[1]);
const cases = JSON.parse(require('fs').readFileSync(process.argv[2]));
const names = { add_up: 'addUp' };
const out = {};
for (const [name, list] of Object.entries(cases)) {
  out[name] = list.map((one) => f[names[name] || name](...(name === 'quantity' ? one.slice(0, 3) :
one.slice(0, -1)))); }
console.log(JSON.stringify(out));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="the browser test runs the same cases")
def test_the_browsers_script_writes_every_case_alike() -> None:
    done = subprocess.run(
        [
            "node",
            "-e",
            SCRIPT,
            str(ROOT / "assets/formats.js"),
            str(ROOT / "tests/formats_cases.json"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    written = json.loads(done.stdout)
    for name, cases in CASES.items():
        for case, result in zip(cases, written[name], strict=True):
            assert result == _expected(name, case)[1], (name, case)


@pytest.mark.parametrize(
    "parts", [[0.05] * 7, [1 / 3] * 3, [12.34, 0.06, 7.77, 0.0], [0.1, 0.2, 0.7]]
)
def test_parts_shown_together_add_up_to_their_rounded_total(parts: list[float]) -> None:
    for decimals in (0, 1, 2):
        shown = [float(text.replace(",", "")) for text in formats.add_up(parts, decimals)]
        total = sum((Decimal(repr(part)) for part in parts), Decimal(0))
        step = Decimal(1).scaleb(-decimals)
        assert round(sum(shown), decimals) == float(total.quantize(step, ROUND_HALF_UP))


def test_a_metric_of_the_contract_has_a_format_and_others_are_plain_numbers() -> None:
    assert all(fmt in formats.FORMATS | formats.WORDS for fmt in formats.METRIC_FORMATS.values())
    assert formats.metric_format("soc") == "percent"
    assert formats.metric_format("nobody_knows") == "number"


def test_a_compared_day_is_named_as_people_do() -> None:
    today = date(2026, 6, 18)
    assert formats.against(date(2026, 6, 17), today) == "yesterday"
    assert formats.against(date(2026, 6, 11), today) == "last Thursday"
    assert formats.against(date(2026, 6, 9), today) == "9 Jun"
    assert formats.against(date(2025, 6, 9), today) == "9 Jun 2025"


def test_lists_and_currencies_read_as_words() -> None:
    assert formats.list_words(["a"]) == "a"
    assert formats.list_words(["a", "b", "c"]) == "a, b and c"
    assert formats.currency_unit("eur") == "€"
    assert formats.currency_unit("JPY") == "JPY"
