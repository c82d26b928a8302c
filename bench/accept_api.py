"""`make accept-api`: one line per acceptance point of the API, met or missed with the figure.

    python -m bench.accept_api [--only 2,4]

What only an eye can judge is listed as such, with where its screenshots were put.
"""

import sys

from bench.acceptance import LOGS, PY, PYTEST, Point, decide

SHOTS = LOGS / "api" / "screenshots"
POINTS = (
    Point(
        "1",
        "every line of the documents answers as they write it",
        (*PYTEST, "tests/api/test_documents.py"),
    ),
    Point(
        "2",
        "schemathesis: 50 examples an operation × four roles, and the planted faults",
        (*PYTEST, "tests/api/test_schema_fuzz.py"),
        long=True,
    ),
    Point(
        "3a",
        "roles × endpoints × socket topics, every cell",
        (*PYTEST, "tests/api/test_roles.py", "tests/api/test_socket_roles.py"),
    ),
    Point(
        "3b",
        "the eight holes of the system before stay closed",
        (*PYTEST, "tests/api/test_ancestor_holes.py"),
    ),
    Point(
        "4",
        "latest, snapshot, token check and p99 beside their references",
        (PY, "-m", "bench.api"),
    ),
    Point(
        "5",
        "200 sockets × 1,000 updates/s; a stuck client delays nobody",
        (PY, "-m", "bench.socket"),
    ),
    Point(
        "6",
        "Analytics, Events and Tokens in light and dark, phone to wide",
        (PY, "-m", "bench.screenshots", "--out", str(SHOTS), "--pages", "analytics,events,tokens"),
        by_eye="look at data/acceptance/api/screenshots",
    ),
)

if __name__ == "__main__":
    sys.exit(decide("api", POINTS, __doc__))
