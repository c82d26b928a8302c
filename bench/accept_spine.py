"""`make accept-spine`: one line per acceptance point of the spine, met or missed with the figure.

    python -m bench.accept_spine --data ../shared/data [--only 2,4]

What only an eye can judge is listed as such, with where its screenshots were put.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "data" / "acceptance"


@dataclass(frozen=True)
class Point:
    """An acceptance point and the command that decides it; `{data}` is the folder of buildings."""

    number: str
    claim: str
    command: tuple[str, ...]
    long: bool = False
    by_eye: str = ""
    env: dict[str, str] = field(default_factory=dict)


PY = sys.executable
PYTEST = (PY, "-m", "pytest", "-q")
POINTS = (
    Point(
        "1",
        "pages live after a start; screenshots light, dark, phone and wide",
        (PY, "-m", "bench.screenshots", "--out", str(LOGS / "screenshots")),
        by_eye="compare data/acceptance/screenshots with the pictures of the look",
    ),
    Point(
        "2",
        "replay of a real building: year at once, daily energy equal to the last Wh",
        (PY, "-m", "bench.accept_replay", "--data", "{data}"),
    ),
    Point(
        "3",
        "payloads of a foreign MQTT client visible within a second, malformed listed",
        (*PYTEST, "tests/browser/test_live.py", "tests/integration/ingest"),
    ),
    Point(
        "4",
        "ten SIGKILLs while 40,000 messages arrive: none missing, none twice",
        (*PYTEST, "tests/faults/test_kill.py"),
        long=True,
    ),
    Point("5a", "ingest ≥ 0.7× decode-only", (PY, "-m", "bench.ingest")),
    Point("5b", "queries on 50 million readings", (PY, "-m", "bench.query")),
    Point("5c", "publish → text p99 ≤ 3× the bare path", (PY, "-m", "bench.live")),
    Point("6", "page weight and time to charts", (PY, "-m", "bench.page")),
    Point("7", "the suite on SQLite and PostgreSQL, nothing skipped", (PY, "-m", "tests.run")),
)


def judge(point: Point, data: Path) -> bool:
    """Run one point's command, print its line, and tell whether it is met."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{point.number}.log"
    command = [part.format(data=data) for part in point.command]
    env = {**os.environ, **({"WATTBOARD_LONG": "1"} if point.long else {})}
    begun = time.monotonic()
    with log.open("wb") as output:
        code = subprocess.run(
            command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    verdict = "missed" if code else "by eye" if point.by_eye else "met"
    figure = lines[-1].strip() if lines else "no output"
    print(f"{point.number:>3}  {verdict:<7} {point.claim} ({time.monotonic() - begun:.0f} s)")
    for line in [text for text in lines if text.startswith(("PASS", "FAIL"))] or [figure]:
        print(f"       {line}")
    if point.by_eye:
        print(f"       {point.by_eye}")
    sys.stdout.flush()
    return code == 0


def main() -> int:
    """Judge every point, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="", help="numbers, separated by commas")
    chosen = parser.parse_args()
    wanted = {number for number in chosen.only.split(",") if number}
    points = [p for p in POINTS if not wanted or p.number in wanted]
    met = [judge(point, chosen.data.resolve()) for point in points]
    print(f"\n{sum(met)} of {len(met)} points met or ready to be looked at")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
