"""Energy of a span from its slots (15 minutes or an hour) of metered energy. Pure.

A slot is unknown as soon as one main, generation or battery meter is: nothing is filled in but the
0 of an inverter that is silent at night, and that is said; the coverage says how much of the span
the figures stand on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.building.allocation import Flows, allocate

CONTRADICTION_SHARE = 0.02
"""Consumption below minus this share of what flows is a contradiction; down to it, timing."""

PEAK_COVERAGE = 0.8
"""Share of a slot that must be measured before its mean may be called a peak."""


@dataclass(frozen=True, slots=True)
class Part:
    """Energy of one meter in one slot by direction [kWh], both ≥ 0, and the seconds it covers.

    Where it is net energy split by its sign, what flowed both ways in the slot is understated.
    """

    plus_kwh: float
    minus_kwh: float
    covered_s: float
    assumed: bool = False
    """No reading covers all of it, but the sun was down."""


@dataclass(frozen=True, slots=True)
class MeterEnergy:
    """One meter's slots by their start; a slot that is not there is unknown.

    Plus is what the role counts: taken from the grid, generated, charged, consumed.
    """

    role: str
    parts: Mapping[int, Part]


@dataclass(frozen=True, slots=True)
class Slot:
    """Mean powers of one slot [kW], ≥ 0, None where unknown; `covered_s` is when all is known."""

    ts_ms: int
    covered_s: float
    consumption_kw: float | None
    generation_kw: float | None
    charging_kw: float | None
    discharging_kw: float | None
    import_kw: float | None
    export_kw: float | None
    assumed: bool = False
    """Solar is taken as 0 here: it was night and its inverter silent."""

    @property
    def complete(self) -> bool:
        """All sides are known, so that the flows can be told."""
        return self.consumption_kw is not None

    @property
    def self_consumed_kwh(self) -> float | None:
        """Energy that was generated and not exported while all sides are known."""
        if not self.complete:
            return None
        kept_kw = (self.generation_kw or 0.0) - (self.export_kw or 0.0)
        return max(0.0, kept_kw) * self.covered_s / 3600

    def flows(self) -> Flows | None:
        """Who fed whom in this slot [kW]."""
        if not self.complete:
            return None
        return allocate(
            generation=self.generation_kw or 0.0,
            discharging=self.discharging_kw or 0.0,
            imported=self.import_kw or 0.0,
            consumption=self.consumption_kw or 0.0,
            charging=self.charging_kw or 0.0,
            exported=self.export_kw or 0.0,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Energy of a span [kWh], None where nothing was measured; shares 0…1.

    Each total sums what its own meters measured. The shares compare only slots in which all is
    known: `self_consumption = (generation − export) / generation` and `self_sufficiency =
    (consumption − import) / consumption`, held within 0…1. Storage blurs both a little: what is
    lost in a battery counts as used here, energy bought into it counts as import when bought, and
    grid energy given back from it counts as export.
    """

    consumption_kwh: float | None
    generation_kwh: float | None
    import_kwh: float | None
    export_kwh: float | None
    charge_kwh: float | None
    discharge_kwh: float | None
    self_consumption: float | None
    self_sufficiency: float | None
    coverage: float
    """Share of the span in which every meter of the balance is known."""
    generation_coverage: float
    estimated: bool = False
    """Consumption is from submeters, there being no main meter."""
    assumed: float = 0.0
    """Share of the span in which solar is taken as 0, at night with its inverter silent."""

    @property
    def approximate(self) -> bool:
        """Whether the totals are an estimate, for either reason."""
        return self.estimated or self.assumed > 0


def build_slots(meters: Sequence[MeterEnergy], starts_ms: Sequence[int]) -> list[Slot]:
    """One slot per start; roles without a meter count 0, without a main meter submeters count."""
    roles = {
        role: [meter.parts for meter in meters if meter.role == role]
        for role in ("main", "generation", "battery", "submeter")
    }
    build = _metered_slot if roles["main"] else _estimated_slot
    return [build(ts_ms, roles) for ts_ms in starts_ms]


_Roles = Mapping[str, Sequence[Mapping[int, Part]]]


@dataclass(frozen=True, slots=True)
class _Mean:
    plus_kw: float
    minus_kw: float
    covered_s: float
    assumed: bool


def _mean(meters: Sequence[Mapping[int, Part]], ts_ms: int, partly: bool = False) -> _Mean | None:
    """Sum of the meters' mean powers over what each covers; unknown if one of them is."""
    parts = [parts[ts_ms] for parts in meters if ts_ms in parts]
    parts = [part for part in parts if part.covered_s > 0]
    if len(parts) < len(meters) and not (partly and parts):
        return None
    return _Mean(
        sum(part.plus_kwh / part.covered_s * 3600 for part in parts),
        sum(part.minus_kwh / part.covered_s * 3600 for part in parts),
        min((part.covered_s for part in parts), default=float("inf")),
        any(part.assumed for part in parts),
    )


def _metered_slot(ts_ms: int, roles: _Roles) -> Slot:
    grid = _mean(roles["main"], ts_ms)
    solar = _mean(roles["generation"], ts_ms)
    battery = _mean(roles["battery"], ts_ms)
    consumption_kw, covered_s = None, 0.0
    if grid and solar and battery:
        supplied_kw = grid.plus_kw + solar.plus_kw + battery.minus_kw
        consumption_kw = supplied_kw - grid.minus_kw - battery.plus_kw
        covered_s = min(grid.covered_s, solar.covered_s, battery.covered_s)
        if consumption_kw < -CONTRADICTION_SHARE * supplied_kw:
            consumption_kw, covered_s = None, 0.0
        else:
            consumption_kw = max(0.0, consumption_kw)
    return Slot(
        ts_ms=ts_ms,
        covered_s=covered_s,
        consumption_kw=consumption_kw,
        generation_kw=solar.plus_kw if solar else None,
        charging_kw=battery.plus_kw if battery else None,
        discharging_kw=battery.minus_kw if battery else None,
        import_kw=grid.plus_kw if grid else None,
        export_kw=grid.minus_kw if grid else None,
        assumed=solar.assumed if solar else False,
    )


