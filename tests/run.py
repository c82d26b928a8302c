"""Run every test and end with a line per database: `python -m tests.run [pytest arguments]`.

Browser tests go last, one after the other. A skipped test counts as a failure of the run: what a
test needs is installed or the run says what is missing.
"""

import sys
from collections import Counter

import pytest

INDEPENDENT = "independent"


class PerDatabase:
    """Counts outcomes by the database a test ran on."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self._database_of: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=_when)
        for item in items:
            self._database_of[item.nodeid] = _database_of(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            outcome = "passed" if hasattr(report, "wasxfail") else report.outcome
            name = self._database_of.get(report.nodeid, INDEPENDENT)
            self.counts.setdefault(name, Counter())[outcome] += 1

    def lines(self) -> list[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total += counts
        rows = [(name, self.counts[name]) for name in sorted(self.counts)] + [("total", total)]
        return [
            f"{name}: {c['passed']} passed, {c['failed']} failed, {c['skipped']} skipped"
            for name, c in rows
        ]


def _when(item: pytest.Item) -> tuple[bool, bool]:
    """The demo on PostgreSQL starts only once the one on SQLite has done its work."""
    in_browser = "tests/browser/" in item.nodeid
    return in_browser, in_browser and _database_of(item) == "postgresql"


def _database_of(item: pytest.Item) -> str:
    """Name the database by the parameter that chose it; the demo is on SQLite unless told."""
    parameters = item.nodeid.partition("[")[2]
    for name in ("sqlite", "postgresql"):
        if name in parameters:
            return name
    uses_demo = "demo" in getattr(item, "fixturenames", ())
    return "sqlite" if uses_demo else INDEPENDENT


def main() -> int:
    plugin = PerDatabase()
    code = int(pytest.main(["-q", *sys.argv[1:]], plugins=[plugin]))
    sys.stdout.write("\n" + "\n".join(plugin.lines()) + "\n")
    skipped = sum(counts["skipped"] for counts in plugin.counts.values())
    return code or (1 if skipped else 0)


if __name__ == "__main__":
    sys.exit(main())
