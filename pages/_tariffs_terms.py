"""How what is typed into a tariff's form becomes terms. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from domain.calendar.model import DAY_TYPES, DayType
from domain.foundation.errors import FieldError
from domain.money.tariff import (
    MC_PER_MWH,
    MC_PER_UNIT,
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    FallbackKind,
    FixedPart,
    Flat,
    Part,
    PartKind,
    PeakPart,
    Season,
    Terms,
    TimeOfUse,
    Window,
)
from pages._tariffs_draft import (
    BY_TIME,
    ENERGY_LABEL,
    GRID,
    GRID_LABEL,
    LEAP_YEAR,
    MARKET,
    OWN,
    PEAK,
    PER_DAY,
    PPM_PER_PERCENT,
    TAX,
    TAX_MONTH,
    ChargeRow,
    Draft,
    RuleRow,
)
from pages._values import FormValue

_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which part of the form it stands."""

    section: str
    message: str


def terms_of(draft: Draft) -> tuple[Terms | None, list[Problem]]:
    """The terms, or what is missing for them; limits are the use case's to check."""
    reader = _Reader()
    main = reader.main(draft)
    parts = [*main, *(reader.charge(at, row) for at, row in enumerate(draft.charges))]
    known = [part for part in parts if part is not None]
    return (None if reader.problems else Terms(tuple(known))), reader.problems


def problem_of(error: FieldError, draft: Draft) -> Problem:
    """A refusal of the use case, where it stands in the form."""
    place, _, rest = error.field.partition(".")
    if place in ("name", "valid_from", "use_from", "direction"):
        return Problem(place, error.message)
    index = int(place[6:-1]) if place.startswith("parts[") else 0
    if index >= _main_parts(draft):
        return Problem("charges", error.message)
    section = next((s for s in ("bands", "windows") if f".{s}" in rest), "main")
    return Problem("rules" if section == "windows" else section, error.message)


