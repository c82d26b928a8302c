"""`make accept-money`: one line per acceptance point of money, met or missed with the figure.

    python -m bench.accept_money [--only 2,4]

What only an eye can judge is listed as such, with where its screenshots were put.
"""

import sys

from bench.acceptance import LOGS, PY, PYTEST, Point, decide

SHOTS = LOGS / "money" / "screenshots"
PAGES = "overview,tariffs,tariff,calendar,money,room,sensor"
POINTS = (
    Point(
        "1a",
        "with the mouse: a tariff with weekend and holiday, its week, the overview, the statement",
        (
            *PYTEST,
            "tests/browser/test_tariffs.py",
            "tests/browser/test_calendar.py",
            "tests/browser/test_feeds.py",
            "tests/browser/test_money.py",
            "tests/browser/test_overview.py",
        ),
    ),
    Point(
        "1b",
        "the pages about money in light and dark, phone to wide",
        (PY, "-m", "bench.screenshots", "--out", str(SHOTS), "--pages", PAGES),
        by_eye="look at data/acceptance/money/screenshots",
    ),
    Point(
        "2a",
        "real buildings' years to the cent: flat, by time of use, dynamic, both clock changes",
        (PY, "-m", "bench.accept_costs", "--data", "{data}"),
    ),
    Point(
        "2b",
        "a generated year to the cent, settled and unsettled",
        (*PYTEST, "tests/integration/money/test_year_by_hand.py"),
    ),
    Point(
        "3",
        "debits equal credits, replay gives the balances, tampering is found, kills leave no half",
        (
            *PYTEST,
            "tests/integration/money/test_ledger.py",
            "tests/integration/money/test_ledger_kills.py",
            "tests/integration/money/test_ledger_tampering.py",
            "tests/integration/money/test_settlement.py",
            "tests/integration/money/test_settlement_kills.py",
        ),
    ),
    Point(
        "4",
        "a year's cost of 100 meters under a changed tariff beside DuckDB",
        (PY, "-m", "bench.money"),
    ),
)

if __name__ == "__main__":
    sys.exit(decide("money", POINTS, __doc__))
