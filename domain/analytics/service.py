"""What analyses ask of the house: gathers from building and telemetry, then calculates purely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from domain.analytics import lines, query, shapes, stack, summary
from domain.analytics.askable import Askable
from domain.analytics.correlation import Correlation, correlate
from domain.analytics.lines import Line, Target
from domain.analytics.query import Answer, Question
from domain.analytics.summary import PeriodTotals, Summary, TypeTotal
from domain.building.energy import SLOT_S, EnergyAccounts, level_of
from domain.building.energy_slots import Slot, Totals
from domain.building.energy_today import RoomsEnergy
from domain.building.model import Sensor
from domain.building.room_history import same_time_before
from domain.building.service import Building
from domain.foundation.clock import Clock
from domain.foundation.contract import (
    OutsideContract,
    adding_up,
    in_force,
    shares_single,
    single_refused,
)
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.model import Key
from domain.telemetry.rolled import Rolled
from domain.telemetry.rollup import QUARTER_MS
from domain.telemetry.service import Telemetry

Level = Literal["15min", "1h", "1d"]
LEVELS: tuple[Level, ...] = ("15min", "1h", "1d")
_TAKEN = ("energy", "power")
_GIVEN = ("generation_energy", "generation")
_AMOUNTS = (_TAKEN, _GIVEN, ("gas",), ("water",), ("heat_energy",))
_COVERING = ("power", "generation", "energy", "generation_energy")


@dataclass(frozen=True, slots=True)
class Account:
    """The building's balance over a span, once gathered: what several views are made of."""

    period: Period
    totals: Totals
    slots: Sequence[Slot]
    slot_s: int


