"""`make accept-control`: one line per acceptance point of control, met or missed with the figure.

    python -m bench.accept_control [--only 2,4]

What only an eye can judge is listed as such, with where its screenshots were put.
"""

import sys

from bench.acceptance import LOGS, PY, PYTEST, Point, decide

SHOTS = LOGS / "control" / "screenshots"
PAGES = "devices,device,hours,limits,automation,automation-log,rule,schedule,room,jobs,job,drills"
POINTS = (
    Point(
        "1a",
        "with the mouse: a device down for half an hour, each step, its meter, the next owner",
        (*PYTEST, "tests/browser/test_devices.py"),
    ),
    Point(
        "1b",
        "the pages about control in light and dark, phone to wide",
        (PY, "-m", "bench.screenshots", "--out", str(SHOTS), "--pages", PAGES),
        by_eye="look at data/acceptance/control/screenshots",
    ),
    Point(
        "2a",
        "each simulated fault ends where it belongs, on page, API, socket and events",
        (*PYTEST, "tests/browser/test_device_faults.py"),
    ),
    Point(
        "2b",
        "the simulated building through a real broker: faults, deadlines, who is told by whom",
        (
            *PYTEST,
            "tests/integration/control/test_simulated_building.py",
            "tests/integration/control/test_lifecycle.py",
        ),
    ),
    Point(
        "3",
        "whatever happens: 500 runs of 50 steps keep every invariant",
        (
            *PYTEST,
            "tests/unit/control",
            "tests/integration/control/test_control_machine.py",
        ),
        long=True,
    ),
    Point(
        "4",
        "a process that ends at any call of database or broker: one effect an intent",
        (
            *PYTEST,
            "tests/faults/test_dispatcher_kill.py",
            "tests/faults/test_asking_kill.py",
            "tests/api/test_asking_killed.py",
        ),
        long=True,
    ),
    Point(
        "5",
        "two schedulers, the leader frozen for a minute: every job once, every intent one effect",
        (*PYTEST, "tests/faults/test_two_schedulers.py"),
        long=True,
    ),
    Point(
        "6",
        "from click to device beside a bare publish; arbitration of 1,000 devices",
        (PY, "-m", "bench.control"),
    ),
)

if __name__ == "__main__":
    sys.exit(decide("control", POINTS, __doc__))
