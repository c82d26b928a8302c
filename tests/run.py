"""Run every test and end with a line per database: `python -m tests.run [pytest arguments]`.

Browser tests go last, one after the other. A skipped test counts as a failure of the run: what a
test needs is installed or the run says what is missing.
"""

import sys
from collections import Counter

import pytest


class PerDatabase:
    """Counts outcomes by the database a test ran on."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: "tests/browser/" in item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            outcome = "passed" if hasattr(report, "wasxfail") else report.outcome
            self.counts.setdefault(_database_of(report.nodeid), Counter())[outcome] += 1

    def lines(self) -> list[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total += counts
        rows = [(name, self.counts[name]) for name in sorted(self.counts)] + [("total", total)]
        return [
            f"{name}: {c['passed']} passed, {c['failed']} failed, {c['skipped']} skipped"
            for name, c in rows
        ]


def _database_of(nodeid: str) -> str:
    parameters = nodeid.partition("[")[2]
    for name in ("sqlite", "postgresql"):
        if name in parameters:
            return name
    return "independent"


def main() -> int:
    plugin = PerDatabase()
    code = int(pytest.main(["-q", *sys.argv[1:]], plugins=[plugin]))
    sys.stdout.write("\n" + "\n".join(plugin.lines()) + "\n")
    skipped = sum(counts["skipped"] for counts in plugin.counts.values())
    return code or (1 if skipped else 0)


if __name__ == "__main__":
    sys.exit(main())