class Analytics:
    """Reads of one building's past; stores nothing and changes nothing.

    Views of the building's balance take an `account` where somebody has gathered it already. Under
    a data-sharing contract "now" is where its embargo begins, and what would be of one sensor is
    left out of sums or refused.
    """

    def __init__(
        self,
        building: Building,
        energy: EnergyAccounts,
        telemetry: Telemetry,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._building = building
        self._energy = energy
        self._telemetry = telemetry
        self._clock = clock
        self._zone = zone
        self._askable = Askable(building, telemetry)

    def account(self, period: Period) -> Account:
        """The balance of the part of a period that has passed. Raises InvalidInput."""
        _check_length(period)
        passed = self._passed(period)
        totals, slots = self._energy.account(passed)
        return Account(passed, totals, slots, SLOT_S[level_of(passed)])

    def summary(
        self,
        period: Period,
        before: Period | None = None,
        account: Account | None = None,
        account_before: Account | None = None,
    ) -> Summary:
        """Totals up to now beside those of the period before up to the same local time."""
        now_ms = self._telemetry.shared_until_ms()
        whole_before = before or summary.period_before(period, self._zone)
        _, compared = same_time_before(period, whole_before, now_ms, self._zone)
        here = account or self.account(period)
        there = account_before
        if there is None or there.period != compared:
            there = self.account(compared)
        rooms = self._rooms(here)
        span_ms = (period.start_ms, min(period.end_ms, now_ms))
        first_ms = next((slot.ts_ms for slot in here.slots if slot.covered_s > 0), None)
        shares = self._meter_shares(here.period)
        return Summary(
            totals=self._totals(here),
            before=self._totals(there),
            rooms=rooms,
            uses=summary.uses(rooms),
            sensor_types=self._sensor_types(here.period),
            coverage=summary.coverage_of(here.totals, span_ms, first_ms, shares, self._zone),
        )

    def energy(
        self, period: Period, resolution: str = "auto", account: Account | None = None
    ) -> stack.EnergyStack:
        """Energy by source in buckets of 15min, 1h, 1d or 1mo. Raises InvalidInput."""
        here = account or self.account(period)
        asked = stack.auto_resolution(period) if resolution == "auto" else resolution
        if asked not in stack.RESOLUTIONS:
            wrong = FieldError("resolution", "unknown", ("auto", *stack.RESOLUTIONS))
            raise InvalidInput(f"There is no resolution “{asked[:20]}”.", [wrong])
        if asked == "15min" and here.slot_s > SLOT_S["15min"]:
            asked = "1h"
        edges = stack.bucket_edges_ms(period, asked, self._zone)
        if len(edges) - 1 > stack.MOST_BUCKETS:
            words = "ask for a coarser resolution or a shorter time"
            wrong = FieldError("resolution", words, stack.MOST_BUCKETS)
            raise InvalidInput("That would be too many buckets.", [wrong])
        until_ms = self._telemetry.shared_until_ms()
        return stack.energy_stack(here.slots, period, asked, until_ms, self._zone)

    def query(
        self,
        question: Question,
        rooms: Sequence[str | int] | None = None,
        sensors: Sequence[str] | None = None,
    ) -> Answer:
        """Figures of some metrics by group; without rooms and sensors, of all adopted sensors.

        Rooms and sensors both narrow. A contract of sums shares mean, sum, last and count of two
        sensors and more that are not picked by name.

        Raises:
            InvalidInput: the question is not acceptable. Unknown: a room or sensor.
            OutsideContract: it asks for what the contract in force does not share.
        """
        query.check(question)
        if not shares_single() and (sensors or query.tells_single(question)):
            raise single_refused()
        if in_force().bucket_ms and question.aggregate == "last":
            words = "This token's contract shares no single reading, and so no last one."
            raise OutsideContract("time_aggregation", words)
        sources = self._askable.sources(question.metrics, rooms, sensors)
        if not shares_single():
            sources = query.several(question, sources)
        all_series = [source.series for source in sources]
        fine = in_force().bucket_ms <= QUARTER_MS
        resolution = query.resolution_for(question, all_series, quarters=fine)
        query.check_size(question, sources, resolution, self._zone)
        until_ms = self._telemetry.shared_until_ms()
        groups: list[query.Group] = []
        for metric in dict.fromkeys(question.metrics):
            mine = [source for source in sources if source.series.metric == metric]
            if not mine:
                continue
            of_metric = [source.series for source in mine]
            level = query.level_for(question, resolution, of_metric, self._zone)
            keys = [series.key for series in of_metric]
            with adding_up():
                rows = self._telemetry.rollups(keys, question.period, level)
            groups += query.answer_metric(
                question, mine, rows, resolution, until_ms, self._zone, 1 if shares_single() else 2
            )
        return Answer(question, resolution, tuple(groups))

    def heat_map(
        self, address: str, period: Period, account: Account | None = None
    ) -> shapes.HeatMap:
        """A quantity by local day and hour. Raises Unknown, InvalidInput."""
        line = self.line(address, period, "1h", account)
        return shapes.heat_map(line, period, self._telemetry.shared_until_ms(), self._zone)

    def load_duration(
        self,
        address: str,
        period: Period,
        account: Account | None = None,
        most_points: int = 500,
    ) -> shapes.LoadDuration:
        """15-minute means from the highest down, hourly ones over 40 days and more."""
        line = self.line(address, period, "15min", account)
        return shapes.load_duration(line, period, self._telemetry.shared_until_ms(), most_points)

    def compare(
        self,
        address: str,
        period: Period,
        before: Period,
        account: Account | None = None,
        account_before: Account | None = None,
    ) -> shapes.Comparison:
        """A quantity in two periods, by local weekday and hour. Raises Unknown, InvalidInput."""
        one = self.line(address, period, "1h", account)
        other = self.line(address, before, "1h", account_before)
        now_ms = self._telemetry.shared_until_ms()
        return shapes.compare(one, other, (period, before), now_ms, self._zone)

    def correlation(
        self,
        one: str,
        other: str,
        period: Period,
        resolution: str = "1h",
        *,
        scan: bool = False,
        account: Account | None = None,
    ) -> Correlation:
        """Two quantities bucket by bucket. Raises Unknown, InvalidInput."""
        if resolution not in LEVELS:
            wrong = FieldError("resolution", "unknown", LEVELS)
            raise InvalidInput(f"There is no resolution “{resolution[:20]}”.", [wrong])
        asked = next(level for level in LEVELS if level == resolution)
        first, second = (self.line(address, period, asked, account) for address in (one, other))
        if first.level != second.level:  # the balance of a long time has no quarter hours
            first, second = (self.line(address, period, "1h", account) for address in (one, other))
        passed_ms = min(period.end_ms, self._telemetry.shared_until_ms()) - period.start_ms
        return correlate(first, second, first.level, passed_ms, scan=scan)

    def line(
        self, address: str, period: Period, level: Level, account: Account | None = None
    ) -> Line:
        """A quantity over time at a level, or at the next coarser one that is kept.

        Raises Unknown, InvalidInput.
        """
        target = Target.parse(address)
        _check_length(period)
        if target.kind == "building":
            here = account or self.account(period)
            line = lines.of_slots(target, here.slots, here.slot_s)
            coarser = level if LEVELS.index(level) > LEVELS.index(_level(line.level)) else None
            return lines.coarser(line, coarser, period, self._zone) if coarser else line
        keys, label = self._askable.keys_of(target)
        kept = level
        first = {s.key: s.quarter_from_ms for s in self._telemetry.series([k for k, _ in keys])}
        lost = any(first.get(key, 0) > period.start_ms for key in keys)
        if level == "15min" and (lost or in_force().bucket_ms > QUARTER_MS):
            kept = "1h"
        rows = self._rows(target, keys, period, kept)
        return lines.of_rows(target, label, rows, kept, period, self._zone)

    def targets(self) -> list[tuple[str, str]]:
        """Addresses and labels of every quantity that can be asked for, the building's first."""
        return self._askable.targets()

    def metrics(self) -> list[str]:
        """Metrics that adopted sensors have, in the contract's order."""
        return self._askable.metrics()

    def _rows(self, target: Target, keys: Sequence[Key], period: Period, level: Level) -> Rolled:
        """A room's power is a sum of its meters; a mean of gauges may be one sensor's."""
        if target.kind == "room" and METRICS[target.metric].kind in ("power", "counter"):
            with adding_up(len(keys)):
                return self._telemetry.rollups(keys, period, level)
        return self._telemetry.rollups(keys, period, level)

    def _rooms(self, account: Account) -> RoomsEnergy:
        """Energy by room and use; none under a contract of sums, for each may be one meter."""
        if shares_single():
            return self._energy.rooms(account.period, account.totals)
        return RoomsEnergy((), {}, None, None, account.totals.consumption_kwh)

    def _passed(self, period: Period) -> Period:
        """The part of a period up to now; of one still to come, its first second."""
        end_ms = min(period.end_ms, max(self._telemetry.shared_until_ms(), period.start_ms + 1000))
        return Period.of_ms(period.start_ms, end_ms)

    def _totals(self, account: Account) -> PeriodTotals:
        totals = summary.period_totals(
            account.period, account.totals, account.slots, account.slot_s
        )
        if account.slot_s == SLOT_S["15min"] or in_force().bucket_ms > QUARTER_MS:
            return totals
        # Slots of an hour hide the quarter's peak: the main meters' own power still tells it.
        main = [s for s in self._building.meters() if s.meter_role == "main"]
        kept = {s.key: s.quarter_from_ms for s in self._telemetry.series()}
        keys: list[Key] = [(sensor.sensor_id, "power") for sensor in main]
        if not keys or any(kept.get(key, account.period.end_ms) > account.period.start_ms
                           for key in keys):  # fmt: skip
            return totals
        with adding_up():
            found = self._telemetry.peak([(key, 1.0) for key in keys], account.period)
        if found is None or found[1] <= 0:
            return totals
        return replace(totals, peak_import=summary.Peak(found[1], found[0], SLOT_S["15min"]))

    def _meter_shares(self, period: Period) -> dict[str, tuple[str, float]] | None:
        """Name and measured share of each meter of the balance; None under a contract of sums."""
        if not shares_single():
            return None
        balance = [s for s in self._building.meters() if s.meter_role != "submeter"]
        if not any(sensor.meter_role == "main" for sensor in balance):
            balance = list(self._building.meters())
        ids = [sensor.sensor_id for sensor in balance]
        known = {series.key for series in self._telemetry.series(ids)} if ids else set()
        keys = [(i, metric) for i in ids for metric in _COVERING if (i, metric) in known]
        found = self._telemetry.energy(keys, period) if keys else {}
        shares = dict.fromkeys(ids, 0.0)
        for (sensor_id, _), energy in found.items():
            shares[sensor_id] = max(shares[sensor_id], energy.coverage)
        return {s.sensor_id: (s.name, shares[s.sensor_id]) for s in balance}

    def _sensor_types(self, period: Period) -> tuple[TypeTotal, ...]:
        """Amounts by sensor type and role; main and battery meters are in the totals already."""
        if not shares_single():
            return ()
        known = {series.key for series in self._telemetry.series()}
        chosen: dict[Key, Sensor] = {}
        for sensor_id in sorted({sensor_id for sensor_id, _ in known}):
            sensor = self._askable.adopted(sensor_id)
            if sensor is None or sensor.meter_role in ("main", "battery"):
                continue
            for choices in _AMOUNTS:
                metric = next((m for m in choices if (sensor_id, m) in known), None)
                if metric is not None:
                    chosen[sensor_id, metric] = sensor
        found = self._telemetry.energy(list(chosen), period) if chosen else {}
        grouped: dict[tuple[str, str, str], list[Key]] = {}
        for key, sensor in chosen.items():
            name = (sensor.sensor_type, sensor.meter_role, _amount_name(key[1]))
            grouped.setdefault(name, []).append(key)
        return tuple(
            TypeTotal(
                sensor_type,
                role,
                metric,
                METRICS[metric].energy_unit,
                len(keys),
                _sum([found[key].kwh for key in keys if key in found]),
                sum(found[key].coverage for key in keys if key in found) / len(keys),
            )
            for (sensor_type, role, metric), keys in sorted(grouped.items())
        )


def _amount_name(metric: str) -> str:
    """Power and its counter are one amount."""
    return {"power": "energy", "generation": "generation_energy"}.get(metric, metric)


def _sum(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _level(name: str) -> Level:
    return next(level for level in LEVELS if level == name)


def _check_length(period: Period) -> None:
    if period.duration_s > query.LONGEST_DAYS * 86_400:
        words = f"at most {query.LONGEST_DAYS} days after start_time"
        wrong = FieldError("end_time", words, query.LONGEST_DAYS)
        raise InvalidInput("That is too long a time.", [wrong])
