"""What terms may say, checked field by field. Pure.

A field is named by its way through the terms, such as `parts[0].pricing.bands[2].mc_per_mwh`.
"""

from calendar import monthrange
from collections.abc import Collection, Sequence

from domain.foundation.errors import FieldError
from domain.money.tariff import (
    DIRECTIONS,
    MC_PER_MWH,
    MC_PER_UNIT,
    SLOT_MINUTES,
    Direction,
    Dynamic,
    EnergyPart,
    FixedPart,
    Flat,
    Part,
    PeakPart,
    Season,
    Terms,
    TimeOfUse,
    Window,
)

MOST_PRICE = 10
"""Either way, in the currency per kWh."""
MOST_CHARGE = 1_000_000
"""Of a fixed charge, in the currency; a peak charge per kW takes a hundredth of it."""
MOST_BANDS = 8
MOST_WINDOWS = 40
MOST_PARTS = 20
MOST_FACTOR = 10
NAME_LENGTH = 80
BAND_LENGTH = 24

_DAY_MINUTES = 1440
_MILLION = 1_000_000
_LEAP_YEAR = 2024


def name_errors(name: str, direction: str) -> list[FieldError]:
    """What is wrong with how a tariff is called, and which way it counts."""
    check = _Check()
    check.words("name", "The name", name, NAME_LENGTH)
    if direction not in DIRECTIONS:
        check.add("direction", f"is one of {', '.join(DIRECTIONS)}", list(DIRECTIONS))
    return check.errors


def terms_errors(direction: Direction, terms: Terms, feeds: Collection[int]) -> list[FieldError]:
    """Everything that is not acceptable; `feeds` are the price feeds there are."""
    check = _Check()
    if not 1 <= len(terms.parts) <= MOST_PARTS:
        check.add("parts", f"A tariff has 1 to {MOST_PARTS} parts", MOST_PARTS)
    if not any(isinstance(p, EnergyPart) and p.kind == "energy" for p in terms.parts):
        check.add("parts", "A tariff has a price of energy per kWh")
    names = [(p.label.strip().casefold(), p.kind, type(p)) for p in terms.parts]
    for at, part in enumerate(terms.parts):
        field = f"parts[{at}]"
        if names.index(names[at]) < at:
            check.add(f"{field}.label", f"“{part.label}” is there twice")
        if direction == "export" and isinstance(part, PeakPart):
            check.add(field, "What is sold has no peak charge")
        _part(check, field, part, feeds)
    return check.errors


class _Check:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, message: str, limit: object = None) -> None:
        self.errors.append(FieldError(field, message, limit))

    def words(self, field: str, what: str, text: str, most: int) -> None:
        if not 1 <= len(text.strip()) <= most or not text.isprintable():
            self.add(field, f"{what} has 1 to {most} characters", most)

    def amount(
        self, field: str, what: str, amount: int, low: float, high: float, scale: int, unit: str
    ) -> None:
        if not low * scale <= amount <= high * scale:
            words = f"{what} is from {low:,g} to {high:,g}{unit}".replace("-", "−")
            self.add(field, words, [low, high])


def _part(check: _Check, field: str, part: Part, feeds: Collection[int]) -> None:
    check.words(f"{field}.label", "A name", part.label, NAME_LENGTH)
    check.amount(
        f"{field}.vat_ppm", f"VAT on {part.label}", part.vat_ppm, 0, 100, _MILLION // 100, " %"
    )
    match part:
        case EnergyPart():
            _pricing(check, f"{field}.pricing", part, feeds)
        case FixedPart():
            low, high = -MOST_CHARGE, MOST_CHARGE
            check.amount(f"{field}.mc", part.label, part.mc, low, high, MC_PER_UNIT, "")
        case PeakPart():
            most = MOST_CHARGE // 100
            check.amount(
                f"{field}.mc_per_kw", part.label, part.mc_per_kw, 0, most, MC_PER_UNIT, " per kW"
            )
            _windows(check, f"{field}.windows", part.windows, None)


def _pricing(check: _Check, field: str, part: EnergyPart, feeds: Collection[int]) -> None:
    match part.pricing:
        case Flat(mc_per_mwh):
            _price(check, f"{field}.mc_per_mwh", part.label, mc_per_mwh)
        case TimeOfUse() as pricing:
            _bands(check, field, pricing)
            _windows(check, f"{field}.windows", pricing.windows, [b.name for b in pricing.bands])
        case Dynamic() as pricing:
            if pricing.feed_id not in feeds:
                check.add(f"{field}.feed_id", "Choose a feed of prices that exists")
            most = MOST_FACTOR
            check.amount(
                f"{field}.factor_ppm", "The factor", pricing.factor_ppm, -most, most, _MILLION, ""
            )
            _price(check, f"{field}.adder_mc_per_mwh", "The addition", pricing.adder_mc_per_mwh)
            _price(
                check, f"{field}.fallback.mc_per_mwh", "The fallback", pricing.fallback.mc_per_mwh
            )


def _bands(check: _Check, field: str, pricing: TimeOfUse) -> None:
    if not 1 <= len(pricing.bands) <= MOST_BANDS:
        check.add(f"{field}.bands", f"A tariff has 1 to {MOST_BANDS} bands", MOST_BANDS)
    names = [band.name for band in pricing.bands]
    for at, band in enumerate(pricing.bands):
        here = f"{field}.bands[{at}]"
        check.words(f"{here}.name", "The name of a band", band.name, BAND_LENGTH)
        if names.index(band.name) < at:
            check.add(f"{here}.name", f"The band “{band.name}” is there twice")
        _price(check, f"{here}.mc_per_mwh", band.name, band.mc_per_mwh)
    if pricing.otherwise not in names:
        check.add(f"{field}.otherwise", "Choose a band for the rest of the time", names)


def _price(check: _Check, field: str, what: str, mc_per_mwh: int) -> None:
    check.amount(field, what, mc_per_mwh, -MOST_PRICE, MOST_PRICE, MC_PER_MWH, " per kWh")


def _windows(
    check: _Check, field: str, windows: Sequence[Window], bands: Sequence[str] | None
) -> None:
    if len(windows) > MOST_WINDOWS:
        check.add(field, f"At most {MOST_WINDOWS} rules", MOST_WINDOWS)
    for at, window in enumerate(windows):
        _window(check, f"{field}[{at}]", f"Rule {at + 1}", window, bands)


def _window(
    check: _Check, field: str, what: str, window: Window, bands: Sequence[str] | None
) -> None:
    if bands is not None and window.band not in bands:
        check.add(f"{field}.band", f"{what}: choose one of the bands", list(bands))
    if not window.day_types:
        check.add(f"{field}.day_types", f"{what}: choose at least one kind of day")
    ends = (("from_minute", window.from_minute, 0), ("to_minute", window.to_minute, 1))
    for name, minute, closed in ends:
        if minute % SLOT_MINUTES or not 0 <= minute < _DAY_MINUTES + closed:
            message = f"{what}: times are quarter hours from 00:00 to 24:00"
            check.add(f"{field}.{name}", message, SLOT_MINUTES)
    if window.season is not None:
        _season(check, field, what, window.season)


def _season(check: _Check, field: str, what: str, season: Season) -> None:
    for name, at in (("first", season.first), ("until", season.until)):
        if not _real(*at):
            check.add(f"{field}.season.{name}", f"{what}: there is no such day of the year")


def _real(month: int, day: int) -> bool:
    """Whether it is a day of some year; 29 February is."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]
