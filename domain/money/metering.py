"""From metered slots of a quarter hour or an hour to the quarter hours that are priced. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.building.energy_slots import MeterEnergy, Part, Slot, build_slots
from domain.foundation.intervals import Period
from domain.money.accounts import SIDES, Floats, SiteEnergy
from domain.money.prices import SLOT_MS


@dataclass(frozen=True, slots=True)
class Laid:
    """Slots of one length that touch a period, and the quarter hours they are laid onto.

    What an hour measured is spread evenly over those of its quarter hours that touch the period.
    """

    period: Period
    slot_ms: int

    @property
    def start_ms(self) -> int:
        """Where the first quarter hour begins."""
        return self.period.start_ms // SLOT_MS * SLOT_MS

    @property
    def quarters(self) -> int:
        """How many quarter hours touch the period."""
        return -(-(self.period.end_ms - self.start_ms) // SLOT_MS)

    @property
    def starts_ms(self) -> list[int]:
        """Starts of the slots."""
        first_ms = self.period.start_ms // self.slot_ms * self.slot_ms
        return list(range(first_ms, self.period.end_ms, self.slot_ms))

    def spread(self, kwh: Sequence[float]) -> Floats:
        """Energy of each slot as energy of each quarter hour."""
        values = np.array(kwh, np.float64)
        each = self.slot_ms // SLOT_MS
        if each == 1:
            return values
        first_ms = self.period.start_ms // self.slot_ms * self.slot_ms
        times = first_ms + np.arange(len(values) * each, dtype=np.int64) * SLOT_MS
        inside = (times >= self.start_ms) & (times < self.start_ms + self.quarters * SLOT_MS)
        counts = inside.reshape(-1, each).sum(axis=1)
        laid: Floats = np.repeat(values / np.maximum(counts, 1), each)[inside]
        return laid


def site_energy(meters: Sequence[MeterEnergy], laid: Laid) -> SiteEnergy:
    """The balance of the building in each quarter hour.

    Import and export are what the main meters measured. Within a slot the mean of what another
    meter measured stands for all the time that the main meters did.
    """
    starts_ms = laid.starts_ms
    slots = build_slots(meters, starts_ms)
    parts = {
        role: [meter.parts for meter in meters if meter.role == role]
        for role in ("main", "generation", "battery")
    }
    rows = [_sides(slot, parts) for slot in slots]
    columns = zip(*rows, strict=True)
    sides = {side: laid.spread(column) for side, column in zip(SIDES, columns, strict=True)}
    flags = [float(slot.complete and (slot.assumed or not parts["main"])) for slot in slots]
    return SiteEnergy(start_ms=laid.start_ms, estimated=laid.spread(flags) > 0, **sides)


def meter_energy(meter: MeterEnergy, laid: Laid) -> Floats:
    """What one meter took in each quarter hour [kWh], NaN where it was silent."""
    none = Part(np.nan, np.nan, 0.0)
    return laid.spread([meter.parts.get(ts_ms, none).plus_kwh for ts_ms in laid.starts_ms])


_Parts = Mapping[str, Sequence[Mapping[int, Part]]]
_Sides = tuple[float, float, float, float, float, float]


def _sides(slot: Slot, parts: _Parts) -> _Sides:
    """import, export, consumption, generation, charging, discharging of a slot [kWh]."""
    plus, minus, covered_s = _measured(parts["main"], slot.ts_ms)
    if not parts["main"]:
        covered_s = slot.covered_s
        plus, minus = (_kwh(kw, covered_s) for kw in (slot.import_kw, slot.export_kw))
    if slot.complete:
        kw = (slot.consumption_kw, slot.generation_kw, slot.charging_kw, slot.discharging_kw)
        return (plus, minus, *(_kwh(side, covered_s) for side in kw))  # type: ignore[return-value]
    made = _measured(parts["generation"], slot.ts_ms)[0]
    charged, given, _ = _measured(parts["battery"], slot.ts_ms)
    return plus, minus, np.nan, made, charged, given


def _measured(meters: Sequence[Mapping[int, Part]], ts_ms: int) -> tuple[float, float, float]:
    """Plus and minus of all meters of a role [kWh], NaN if one is silent, and their time [s]."""
    found = [parts[ts_ms] for parts in meters if ts_ms in parts and parts[ts_ms].covered_s > 0]
    if len(found) < len(meters):
        return np.nan, np.nan, 0.0
    return (
        sum(part.plus_kwh for part in found),
        sum(part.minus_kwh for part in found),
        min((part.covered_s for part in found), default=0.0),
    )


def _kwh(kw: float | None, covered_s: float) -> float:
    return np.nan if kw is None else kw * covered_s / 3600
