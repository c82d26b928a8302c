"""What a newcomer does first: start it, ask how it is, stop it, start it again."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.running import ROOT, start
from tests.waiting import wait_until


def health(address: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
        return dict(json.load(answer))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> dict[str, str]:
    """The setting that names an empty database; for SQLite none, as a newcomer has it."""
    if request.param == "sqlite":
        return {}
    return {"WATTBOARD_DATABASE_URL": request.getfixturevalue("empty_postgresql")}


def command(data_dir: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "WATTBOARD_DATA_DIR": str(data_dir), **variables}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def children_of(pid: int) -> set[int]:
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in found.stdout.splitlines()]
    own, grown = {pid}, True
    while grown:
        more = {child for child, parent in pairs if parent in own} - own
        own, grown = own | more, bool(more)
    return own - {pid}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_demo_prints_its_address_and_logins_answers_and_leaves_nothing_behind(
    tmp_path: Path, where: dict[str, str]
):
    running = start(tmp_path, **where)
    try:
        for name in ("admin", "manager", "operator", "viewer"):
            assert f"{name}-demo" in running.output
        wait_until(lambda: health(running.address)["status"] == "ok", 30)
        status = command(tmp_path, "status")
        assert status.returncode == 0, status.stdout
        family = children_of(running.process.pid)
        assert len(family) >= 3  # worker, broker, simulated building
        assert command(tmp_path, "stop").returncode == 0
        assert running.process.wait(20) == 0
        wait_until(lambda: not any(alive(pid) for pid in family))
        assert command(tmp_path, "status").returncode == 3
    finally:
        running.process.kill()


def test_after_a_kill_it_starts_again_and_its_children_do_not_outlive_it(
    tmp_path: Path, where: dict[str, str]
):
    running = start(tmp_path, **where)
    family = children_of(running.process.pid)
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in family), 30)
    again = start(tmp_path, **where)
    try:
        wait_until(lambda: health(again.address)["status"] == "ok", 30)
    finally:
        assert again.stop() == 0


def test_doctor_names_what_to_mend(tmp_path: Path, where: dict[str, str]):
    fine = command(tmp_path, "doctor", **where, WATTBOARD_DEMO="1")
    assert "embedded broker" in fine.stdout
    assert ("will be migrated" if where else "will be made") in fine.stdout
    (tmp_path / "secret_key").chmod(0o644)
    open_key = command(tmp_path, "doctor", **where)
    assert open_key.returncode == 1
    assert "chmod 600" in open_key.stdout


def test_an_unknown_command_is_answered_with_the_known_ones(tmp_path: Path):
    answer = command(tmp_path, "dance")
    assert answer.returncode == 2
    assert "doctor" in answer.stderr
