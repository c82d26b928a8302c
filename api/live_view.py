"""How the house stands, as items of live frames."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.live_frames import Item, reading_item, room_item, single_item
from domain.building.attention import MOST_URGENT
from domain.control.wire import stop
from domain.foundation.clock import monotonic, real_now_ms

if TYPE_CHECKING:
    from domain.building.attention import Need
    from domain.house import House
    from domain.telemetry.model import Reading


log = logging.getLogger(__name__)
NEEDS_EVERY_S = 5.0
NEEDS_SHARE = 0.05
"""The part of one processor's time that watching for needs may take in a very large building."""


class HouseView:
    """Reads what the services keep in memory; only what needs a person asks the database."""

    def __init__(
        self, house: House, listener_state: Callable[[], Mapping[str, object]] | None
    ) -> None:
        self._house = house
        self._listener_state = listener_state
        self._started_ms, self._changes = real_now_ms(), 0
        self._needs: list[Item] = []
        self._needs_due_s = 0.0
        self._watching = threading.Lock()

    def note_change(self, change: object) -> None:
        """Count what makes an open page older than the building: its rooms, its name."""
        if str(getattr(change, "action", "")).startswith(("rooms.", "building.")):
            self._changes += 1

    def items(self, topic: str) -> list[Item]:
        """All of a topic as it stands; topics that only tell what happens have nothing to say."""
        match topic:
            case "reading":
                return self._latest()
            case "room":
                now_ms = self._house.clock.now_ms()
                return [room_item(x, now_ms) for x in self._house.building.live_rooms()]
            case "energy":
                frame = self._house.energy.frame()
                return [single_item("energy", frame | {"money": self._money()})]
            case "needs":
                return self._watched()
            case "money":
                return [single_item("money", {"postings": self._house.money.ledger.head().seq})]
            case "system":
                return [single_item("system", self.system())]
        return []

    def _money(self) -> Mapping[str, object]:
        """Today's money; a tariff or feed in trouble does not keep the energy from being shown."""
        try:
            return self._house.money.today.frame()
        except Exception:
            log.exception("today's money could not be told")
            return {}

    def readings(self, readings: Iterable[Reading]) -> list[Item]:
        """Readings that have just been stored, with the interval their series is known to have."""
        latest, placed = self._house.telemetry.latest(), self._house.building.placement()
        items = []
        for reading in readings:
            known = latest.get((reading.sensor_id, reading.metric))
            room = placed.get(reading.sensor_id)
            items.append(reading_item(reading, room, known.interval_s if known else None))
        return items

    def _latest(self) -> list[Item]:
        placed = self._house.building.placement()
        return [
            reading_item(x, placed.get(x.sensor_id), x.interval_s)
            for x in self._house.telemetry.latest().values()
        ]

    def _watched(self) -> list[Item]:
        """What needs a person, asked anew every few seconds however many clients want it."""
        with self._watching:
            began_s = monotonic()
            if began_s >= self._needs_due_s:
                self._needs_due_s = began_s + NEEDS_EVERY_S
                self._needs = [single_item("needs", needs_frame(self._house.watch.needs()))]
                took_s = monotonic() - began_s
                self._needs_due_s = began_s + max(NEEDS_EVERY_S, took_s / NEEDS_SHARE)
            return self._needs

    def system(self, *, measured: bool = True) -> dict[str, object]:
        """Building time [epoch ms], speed, zone, name, weather, and how the listener fares.

        Without `measured`, weather and the time of the newest measurement are null.
        `automatic` says whether all automatic control is stopped, `drill` names the one under way.
        `version` changes with a new start of the server and with the building's rooms.
        """
        return {
            "building_time_ms": self._house.clock.now_ms(),
            "speed": self._house.clock.speed,
            "timezone": self._house.zone.key,
            "outside": self._outside() if measured else None,
            "newest": self._newest() if measured else None,
            "building": {"name": self._house.building.name()},
            "version": f"{self._started_ms}.{self._changes}",
            "automatic": stop(self._house.control.stopped()),
            "drill": self._drill(),
            "listener": self._listener_state() if self._listener_state else None,
        }

    def _drill(self) -> dict[str, object] | None:
        """Number and phase of the drill under way; which device and fault pages ask for."""
        drill = self._house.drills.announced()
        return None if drill is None else {"drill_id": drill.drill_id, "phase": drill.phase}

    def _newest(self) -> dict[str, object] | None:
        """When anything was measured last, so that a page can tell silence from a quiet page."""
        newest = max(
            self._house.telemetry.latest().values(), key=lambda value: value.ts_ms, default=None
        )
        if newest is None:
            return None
        return {"timestamp": newest.ts_ms / 1000, "interval_s": newest.interval_s}

    def _outside(self) -> dict[str, object] | None:
        """The temperature outside [°C] by the weather sensor that was heard last."""
        building, latest = self._house.building, self._house.telemetry.latest()
        heard = [
            latest[sensor_id, "temperature"]
            for sensor_id in building.placement()
            if building.sensor_type(sensor_id) == "weather" and (sensor_id, "temperature") in latest
        ]
        if not heard:
            return None
        newest = max(heard, key=lambda value: value.ts_ms)
        return {
            "sensor_id": newest.sensor_id,
            "temperature_c": newest.value,
            "timestamp": newest.ts_ms / 1000,
            "interval_s": newest.interval_s,
        }

    def room_ids(self) -> dict[str, int]:
        """Rooms by name and by id as text."""
        rooms = self._house.building.rooms()
        return {r.name: r.room_id for r in rooms} | {str(r.room_id): r.room_id for r in rooms}

    def sensor_ids(self) -> set[str]:
        """Every sensor that is registered or has ever been heard."""
        heard = {sensor_id for sensor_id, _metric in self._house.telemetry.latest()}
        return heard | set(self._house.building.placement())


def needs_frame(lines: Sequence[Need]) -> dict[str, object]:
    """How many lines need a person, and the most urgent of them; `since_ms` is building time."""
    return {"total": len(lines), "lines": [asdict(need) for need in lines[:MOST_URGENT]]}
