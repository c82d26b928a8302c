"""Run every test and end with a line per database: `python -m tests.run [pytest arguments]`.

Without arguments in two rounds: what needs no browser in two processes, a module to each in turn,
then the browser tests alone, one after the other. With arguments in one process, as pytest does.
A skipped test counts as a failure of the run: what a test needs is installed or the run says what
is missing.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

INDEPENDENT = "independent"
ROUNDS = (
    ("-m", "not browser", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"),
    ("-m", "browser"),
)
COMPILED = Path(sys.prefix) / "compiled"


class PerDatabase:
    """Counts outcomes by the database a test ran on."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            outcome = "passed" if hasattr(report, "wasxfail") else report.outcome
            name = str(dict(report.user_properties).get("database", INDEPENDENT))
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


def keep_compiled() -> None:
    """Compile each module once, also for the processes that tests start, and not beside it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(COMPILED)
    sys.dont_write_bytecode = False


def main() -> int:
    keep_compiled()
    plugin = PerDatabase()
    codes = []
    for chosen in (sys.argv[1:],) if sys.argv[1:] else ROUNDS:
        codes.append(int(pytest.main(["-q", *chosen], plugins=[plugin])))
        if codes[-1] == pytest.ExitCode.INTERRUPTED:
            break
    sys.stdout.write("\n" + "\n".join(plugin.lines()) + "\n")
    skipped = sum(counts["skipped"] for counts in plugin.counts.values())
    return max(codes) or (1 if skipped else 0)


if __name__ == "__main__":
    sys.exit(main())
