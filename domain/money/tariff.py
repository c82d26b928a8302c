"""What a supply contract says: prices per kWh, fixed charges, peaks and taxes. Pure data.

Money is whole milli-cents (1 € = 100,000 mc), a price whole milli-cents per MWh
(1 €/kWh = 100,000,000 mc/MWh), so that 0.00000001 €/kWh is still exact. What the terms are made of
are msgspec structs, so that their written form (`tariff_codec`) is checked by the same types.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

from domain.calendar.model import DAY_TYPES, DayType

Direction = Literal["import", "export"]
PartKind = Literal["energy", "grid", "tax"]
FallbackKind = Literal["same_hour_last_week", "fixed"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
PART_KINDS: tuple[PartKind, ...] = get_args(PartKind)

MC_PER_UNIT = 100_000
"""Milli-cents in one unit of the currency."""
MC_PER_MWH = 100_000_000
"""Milli-cents per MWh in a price of one unit per kWh."""
SLOT_MINUTES = 15
"""Prices change on the quarter hour at the finest."""


class Flat(Struct, frozen=True, forbid_unknown_fields=True, tag="flat"):
    """One price for every hour."""

    mc_per_mwh: int


class Band(Struct, frozen=True, forbid_unknown_fields=True):
    """A named price of a time-of-use tariff, such as Peak."""

    name: str
    mc_per_mwh: int


class Season(Struct, frozen=True, forbid_unknown_fields=True):
    """[first, until) by (month, day) of each year; it may run over New Year."""

    first: tuple[int, int]
    until: tuple[int, int]


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """When a band holds: local minutes [from, to) of days of these types, in a season or always.

    `from_minute` ≥ `to_minute` runs over midnight into the next day, whose own type does not
    matter then. Both are multiples of 15.
    """

    band: str
    from_minute: int
    to_minute: int
    day_types: frozenset[DayType] = frozenset(DAY_TYPES)
    season: Season | None = None


class TimeOfUse(Struct, frozen=True, forbid_unknown_fields=True, tag="time_of_use"):
    """The first window that fits decides; where none does, the band `otherwise` holds."""

    bands: tuple[Band, ...]
    windows: tuple[Window, ...]
    otherwise: str


class Fallback(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in for a price the feed does not have."""

    kind: FallbackKind
    mc_per_mwh: int


class Dynamic(Struct, frozen=True, forbid_unknown_fields=True, tag="dynamic"):
    """A feed's price × `factor_ppm` / 1,000,000 + `adder_mc_per_mwh`, or its fallback."""

    feed_id: int
    factor_ppm: int
    adder_mc_per_mwh: int
    fallback: Fallback


class EnergyPart(Struct, frozen=True, forbid_unknown_fields=True, tag="energy"):
    """A price per kWh; `vat_ppm` is added on top of it."""

    label: str
    kind: PartKind
    pricing: Flat | TimeOfUse | Dynamic
    vat_ppm: int = 0


class FixedPart(Struct, frozen=True, forbid_unknown_fields=True, tag="fixed"):
    """A charge for every local day or calendar month, whatever is used."""

    label: str
    kind: PartKind
    per: Literal["day", "month"]
    mc: int
    vat_ppm: int = 0


class PeakPart(Struct, frozen=True, forbid_unknown_fields=True, tag="peak"):
    """A charge on the highest 15-minute mean import of the calendar month within its windows.

    No windows: any time counts. The band of a window does not matter here.
    """

    label: str
    kind: PartKind
    mc_per_kw: int
    windows: tuple[Window, ...] = ()
    vat_ppm: int = 0


Part = EnergyPart | FixedPart | PeakPart


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """All parts of one contract at one time."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """Terms from a local day on until the next version; once made it never changes."""

    version_id: int
    tariff_id: int
    name: str
    direction: Direction
    valid_from: date
    terms: Terms
    made_ms: int = 0
    made_by: str = ""
    replaced_by: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A contract's time: the local days [first, until) it was or will be in use."""

    first: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A contract or a scenario; `uses` is when it priced or will price the building.

    `version` is another one after every change; a form that shows an older one is stale.
    """

    tariff_id: int
    name: str
    direction: Direction
    version: int
    uses: tuple[Use, ...]

    def in_use(self, day: date) -> bool:
        """Whether it prices the building on a local day."""
        return any(u.first <= day and (u.until is None or day < u.until) for u in self.uses)