def _estimated_slot(ts_ms: int, roles: _Roles) -> Slot:
    """Without a main meter: consumption from the submeters that report, the grid from balance."""
    used = _mean(roles["submeter"], ts_ms, partly=True) if roles["submeter"] else None
    solar = _mean(roles["generation"], ts_ms)
    battery = _mean(roles["battery"], ts_ms)
    known = used is not None and solar is not None and battery is not None
    grid_kw = None
    if used and solar and battery:
        grid_kw = used.plus_kw + battery.plus_kw - solar.plus_kw - battery.minus_kw
    covered = [side.covered_s for side in (used, solar, battery) if side]
    return Slot(
        ts_ms=ts_ms,
        covered_s=min(covered) if known else 0.0,
        consumption_kw=used.plus_kw if used and known else None,
        generation_kw=solar.plus_kw if solar else None,
        charging_kw=battery.plus_kw if battery else None,
        discharging_kw=battery.minus_kw if battery else None,
        import_kw=None if grid_kw is None else max(grid_kw, 0.0),
        export_kw=None if grid_kw is None else max(-grid_kw, 0.0),
        assumed=solar.assumed if solar else False,
    )


def sum_slots(meters: Sequence[MeterEnergy], slots: Sequence[Slot], span_s: float) -> Totals:
    """Totals of a span of `span_s` seconds from its meters and the slots built from them."""
    complete = [slot for slot in slots if slot.complete]
    estimated = not any(meter.role == "main" for meter in meters)
    consumption_kwh = _energy(complete, "consumption_kw")
    imported, exported = (_energy(complete, f"{way}_kw") for way in ("import", "export"))
    generated = _energy(complete, "generation_kw")
    sun = [meter.parts for meter in meters if meter.role == "generation"]
    return Totals(
        consumption_kwh=consumption_kwh,
        generation_kwh=_metered(meters, "generation", "plus_kwh", len(slots)),
        import_kwh=imported if estimated else _metered(meters, "main", "plus_kwh"),
        export_kwh=exported if estimated else _metered(meters, "main", "minus_kwh"),
        charge_kwh=_metered(meters, "battery", "plus_kwh"),
        discharge_kwh=_metered(meters, "battery", "minus_kwh"),
        self_consumption=_share(generated, exported),
        self_sufficiency=_share(consumption_kwh, imported),
        coverage=min(1.0, sum(slot.covered_s for slot in complete) / span_s),
        generation_coverage=min(
            (min(1.0, sum(p.covered_s for p in parts.values()) / span_s) for parts in sun),
            default=1.0,
        ),
        estimated=estimated and consumption_kwh is not None,
        assumed=min(1.0, _assumed_s(sun) / span_s),
    )


def _energy(slots: Sequence[Slot], name: str) -> float | None:
    """Energy of one side over complete slots; unknown if there is none."""
    if not slots:
        return None
    return float(sum(getattr(slot, name) * slot.covered_s / 3600 for slot in slots))


def _metered(
    meters: Sequence[MeterEnergy], role: str, way: str, slots: int | None = None
) -> float | None:
    """What the role's meters measured; 0 without such meters, unknown if one measured nothing.

    What is only assumed is no measurement, unless it is all of the `slots` there are.
    """
    members = [meter.parts for meter in meters if meter.role == role]
    for parts in members:
        if not any(not part.assumed or getattr(part, way) for part in parts.values()) and (
            not parts or len(parts) != slots
        ):
            return None
    return float(sum(getattr(part, way) for parts in members for part in parts.values()))


def _assumed_s(meters: Sequence[Mapping[int, Part]]) -> float:
    """Seconds in which one of the meters is taken as 0."""
    longest: dict[int, float] = {}
    for parts in meters:
        for ts_ms, part in parts.items():
            if part.assumed:
                longest[ts_ms] = max(part.covered_s, longest.get(ts_ms, 0.0))
    return sum(longest.values())


def _share(total: float | None, elsewhere: float | None) -> float | None:
    """`(total − elsewhere) / total` within 0…1; unknown without a total."""
    if not total or elsewhere is None:
        return None
    return min(1.0, max(0.0, (total - elsewhere) / total))


def running_self_sufficiency(slots: Sequence[Slot]) -> list[float | None]:
    """Self-sufficiency [%] from the first slot up to each one; None until something is known."""
    consumed = imported = 0.0
    values: list[float | None] = []
    for slot in slots:
        if slot.consumption_kw is not None and slot.import_kw is not None:
            consumed += slot.consumption_kw * slot.covered_s
            imported += slot.import_kw * slot.covered_s
        share = _share(consumed, imported)
        values.append(None if share is None else share * 100)
    return values


def means(meters: Sequence[MeterEnergy], slot_s: float) -> list[tuple[int, float, float]]:
    """(start, plus, minus) [kW] of the slots that all meters measured most of the time."""
    if not meters:
        return []
    series = [meter.parts for meter in meters]
    found = []
    for ts_ms in sorted(set.intersection(*(set(parts) for parts in series))):
        mean = _mean(series, ts_ms)
        if mean and mean.covered_s >= PEAK_COVERAGE * slot_s:
            found.append((ts_ms, mean.plus_kw, mean.minus_kw))
    return found
