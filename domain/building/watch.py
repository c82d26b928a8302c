"""Gathers what needs a person from the building's own live data."""

from collections.abc import Sequence

from domain.building.attention import Flaw, Need, Refused, needs
from domain.building.comfort import outside_band
from domain.building.energy import EnergyAccounts
from domain.building.model import RoomLive, SensorQuery, SensorRow
from domain.building.service import Building
from domain.foundation.clock import Clock
from domain.foundation.intervals import Period
from domain.telemetry.service import Telemetry

LOOK_BACK_MS = 12 * 3_600_000
HOLD_AT_LEAST_MS = 900_000
ROOMS_DATED = 8
"""So many rooms get a "since"; the others are told without it, each costs a query."""

ROWS_READ = 500
FALSIFYING = ("stuck", "wrong_clock", "out_of_range", "negative_energy")
RECENT_MS = 3_600_000
"""A finding that ended longer ago is history: the Sensors page keeps it."""


class Watch:
    """Asks rooms, sensors, balance and data quality; changes nothing."""

    def __init__(
        self, building: Building, telemetry: Telemetry, energy: EnergyAccounts, clock: Clock
    ) -> None:
        self._building = building
        self._telemetry = telemetry
        self._energy = energy
        self._clock = clock

    def needs(self, refused: Refused | None = None) -> list[Need]:
        """Everything that needs a person now, most urgent first."""
        rooms = self._building.live_rooms()
        silent, counts = self._silent()
        return needs(
            energy=self._energy.now(),
            rooms=rooms,
            outside_since_ms=self._outside_since(rooms),
            silent=silent,
            counts=counts,
            flaws=self._flaws(),
            refused=refused,
        )

    def _silent(self) -> tuple[list[SensorRow], dict[str, int]]:
        """Adopted sensors that stopped, and how many sensors are in each state."""
        rows: list[SensorRow] = []
        counts: dict[str, int] = {}
        for state in ("stale", "dead"):
            query = SensorQuery(state=state, sort="age", page_size=ROWS_READ)
            page = self._building.sensors(query)
            rows.extend(page.rows)
            counts = dict(page.counts_by_state)
        return rows, counts

    def _outside_since(self, rooms: Sequence[RoomLive]) -> dict[int, int]:
        """When the temperature of each room beyond its band left it, up to half a day back."""
        now_ms = self._clock.now_ms()
        period = Period.of_ms(now_ms - LOOK_BACK_MS, now_ms)
        since: dict[int, int] = {}
        outside = [r for r in rooms if r.comfort.step not in (None, "in_band")]
        for live in outside[:ROOMS_DATED]:
            latest = live.values["temperature"]
            history = self._telemetry.history([(latest.sensor_id, "temperature")], period)
            for series in history[:1]:
                hold_ms = max(round(series.bucket_s * 3000), HOLD_AT_LEAST_MS)
                found = outside_band(series.ts_ms, series.mean, hold_ms, now_ms, live.room.comfort)
                if found.since_ms is not None:
                    since[live.room.room_id] = found.since_ms
        return since

    def _flaws(self) -> list[Flaw]:
        """The newest recent finding of each adopted sensor, of the kinds that falsify figures."""
        since_ms = self._clock.now_ms() - RECENT_MS
        placement = self._building.placement()
        flaws = []
        for sensor_id, findings in self._telemetry.quality().items():
            recent = [f for f in findings if f.kind in FALSIFYING and f.until_ms >= since_ms]
            if not recent or sensor_id not in placement:
                continue
            sensor = self._building.sensor(sensor_id)
            if sensor.status == "adopted":
                newest = max(recent, key=lambda finding: finding.until_ms)
                flaws.append(Flaw(sensor_id, sensor.name, newest.words, newest.since_ms))
        return sorted(flaws, key=lambda flaw: -flaw.since_ms)