class _Reader:
    """Reads the rows one by one and notes what cannot be read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def main(self, draft: Draft) -> list[Part | None]:
        vat_ppm = self._amount("main", "VAT", draft.vat, PPM_PER_PERCENT)
        if draft.pricing == BY_TIME:
            return self._by_time(draft, vat_ppm)
        if draft.pricing == MARKET:
            return [self._market(draft, vat_ppm)]
        price = self._amount("main", "The price", draft.price, MC_PER_MWH)
        return [EnergyPart(ENERGY_LABEL, "energy", Flat(price), vat_ppm)]

    def charge(self, at: int, row: ChargeRow) -> Part | None:
        what = f"Charge {at + 1}"
        label = str(row.label or "").strip()
        vat_ppm = self._amount("charges", f"VAT of charge {at + 1}", row.vat, PPM_PER_PERCENT)
        if row.kind in (GRID, TAX):
            price = self._amount("charges", what, row.amount, MC_PER_MWH)
            kind: PartKind = "tax" if row.kind == TAX else "grid"
            return EnergyPart(label, kind, Flat(price), vat_ppm)
        amount_mc = self._amount("charges", what, row.amount, MC_PER_UNIT)
        if row.kind == PEAK:
            return PeakPart(label, "grid", amount_mc, self._peak_windows(row), vat_ppm)
        if row.kind == PER_DAY:
            return FixedPart(label, "grid", "day", amount_mc, vat_ppm)
        kind = "tax" if row.kind == TAX_MONTH else "grid"
        return FixedPart(label, kind, "month", amount_mc, vat_ppm)

    def _by_time(self, draft: Draft, vat_ppm: int) -> list[Part | None]:
        names = [str(row.name or "").strip() for row in draft.bands]
        prices = [
            self._amount("bands", f"The price of {name or f'band {at + 1}'}", row.price, MC_PER_MWH)
            for at, (row, name) in enumerate(zip(draft.bands, names, strict=True))
        ]
        windows = tuple(self._rule(at, row, names) for at, row in enumerate(draft.rules))
        otherwise = self._band("rules", "The rest of the time", draft.otherwise, names)
        parts: list[Part | None] = [_tou(ENERGY_LABEL, "energy", names, prices, windows, otherwise,
                                         vat_ppm)]  # fmt: skip
        if any(not _is_empty(row.grid) for row in draft.bands):
            grid = [
                0 if _is_empty(row.grid) else self._amount(
                    "bands", f"The grid charge of {name}", row.grid, MC_PER_MWH
                )
                for row, name in zip(draft.bands, names, strict=True)
            ]  # fmt: skip
            parts.append(_tou(GRID_LABEL, "grid", names, grid, windows, otherwise, vat_ppm))
        return parts

    def _market(self, draft: Draft, vat_ppm: int) -> Part | None:
        feed = str(draft.feed or "")
        if not feed.isdecimal():
            self.problems.append(Problem("main", "Choose whose market prices these are"))
            return None
        kind: FallbackKind = "fixed" if draft.fallback == "fixed" else "same_hour_last_week"
        pricing = Dynamic(
            feed_id=int(feed),
            factor_ppm=self._amount("main", "The factor", draft.factor, 1_000_000),
            adder_mc_per_mwh=self._amount("main", "The addition", draft.adder, MC_PER_MWH),
            fallback=Fallback(
                kind, self._amount("main", "The fallback price", draft.fallback_price, MC_PER_MWH)
            ),
        )
        return EnergyPart(ENERGY_LABEL, "energy", pricing, vat_ppm)

    def _rule(self, at: int, row: RuleRow, names: Sequence[str]) -> Window:
        what = f"Rule {at + 1}"
        season = None
        if row.season == OWN:
            season = self._season(what, row)
        band = self._band("rules", what, row.band, names)
        return Window(band, _minute(row.start), _minute(row.end), _days(row.days), season)

    def _season(self, what: str, row: RuleRow) -> Season | None:
        first = _day_of_year(row.first_month, row.first_day)
        last = _day_of_year(row.last_month, row.last_day)
        if first is None or last is None:
            self.problems.append(Problem("rules", f"{what}: there is no such day of the year"))
            return None
        until = last + timedelta(days=1)
        return Season((first.month, first.day), (until.month, until.day))

    def _band(self, section: str, what: str, index: FormValue, names: Sequence[str]) -> str:
        at = str(index or "")
        if at.isdecimal() and int(at) < len(names):
            return names[int(at)]
        self.problems.append(Problem(section, f"{what}: choose a band"))
        return ""

    def _peak_windows(self, row: ChargeRow) -> tuple[Window, ...]:
        if row.when != OWN:
            return ()
        return (Window("", _minute(row.start), _minute(row.end), _days(row.days)),)

    def _amount(self, section: str, what: str, typed: FormValue, scale: int) -> int:
        if _is_empty(typed):
            self.problems.append(Problem(section, f"{what} is missing"))
            return 0
        try:
            amount = Decimal(str(typed)) * scale
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) > _MOST:
            self.problems.append(Problem(section, f"{what} is no number that can be used"))
            return 0
        return int(amount.to_integral_value(ROUND_HALF_EVEN))


def _tou(
    label: str,
    kind: PartKind,
    names: Sequence[str],
    prices: Sequence[int],
    windows: tuple[Window, ...],
    otherwise: str,
    vat_ppm: int,
) -> EnergyPart:
    bands = tuple(Band(name, price) for name, price in zip(names, prices, strict=True))
    return EnergyPart(label, kind, TimeOfUse(bands, windows, otherwise), vat_ppm)


def _main_parts(draft: Draft) -> int:
    by_band = draft.pricing == BY_TIME and any(not _is_empty(row.grid) for row in draft.bands)
    return 2 if by_band else 1


def _is_empty(typed: FormValue) -> bool:
    return typed is None or typed == ""


def _minute(typed: FormValue) -> int:
    text = str(typed or "0")
    return int(text) if text.isdecimal() and len(text) < 5 else -1


def _days(typed: Collection[str]) -> frozenset[DayType]:
    return frozenset(day for day in DAY_TYPES if day in typed)


def _day_of_year(month: FormValue, day: FormValue) -> date | None:
    try:
        return date(LEAP_YEAR, int(month or 0), int(day or 0))
    except ValueError:
        return None
