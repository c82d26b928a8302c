"""Who feeds whom, and rounding in which shown parts add up to their shown total. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import floor


@dataclass(frozen=True, slots=True)
class Flows:
    """Who feeds whom [kW or kWh], all ≥ 0; rows sum to the sources, columns to the sinks."""

    solar_building: float = 0.0
    solar_battery: float = 0.0
    solar_grid: float = 0.0
    battery_building: float = 0.0
    battery_battery: float = 0.0
    battery_grid: float = 0.0
    grid_building: float = 0.0
    grid_battery: float = 0.0
    grid_grid: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """The flows by name, zero ones included."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


def allocate(
    *,
    generation: float,
    discharging: float,
    imported: float,
    consumption: float,
    charging: float,
    exported: float,
) -> Flows:
    """Solar serves building, battery, grid in that order; discharge and import the building first.

    A convention, not a measurement: electrons carry no label. Whenever sources and sinks sum to
    the same, every source is used up and every sink filled, because each pair is visited once and
    leaves one side of it empty. `grid_grid` is only not zero for spans in which import and export
    both happened.
    """
    left = {"solar": generation, "battery": discharging, "grid": imported}
    want = {"building": consumption, "battery": charging, "grid": exported}
    order = (
        *(("solar", sink) for sink in ("building", "battery", "grid")),
        *(("battery", sink) for sink in ("building", "grid", "battery")),
        *(("grid", sink) for sink in ("building", "battery", "grid")),
    )
    moved: dict[str, float] = {}
    for source, sink in order:
        amount = max(0.0, min(left[source], want[sink]))
        left[source] -= amount
        want[sink] -= amount
        moved[f"{source}_{sink}"] = amount
    return Flows(**moved)


def round_to_sum(parts: Sequence[float], step: float, total: float | None = None) -> list[float]:
    """Parts ≥ 0 in whole steps that sum to the rounded total, by largest remainder.

    `total` is what the parts sum to, already in whole steps when several lists share it; each
    part moves by less than one step when it is the rounded true sum.
    """
    units = [part / step for part in parts]
    target = round((sum(parts) if total is None else total) / step)
    whole = [floor(unit + 1e-9) for unit in units]
    short = target - sum(whole)
    by_remainder = sorted(range(len(units)), key=lambda i: (whole[i] - units[i], i))
    for index in by_remainder[: max(0, short)]:
        whole[index] += 1
    for index in sorted(range(len(units)), key=lambda i: (units[i] - whole[i], -whole[i])):
        if sum(whole) <= target:
            break
        whole[index] = max(0, whole[index] - 1)
    return [_tidy(count * step) for count in whole]


def _tidy(value: float) -> float:
    """Without the binary dust of a product, so that JSON and the screen say 7.8."""
    return round(value, 6)
