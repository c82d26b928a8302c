"""One line per acceptance point: met, missed with the figure, or to be judged by eye."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "data" / "acceptance"
PY = sys.executable
PYTEST = (PY, "-m", "pytest", "-q")


@dataclass(frozen=True)
class Point:
    """An acceptance point and the command that decides it; `{data}` is the folder of buildings."""

    number: str
    claim: str
    command: tuple[str, ...]
    long: bool = False
    by_eye: str = ""
    env: dict[str, str] = field(default_factory=dict)


def judge(point: Point, logs: Path, data: Path) -> bool:
    """Run one point's command, print its line, and tell whether it is met."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{point.number}.log"
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


def decide(issue: str, points: Sequence[Point], words: str | None) -> int:
    """Judge every point of an issue, or those asked for; 1 when one is missed."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default="", help="numbers, separated by commas")
    chosen = parser.parse_args()
    wanted = {number for number in chosen.only.split(",") if number}
    asked = [point for point in points if not wanted or point.number in wanted]
    met = [judge(point, LOGS / issue, chosen.data.resolve()) for point in asked]
    print(f"\n{sum(met)} of {len(met)} points met or ready to be looked at")
    return 0 if all(met) else 1
