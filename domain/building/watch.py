"""Gathers what needs a person from the building's own live data."""

from collections.abc import Sequence

from domain.building.attention import Flaw, Need, Refused, needs
from domain.building.comfort import TimeBeyond, combined_curve, outside_band
from domain.building.energy import EnergyAccounts
from domain.building.model import RoomLive, SensorQuery, SensorRow
from domain.building.service import Building
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force
from domain.foundation.intervals import Period
from domain.inbox.service import Inbox
from domain.telemetry.service import Telemetry

LOOK_BACK_MS = 12 * 3_600_000
HOLD_AT_LEAST_MS = 900_000
ROOMS_DATED = 8
"""So many rooms get a "since"; the others are told without it, each costs a query."""

ROWS_READ = 500
FALSIFYING = ("stuck", "wrong_clock", "out_of_range", "negative_energy")
RECENT_MS = 3_600_000
"""A finding that ended longer ago is history: the Sensors page keeps it."""
REFUSED_WITHIN_MS = 86_400_000
REFUSALS_READ = 50


class Watch:
    """Asks rooms, sensors, balance, data quality and the inbox; changes nothing."""

    def __init__(
        self,
        building: Building,
        telemetry: Telemetry,
        energy: EnergyAccounts,
        inbox: Inbox,
        clock: Clock,
    ) -> None:
        self._building = building
        self._telemetry = telemetry
        self._energy = energy
        self._inbox = inbox
        self._clock = clock

    def needs(self) -> list[Need]:
        """Everything that needs a person now, most urgent first; none where now is withheld."""
        if in_force().restricts:
            return []
        rooms = self._building.live_rooms()
        silent, counts = self._silent()
        return needs(
            energy=self._energy.now(),
            rooms=rooms,
            outside_since_ms=self._outside_since(rooms),
            silent=silent,
            counts=counts,
            flaws=self._flaws(),
            refused=self._refused(),
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

    def _refused(self) -> Refused | None:
        """What could not be read since this time yesterday."""
        since_ms = self._clock.now_ms() - REFUSED_WITHIN_MS
        newest = self._inbox.rejected(limit=REFUSALS_READ).rows
        recent = [row for row in newest if row.last_ms >= since_ms]
        if not recent:
            return None
        last = max(recent, key=lambda row: row.last_ms)
        return Refused(sum(row.times for row in recent), last.message, last.last_ms)

    def _outside_since(self, rooms: Sequence[RoomLive]) -> dict[int, int]:
        """When the temperature of each room beyond its band left it, up to half a day back."""
        now_ms = self._clock.now_ms()
        period = Period.of_ms(now_ms - LOOK_BACK_MS, now_ms)
        since: dict[int, int] = {}
        outside = [r for r in rooms if r.comfort.step not in (None, "in_band")]
        for live in outside[:ROOMS_DATED]:
            found = self._outside(live, period)
            if found.since_ms is not None:
                since[live.room.room_id] = found.since_ms
        return since

    def _outside(self, live: RoomLive, period: Period) -> TimeBeyond:
        """By all thermometers of the room, on one grid where there are several."""
        members = self._building.sensors_in(live.room.room_id)
        keys = [(s.sensor_id, "temperature") for s in members if s.status == "adopted"]
        known = [key for key in keys if key in self._telemetry.latest()]
        level = "auto" if len(known) == 1 else "15min"
        found = self._telemetry.history(known, period, level=level)
        bucket_s = max((history.bucket_s for history in found), default=0.0)
        starts_ms, values_c = combined_curve([(h.ts_ms, h.mean) for h in found], highest=False)
        hold_ms = max(round(bucket_s * 3000), HOLD_AT_LEAST_MS)
        return outside_band(starts_ms, values_c, hold_ms, period.end_ms, live.room.comfort)

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
