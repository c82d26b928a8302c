"""Totals of a period beside those of the period before, with what they stand on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.building.energy_slots import PEAK_COVERAGE, Slot, Totals
from domain.building.energy_today import COMPARABLE_COVERAGE, RoomsEnergy
from domain.building.model import USES
from domain.foundation.clock import from_ms
from domain.foundation.intervals import (
    Period,
    local_date,
    local_midnight,
    local_period,
    same_span,
    shift_period,
)

WHOLE_SHARE = 0.995
"""From here on a meter is not named among those that are missing something."""

UNMETERED = "unmetered"


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest mean of one slot [kW]; `slot_s` is 900, in long periods 3600."""

    kw: float
    starts_at_ms: int
    slot_s: int


@dataclass(frozen=True, slots=True)
class MeterCoverage:
    """How much of the time that has passed one meter of the balance was heard, 0 to 1."""

    sensor_id: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the totals stand on; `words` is one sentence for people."""

    share: float
    passed_s: float
    missing: tuple[MeterCoverage, ...]
    words: str


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """Energy of a span [kWh], its peaks, its shares 0 to 1; None where it is not known.

    What somebody else has to bring (demand response) is None until it does.
    """

    period: Period
    consumption_kwh: float | None
    generation_kwh: float | None
    import_kwh: float | None
    export_kwh: float | None
    charging_kwh: float | None
    discharging_kwh: float | None
    self_consumption: float | None
    self_sufficiency: float | None
    peak_import: Peak | None
    peak_consumption: Peak | None
    coverage: float
    generation_coverage: float
    estimated: bool
    flexibility_kwh: float | None = None
    demand_response_events: int | None = None

    def value(self, name: str) -> float | None:
        """A figure by its name."""
        found: float | None = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class UseTotal:
    """Energy of one use over all rooms [kWh]; `unmetered` is what no submeter explains."""

    use: str
    label: str
    kwh: float


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """What the sensors of one type and role measured together, in the unit named."""

    sensor_type: str
    meter_role: str
    metric: str
    unit: str
    sensors: int
    amount: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Summary:
    """`totals` reach to now, `before` to the same local time of the period before."""

    totals: PeriodTotals
    before: PeriodTotals
    rooms: RoomsEnergy
    uses: tuple[UseTotal, ...]
    sensor_types: tuple[TypeTotal, ...]
    coverage: Coverage

    def change_percent(self, name: str) -> float | None:
        """How much more than before [%]; None where either is unknown or too much is missing."""
        return change_percent(self.totals, self.before, name)


def change_percent(totals: PeriodTotals, before: PeriodTotals, name: str) -> float | None:
    """The change of one figure [%], only where both spans were measured nearly in full."""
    here, there = totals.value(name), before.value(name)
    if here is None or not there or not comparable(totals, before, name):
        return None
    return (here / there - 1) * 100


def comparable(totals: PeriodTotals, before: PeriodTotals, name: str) -> bool:
    """Whether a difference would speak of the building and not of gaps."""
    if name == "generation_kwh":
        known = min(totals.generation_coverage, before.generation_coverage)
    else:
        known = min(totals.coverage, before.coverage)
    return known >= COMPARABLE_COVERAGE


def period_totals(
    period: Period, totals: Totals, slots: Sequence[Slot], slot_s: int
) -> PeriodTotals:
    """The accounts' totals with their peaks."""
    return PeriodTotals(
        period=period,
        consumption_kwh=totals.consumption_kwh,
        generation_kwh=totals.generation_kwh,
        import_kwh=totals.import_kwh,
        export_kwh=totals.export_kwh,
        charging_kwh=totals.charge_kwh,
        discharging_kwh=totals.discharge_kwh,
        self_consumption=totals.self_consumption,
        self_sufficiency=totals.self_sufficiency,
        peak_import=peak(slots, "import_kw", slot_s),
        peak_consumption=peak(slots, "consumption_kw", slot_s),
        coverage=totals.coverage,
        generation_coverage=totals.generation_coverage,
        estimated=totals.estimated,
    )


