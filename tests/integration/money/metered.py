"""A small metered building whose days are to be settled."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import local_day
from domain.house import House
from domain.money.tariff import Direction, FixedPart, Flat, PeakPart, Tariff, Terms
from domain.telemetry.model import Reading
from tests.unit.money.places import CENT, energy

MANAGER = Actor("maria", "manager")
HOUR_MS = 3_600_000
MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)
MORNING_AFTER = datetime(2026, 6, 16, 0, 45, tzinfo=UTC)  # 01:45 in Lisbon
BUYING = Terms(
    (
        energy(Flat(20 * CENT), vat_ppm=100_000),
        FixedPart("Standing charge", "energy", "day", 50_000),
    )
)
SELLING = Terms((energy(Flat(5 * CENT)),))
PEAK = PeakPart("Demand", "grid", 24_000)


class Metered:
    """One main meter, solar, a battery and two rooms with a submeter each."""

    def __init__(self, house: House, clock: FixedClock) -> None:
        self.house, self.clock = house, clock
        clock.set(MORNING_AFTER)
        for sensor_id, role in (
            ("GRID", "main"),
            ("SUN", "generation"),
            ("BAT", "battery"),
        ):
            self.sensor(sensor_id, role)

    def sensor(self, sensor_id: str, role: str, room: str | None = None, use: str | None = None):
        building = self.house.building
        fields = {"name": sensor_id, "sensor_type": "energy_meter", "meter_role": role}
        if room:
            building.create_room(SYSTEM, {"name": room, "floor": "1st"})
            fields["room"] = room
        if use:
            fields["use"] = use
        building.register_sensor(SYSTEM, sensor_id, fields)

    def tariff(
        self, terms: Terms = BUYING, direction: Direction = "import", name: str = "Contract"
    ) -> Tariff:
        first = date(2026, 1, 1)
        return self.house.money.tariffs.create(
            MANAGER, f"{name} {direction}", direction, first, terms, use_from=first
        )

    def hold(
        self, sensor_id: str, kw: Sequence[float], day: date = MONDAY, metric: str = "power"
    ) -> None:
        """Hourly means from a day's midnight on."""
        start_ms = local_day(day, self.house.zone).start_ms
        rows = [
            Reading(sensor_id, metric, start_ms + at * HOUR_MS, value, HOUR_MS)
            for at, value in enumerate(kw)
        ]
        self.house.telemetry.ingest(rows)

    def measure(
        self,
        grid: Sequence[float],
        sun: Sequence[float] | None = None,
        battery: Sequence[float] | None = None,
        day: date = MONDAY,
    ) -> None:
        """Hourly means of the three meters over a day, and their rollups."""
        self.hold("GRID", grid, day)
        self.hold("SUN", sun or [0.0] * len(grid), day, "generation")
        self.hold("BAT", battery or [0.0] * len(grid), day)
        self.settle_rollups()

    def settle_rollups(self) -> None:
        while self.house.telemetry.settle():
            pass

    def settle(self) -> int:
        """Run the job once, when the late readings have come to rest."""
        self.clock.advance(150)
        return self.house.money.settlement.run(budget_s=3600, breath_s=0)

    def to(self, day: date, at: time = time(2)) -> None:
        self.clock.set(datetime.combine(day, at, self.house.zone).astimezone(UTC))

    def balances(self) -> dict[str, int]:
        return {name: mc for name, mc in self.house.money.ledger.balances().items() if mc}


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]
