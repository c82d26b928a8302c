"""Interval energies as money keeps them: quarter hours as little-endian float64, NaN unknown."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.money.accounts import SIDES, Floats, SiteEnergy

SITE = "site"
SIDE_NAMES: Mapping[str, str] = dict(
    zip(
        SIDES,
        ("import", "export", "consumption", "generation", "charging", "discharging"),
        strict=True,
    )
)
"""What the sides are called in the table, by their name in SiteEnergy."""
ESTIMATED = "estimated"
SLOT_S = 900


@dataclass(frozen=True, slots=True)
class Kept:
    """One side of a subject on a local day; a change makes a new revision.

    All of the day is unknown where the blob is empty.
    """

    subject: str
    side: str
    day: date
    revision: int
    slot_s: int
    kwh: bytes
    digest: str

    def named(self) -> dict[str, object]:
        """How the evidence of a posting names it."""
        return {
            "subject": self.subject,
            "side": self.side,
            "day": self.day.isoformat(),
            "revision": self.revision,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class MeterDay:
    """The submeters of a local day, a row of quarter hours for each, by sensor id."""

    day: date
    sensor_ids: str
    kwh: bytes

    @classmethod
    def of(cls, day: date, sensor_ids: Sequence[str], kwh: Floats) -> "MeterDay":
        """Keep a matrix of (sensor, quarter hour)."""
        return cls(day, json.dumps(list(sensor_ids)), kwh.astype("<f8").tobytes())

    def rows(self) -> tuple[tuple[str, ...], Floats]:
        """Sensor ids and their matrix."""
        ids = tuple(json.loads(self.sensor_ids))
        return ids, np.frombuffer(self.kwh, "<f8").reshape(len(ids), -1 if ids else 0)


def site_rows(energy: SiteEnergy, day: date) -> list[Kept]:
    """The sides of a building's day as they would be kept first."""
    sides = {name: getattr(energy, side) for side, name in SIDE_NAMES.items()}
    sides[ESTIMATED] = np.where(energy.estimated, 1.0, np.nan)
    return [_kept(SITE, name, day, values) for name, values in sides.items()]


def site_of(rows: Sequence[Kept], start_ms: int, quarters: int) -> SiteEnergy | None:
    """A building's day from its newest rows; None where a side is not kept."""
    found = {row.side: np.frombuffer(row.kwh, "<f8") for row in rows}
    if not found.keys() >= {*SIDE_NAMES.values(), ESTIMATED}:
        return None
    filled = {side: kwh if len(kwh) else np.full(quarters, np.nan) for side, kwh in found.items()}
    sides = {side: filled[name] for side, name in SIDE_NAMES.items()}
    return SiteEnergy(start_ms=start_ms, estimated=np.isfinite(filled[ESTIMATED]), **sides)


def _kept(subject: str, side: str, day: date, kwh: Floats) -> Kept:
    blob = kwh.astype("<f8").tobytes() if np.isfinite(kwh).any() else b""
    return Kept(subject, side, day, 1, SLOT_S, blob, hashlib.sha256(blob).hexdigest())