def peak(slots: Sequence[Slot], name: str, slot_s: int) -> Peak | None:
    """The first slot with the highest mean among those measured most of their time.

    None where nothing is above zero.
    """
    known = [
        (getattr(slot, name), -slot.ts_ms)
        for slot in slots
        if slot.covered_s >= PEAK_COVERAGE * slot_s and getattr(slot, name)
    ]
    if not known:
        return None
    kw, minus_ms = max(known)
    return Peak(kw, -minus_ms, slot_s)


def uses(rooms: RoomsEnergy) -> tuple[UseTotal, ...]:
    """Energy by use over rooms and what stands in none, the largest first, the rest last."""
    sums: dict[str, float] = {}
    for by_use in (*(room.by_use for room in rooms.rooms), rooms.no_room):
        for use, kwh in by_use.items():
            sums[use] = sums.get(use, 0.0) + kwh
    found = [UseTotal(use, USES.get(use, use), kwh) for use, kwh in sums.items()]
    found.sort(key=lambda total: (-total.kwh, total.label))
    if rooms.unmetered_kwh is not None:
        found.append(UseTotal(UNMETERED, "Unmetered", rooms.unmetered_kwh))
    return tuple(found)


def coverage_of(
    totals: Totals,
    span_ms: tuple[int, int],
    begins_at_ms: int | None,
    meters: Mapping[str, tuple[str, float]] | None,
    zone: ZoneInfo,
) -> Coverage:
    """What was measured and which meters lack something.

    `meters` are name and share by id, None where those of a single meter are not told.

    `begins_at_ms` is the first moment that is known in full: what is missing before it is said
    once, and a meter is only named for what it lacks afterwards.
    """
    start_ms, end_ms = span_ms
    passed_ms = max(0, end_ms - start_ms)
    late_ms = 0 if begins_at_ms is None else max(0, begins_at_ms - start_ms)
    late_share = late_ms / passed_ms if passed_ms else 0.0
    whole = WHOLE_SHARE * (1.0 - late_share)
    missing = tuple(
        MeterCoverage(sensor_id, name, share)
        for sensor_id, (name, share) in sorted((meters or {}).items(), key=lambda item: item[1][1])
        if share < whole
    )
    since = ""
    if begins_at_ms is not None and late_share > 1 - WHOLE_SHARE:
        at = from_ms(begins_at_ms).astimezone(zone)
        since = f", nothing before {at.day} {at:%b %Y %H:%M}"
    words = _coverage_words(totals.coverage, since, missing, meters is None or bool(meters))
    return Coverage(totals.coverage, passed_ms / 1000, missing, words)


def _coverage_words(
    share: float, since: str, missing: Sequence[MeterCoverage], any_meter: bool
) -> str:
    if not any_meter:
        return "No meter counts in the building's totals."
    head = f"Measured {percent(share)} of the time{since}"
    if not missing:
        return f"{head}."
    named = [
        f"{meter.name} {'not at all' if meter.share == 0 else f'only {percent(meter.share)}'}"
        for meter in missing[:3]
    ]
    more = len(missing) - len(named)
    tail = f" and {more} more" if more else ""
    return f"{head}; {', '.join(named)}{tail}."


def percent(share: float) -> str:
    """`98 %`, never rounded up to all or down to nothing."""
    whole = round(share * 100)
    if whole == 100 and share < WHOLE_SHARE:
        whole = 99
    return "below 1 %" if whole == 0 and share > 0 else f"{whole} %"


def period_before(period: Period, zone: ZoneInfo) -> Period:
    """The month or year before a whole one, as many local days before whole days, else as long."""
    first, last = local_date(period.start, zone), local_date(period.end, zone)
    whole = local_midnight(first, zone) == period.start and local_midnight(last, zone) == period.end
    if not whole:
        return Period(period.start - (period.end - period.start), period.start)
    for kind in ("month", "year"):
        if local_period(kind, first, zone) == period:
            return local_period(kind, shift_period(kind, first, -1), zone)
    return same_span(period, (last - first).days, zone)
