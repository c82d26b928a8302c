"""Energies of several meters, quarter hour by quarter hour, in spans that are not copied. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.money.accounts import Floats, Mask


@dataclass(frozen=True, slots=True)
class MeterSpan:
    """Rows of quarter hours of some meters [kWh], 0 where silent.

    `silent` is None where none of them ever is; `metered` is what they add up to.
    """

    sensor_ids: tuple[str, ...]
    kwh: Floats
    silent: Mask | None
    metered: Floats

    @classmethod
    def of(cls, sensor_ids: Sequence[str], kwh: Floats) -> "MeterSpan":
        """Made of rows in which NaN is unknown."""
        silent = np.isnan(kwh)
        filled = np.where(silent, 0.0, kwh)
        summed: Floats = filled.sum(axis=0)
        return cls(tuple(sensor_ids), filled, silent if silent.any() else None, summed)

    def __len__(self) -> int:
        return len(self.metered)

    def part(self, slots: slice) -> "MeterSpan":
        """Some consecutive quarter hours of it."""
        silent = None if self.silent is None else self.silent[:, slots]
        return MeterSpan(self.sensor_ids, self.kwh[:, slots], silent, self.metered[slots])

    def among(self, sensor_ids: tuple[str, ...]) -> "MeterSpan":
        """The same among other meters, in their order; those that are not in it are silent."""
        if self.sensor_ids == sensor_ids:
            return self
        known = self.rows()
        rows = np.full((len(sensor_ids), len(self)), np.nan)
        rows[[sensor_ids.index(sensor_id) for sensor_id in self.sensor_ids]] = known
        return MeterSpan.of(sensor_ids, rows)

    def rows(self) -> Floats:
        """Rows in which NaN is unknown."""
        return self.kwh if self.silent is None else np.where(self.silent, np.nan, self.kwh)


@dataclass(frozen=True, slots=True)
class Meters:
    """Meters by sensor id over consecutive spans, which all hold the same meters."""

    sensor_ids: tuple[str, ...]
    spans: tuple[MeterSpan, ...]

    @classmethod
    def of(cls, sensor_ids: Sequence[str], kwh: Floats) -> "Meters":
        """Made of rows in which NaN is unknown."""
        span = MeterSpan.of(sensor_ids, kwh)
        return cls(span.sensor_ids, (span,))

    @classmethod
    def joined(cls, spans: Sequence[MeterSpan]) -> "Meters":
        """One span after the other; a meter that one of them lacks is silent there."""
        held = {span.sensor_ids for span in spans}
        ids = held.pop() if len(held) == 1 else tuple(sorted({i for each in held for i in each}))
        return cls(ids, tuple(span.among(ids) for span in spans))

    @property
    def kwh(self) -> Floats:
        """Rows in which NaN is unknown."""
        return np.concatenate([span.rows() for span in self.spans], axis=1)

    @property
    def metered(self) -> Floats:
        """What all of them add up to in each quarter hour, silent ones left out."""
        return np.concatenate([span.metered for span in self.spans])

    def together(self, sensor_ids: Sequence[str]) -> Floats | None:
        """What some add up to, NaN where one is silent; None where one is not among them."""
        if not set(sensor_ids) <= set(self.sensor_ids):
            return None
        rows = [self.sensor_ids.index(sensor_id) for sensor_id in sensor_ids]
        return np.concatenate([span.rows()[rows].sum(axis=0) for span in self.spans])
