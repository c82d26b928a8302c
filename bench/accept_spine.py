"""`make accept-spine`: one line per acceptance point of the spine, met or missed with the figure.

    python -m bench.accept_spine --data ../shared/data [--only 2,4]

What only an eye can judge is listed as such, with where its screenshots were put.
"""

import sys

from bench.acceptance import LOGS, PY, PYTEST, Point, decide

SHOTS = LOGS / "spine" / "screenshots"
POINTS = (
    Point(
        "1",
        "pages live after a start; screenshots light, dark, phone and wide",
        (PY, "-m", "bench.screenshots", "--out", str(SHOTS)),
        by_eye="compare data/acceptance/spine/screenshots with the pictures of the look",
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

if __name__ == "__main__":
    sys.exit(decide("spine", POINTS, __doc__))
