"""What a newcomer is told when a system package is missing: at once, by name, with the line."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import ROOT

AT_ONCE_S = 10
"""A start that cannot succeed says so within this time; what takes longer fails the test."""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH of its own: what a shell script needs, and nothing that Wattboard needs."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("sh", "make", "ls", "tail", "mktemp", "rm", "touch", "true"):
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    fake(folder, "id", "echo 1000")
    return folder


def fake(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(tools: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, "PATH": str(tools), **variables},
        capture_output=True,
        text=True,
        timeout=AT_ONCE_S,
        check=False,
    )


def test_without_root_the_apt_line_names_every_missing_package(tools: Path) -> None:
    found = run(tools, "sh", "bin/need", "chromium", "chromium-driver")
    assert found.returncode == 1
    assert "as root: apt-get install -y chromium chromium-driver" in found.stderr


def test_root_installs_what_is_missing_and_shows_why_that_failed(tools: Path) -> None:
    fake(tools, "id", "echo 0")
    fake(tools, "apt-get", 'test "$1" = update || { echo "E: no such mirror"; exit 100; }')
    found = run(tools, "sh", "bin/need", "chromium")
    assert found.returncode == 1
    assert "E: no such mirror" in found.stderr
    assert "apt-get install -y chromium" in found.stderr
    fake(tools, "apt-get", "exit 0")
    assert run(tools, "sh", "bin/need", "chromium").returncode == 0


def test_a_start_without_what_it_needs_ends_before_anything_is_downloaded(
    tools: Path, tmp_path: Path
) -> None:
    fake(tools, "a-python-without-venv", "exit 1")
    environment = tmp_path / "venv"
    found = run(tools, "make", "run", f"VENV={environment}", "PYTHON=a-python-without-venv")
    assert found.returncode != 0
    assert "apt-get install -y python3-venv" in found.stderr
    assert not environment.exists()


def test_the_tests_ask_for_everything_they_need_at_once(tools: Path, tmp_path: Path) -> None:
    found = run(tools, "make", "test", f"VENV={tmp_path / 'venv'}")
    assert found.returncode != 0
    assert "apt-get install -y" in found.stderr
    assert "chromium chromium-driver" in found.stderr


def test_nothing_is_said_where_everything_is_there() -> None:
    found = subprocess.run(
        ["sh", "bin/need", "python3-venv", "mosquitto", "postgresql", "chromium"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
