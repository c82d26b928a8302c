"""The simulated building as a child process, and the clock that both sides of the broker share."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from domain.foundation.clock import (
    BuildingClock,
    Clock,
    SystemClock,
    from_ms,
    iso_utc,
    real_now,
)
from domain.house import House
from settings import Settings

log = logging.getLogger(__name__)
CODE = Path(__file__).parents[1]
RESTART_S = 3.0
STOP_S = 5.0


def building_clock(settings: Settings) -> Clock:
    """Return real time, or the demo's own time, which goes on where it was after a restart."""
    if not settings.demo or (settings.demo_speed == 1 and settings.demo_start is None):
        return SystemClock()
    path = settings.data_dir / "clock.json"
    if path.exists():
        kept = json.loads(path.read_text())
        clock = BuildingClock(
            datetime.fromisoformat(kept["start"]),
            float(kept["speed"]),
            datetime.fromisoformat(kept["anchored_at"]),
        )
        if clock.speed == settings.demo_speed:
            return clock
        start = clock.now()
    else:
        start = settings.demo_start or real_now()
    clock = BuildingClock(start, settings.demo_speed, real_now())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "start": clock.start.isoformat(),
                "speed": clock.speed,
                "anchored_at": clock.anchored_at.isoformat(),
            }
        )
    )
    return clock


class DemoBuilding:
    """Keeps the simulated building running, from when the listener hears it until `stop`."""

    def __init__(self, house: House, mqtt_url: str, heard: Callable[[], bool]) -> None:
        self._house, self._mqtt_url, self._heard = house, mqtt_url, heard
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="demo-building", daemon=True)

    def start(self) -> None:
        """Begin; the child lives as long as this process."""
        self._thread.start()

    def stop(self) -> None:
        """End the child and wait for it."""
        self._ended.set()
        if self._child is not None:
            self._child.terminate()
        self._thread.join(STOP_S * 2)

    def _keep(self) -> None:
        while not self._ended.is_set():
            if not self._heard():
                self._ended.wait(0.1)
                continue
            self._child = subprocess.Popen(self._command(), cwd=CODE, env=self._env())  # noqa: S603
            code = self._child.wait()
            if not self._ended.is_set():
                log.warning("the simulated building ended with %s; starting it again", code)
                self._ended.wait(RESTART_S)

    def _env(self) -> dict[str, str]:
        """Let the child trust the same authority; it knows no settings of Wattboard."""
        ca_file = self._house.settings.mqtt_ca_file
        return {**os.environ, **({"SSL_CERT_FILE": str(ca_file)} if ca_file else {})}

    def _command(self) -> list[str]:
        settings, clock = self._house.settings, self._house.clock
        shared = (
            clock
            if isinstance(clock, BuildingClock)
            else BuildingClock(real_now(), 1.0, real_now())
        )
        done = settings.data_dir / "history.done"
        options = {
            "mqtt-url": self._mqtt_url,
            "site": settings.site,
            "prefix": settings.topic_prefix,
            "timezone": settings.timezone,
            "latitude": settings.latitude,
            "longitude": settings.longitude,
            "start": iso_utc(shared.start),
            "anchor": iso_utc(shared.anchored_at),
            "speed": shared.speed,
            "seed": settings.demo_seed,
            "days": settings.demo_days,
            "history-done-file": done,
        }
        if done.exists() and (newest := self._newest_ms()) is not None:
            options["history-from"] = iso_utc(from_ms(newest))
        return [
            sys.executable,
            "-m",
            "data_ingest.simulation",
            *(f"--{name}={value}" for name, value in options.items()),
        ]

    def _newest_ms(self) -> int | None:
        return max((x.ts_ms for x in self._house.telemetry.latest().values()), default=None)
