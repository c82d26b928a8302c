"""The form of a tariff: the price of energy, its bands and rules, what comes on top. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from components import formats
from components.buttons import button, icon_button
from components.forms import (
    cell,
    field,
    number_field,
    segments,
    select,
    select_field,
    toggles,
    typed,
)
from domain.money.tariff import Direction
from domain.money.tariff_rules import BAND_LENGTH, MOST_BANDS, NAME_LENGTH
from pages._tariffs_draft import (
    ALL_YEAR,
    BY_TIME,
    FLAT,
    GRID,
    MARKET,
    OWN,
    PEAK,
    PER_DAY,
    PER_MONTH,
    TAX,
    TAX_MONTH,
    BandRow,
    ChargeRow,
    Draft,
    RuleRow,
)
from pages._tariffs_words import DAY_CHIPS, clock

FORM = "tariff-form"
BANDS, RULES, CHARGES = "tariff-bands", "tariff-rules", "tariff-charges"
SECTIONS = ("name", "valid_from", "main", "bands", "rules", "charges")
PRICINGS = ((FLAT, "One price"), (BY_TIME, "By time of use"), (MARKET, "Market price"))

_CHARGE_KINDS = (
    (GRID, "Grid charge per kWh"),
    (TAX, "Tax per kWh"),
    (PER_DAY, "Fixed charge per day"),
    (PER_MONTH, "Fixed charge per month"),
    (TAX_MONTH, "Tax per month"),
    (PEAK, "Peak charge per kW and month"),
)
_STARTS = tuple((str(minute), clock(minute)) for minute in range(0, 1440, 15))
_ENDS = tuple((str(minute), clock(minute)) for minute in range(15, 1455, 15))
_MONTHS = tuple((str(at + 1), name) for at, name in enumerate(formats.MONTHS))


def main_id(name: str) -> str:
    """The id of a field that is there once."""
    return f"tariff-{name}"


def row_id(kind: str, name: str, at: Any) -> dict[str, Any]:
    """The id of a field of a row of bands, rules or charges."""
    return {"type": f"tariff-{kind}", "field": name, "at": at}


def problems_id(section: str) -> str:
    """Where what is wrong with a part of the form is said."""
    return f"tariff-wrong-{section}"


def part_id(pricing: str) -> str:
    """The part of the form for one kind of price."""
    return f"tariff-part-{pricing}"


def form_parts(
    draft: Draft, direction: Direction, unit: str, feeds: Mapping[int, str]
) -> list[Any]:
    """All parts; those of another kind of price stand hidden."""
    per_kwh = f"{unit}/kWh"
    return [
        html.Div(
            [
                segments(
                    main_id("pricing"), PRICINGS, value=str(draft.pricing), label="Kind of price"
                ),
                cell(
                    "VAT on it",
                    typed(main_id("vat"), value=draft.vat, kind="number", unit="%"),
                    className="wb-cell-short",
                ),
            ],
            className="wb-tariff-kind",
        ),
        html.Div(
            number_field(
                main_id("price"),
                "Price of energy" if direction == "import" else "Paid to you",
                value=_number(draft.price),
                unit=per_kwh,
            ),
            id=part_id(FLAT),
            className="wb-tariff-part",
            hidden=draft.pricing != FLAT,
        ),
        html.Div(
            _by_time(draft, unit), id=part_id(BY_TIME), hidden=draft.pricing != BY_TIME,
            className="wb-tariff-part",
        ),
        html.Div(
            _market(draft, per_kwh, feeds), id=part_id(MARKET), hidden=draft.pricing != MARKET,
            className="wb-tariff-part",
        ),
        problems("main"),
        html.H3("On top of it", className="wb-form-part"),
        html.Div(charge_rows(draft.charges, unit, direction), id=CHARGES),
        problems("charges"),
        _add("add-charge", "Charge or tax"),
    ]  # fmt: skip


def problems(section: str) -> html.Div:
    """An empty place for what is wrong with a part."""
    return html.Div("", id=problems_id(section), className="wb-form-error", role="alert")


def band_options(bands: Sequence[BandRow]) -> list[tuple[str, str]]:
    """The bands as something to choose."""
    return [(str(at), str(row.name or "") or f"Band {at + 1}") for at, row in enumerate(bands)]


def band_rows(bands: Sequence[BandRow], unit: str) -> list[Any]:
    """Name, price and grid charge of each band."""
    lone = len(bands) == 1
    return [
        html.Div(
            [
                cell("Band", typed(row_id("band", "name", at), value=row.name,
                                   maxLength=BAND_LENGTH, placeholder="Peak")),
                cell("Price", typed(row_id("band", "price", at), value=row.price, kind="number",
                                    unit=f"{unit}/kWh")),
                cell("Grid charge", typed(row_id("band", "grid", at), value=row.grid,
                                          kind="number", unit=f"{unit}/kWh",
                                          placeholder="none")),
                _drop("drop-band", at, f"Take band {at + 1} out", disabled=lone),
            ],
            className="wb-band-row",
        )
        for at, row in enumerate(bands)
    ]  # fmt: skip


def rule_rows(rules: Sequence[RuleRow], bands: Sequence[BandRow]) -> list[Any]:
    """When which band holds, in the order in which they are tried."""
    if not rules:
        return [html.P("No rule: the band below holds at any time.", className="wb-hint")]
    offered = band_options(bands)
    return [_rule_row(at, row, offered, len(rules)) for at, row in enumerate(rules)]


def charge_rows(charges: Sequence[ChargeRow], unit: str, direction: Direction) -> list[Any]:
    """What comes on top; a peak charge has its times."""
    kinds = [kind for kind in _CHARGE_KINDS if direction == "import" or kind[0] != PEAK]
    return [_charge_row(at, row, kinds, unit) for at, row in enumerate(charges)]


def _by_time(draft: Draft, unit: str) -> list[Any]:
    return [
        html.Div(band_rows(draft.bands, unit), id=BANDS),
        problems("bands"),
        _add("add-band", f"Band (at most {MOST_BANDS})"),
        html.H3("When which band holds", className="wb-form-part"),
        html.P("The first rule that fits decides.", className="wb-hint"),
        html.Div(rule_rows(draft.rules, draft.bands), id=RULES),
        problems("rules"),
        _add("add-rule", "Rule"),
        field(
            main_id("otherwise"),
            "At all other times",
            select(
                main_id("otherwise"), band_options(draft.bands), value=str(draft.otherwise or "0")
            ),
        ),
    ]


def _market(draft: Draft, per_kwh: str, feeds: Mapping[int, str]) -> list[Any]:
    offered = [(str(feed_id), name) for feed_id, name in feeds.items()]
    fallbacks = [
        ("same_hour_last_week", "The price of the same hour last week"),
        ("fixed", "A stated price"),
    ]
    return [
        select_field(
            main_id("feed"), "Prices of", offered, value=str(draft.feed or "") or None,
            placeholder="Choose a feed",
            hint=None if offered else "There is no feed of prices yet; add one below the tariffs.",
        ),
        html.Div(
            [
                number_field(main_id("factor"), "Times", value=_number(draft.factor)),
                number_field(
                    main_id("adder"), "Plus", value=_number(draft.adder), unit=per_kwh
                ),
                select_field(
                    main_id("fallback"), "Where it has no price", fallbacks,
                    value=str(draft.fallback or "fixed"),
                ),
                number_field(
                    main_id("fallback_price"), "Stated price", unit=per_kwh,
                    value=_number(draft.fallback_price),
                    hint="Where last week has none either",
                ),
            ],
            className="wb-form wb-form-2",
        ),
    ]  # fmt: skip


def _rule_row(at: int, row: RuleRow, bands: list[tuple[str, str]], count: int) -> html.Div:
    seasons = [(ALL_YEAR, "All year"), (OWN, "Part of it")]
    place = f"rule {at + 1}"
    return html.Div(
        [
            html.Span(f"{at + 1}", className="wb-rule-number wb-num"),
            html.Div(
                [
                    cell("On", toggles(row_id("rule", "days", at), DAY_CHIPS, value=row.days,
                                       label="Days"), className="wb-cell-days"),
                    *_times("rule", at, row.start, row.end),
                    cell("In", select(row_id("rule", "season", at), seasons,
                                      value=str(row.season or ALL_YEAR))),
                    cell("Band", select(row_id("rule", "band", at), bands,
                                         value=str(row.band or "0")), className="wb-cell-band"),
                    html.Div(
                        [
                            cell("From", typed(row_id("rule", "first_day", at), kind="number",
                                               value=row.first_day, min=1, max=31)),
                            cell("Month", select(row_id("rule", "first_month", at), _MONTHS,
                                                 value=str(row.first_month))),
                            cell("To", typed(row_id("rule", "last_day", at), kind="number",
                                             value=row.last_day, min=1, max=31)),
                            cell("Month", select(row_id("rule", "last_month", at), _MONTHS,
                                                 value=str(row.last_month))),
                        ],
                        className="wb-season",
                    ),
                ],
                className="wb-rule-fields",
            ),
            html.Div(
                [
                    icon_button("up", f"Try {place} earlier", disabled=at == 0,
                                attributes=_act("rule-up", at)),
                    icon_button("down", f"Try {place} later", disabled=at == count - 1,
                                attributes=_act("rule-down", at)),
                    _drop("drop-rule", at, f"Take {place} out"),
                ],
                className="wb-rule-acts",
            ),
        ],
        className="wb-rule-row",
    )  # fmt: skip


def _charge_row(at: int, row: ChargeRow, kinds: Sequence[tuple[str, str]], unit: str) -> html.Div:
    whens = [(ALL_YEAR, "At any time"), (OWN, "Only within …")]
    return html.Div(
        [
            html.Div(
                [
                    cell("What", select(row_id("charge", "kind", at), kinds,
                                        value=str(row.kind or GRID))),
                    cell("Name on the bill", typed(row_id("charge", "label", at),
                                                   value=row.label, maxLength=NAME_LENGTH,
                                                   placeholder="Grid use")),
                    cell("Amount", typed(row_id("charge", "amount", at), value=row.amount,
                                         kind="number", unit=unit)),
                    cell("VAT", typed(row_id("charge", "vat", at), value=row.vat, kind="number",
                                      unit="%"), className="wb-cell-short"),
                    html.Div(
                        [
                            cell("Counts", select(row_id("charge", "when", at), whens,
                                                  value=str(row.when or ALL_YEAR))),
                            html.Div(
                                [
                                    cell("On", toggles(row_id("charge", "days", at), DAY_CHIPS,
                                                       value=row.days, label="Days"),
                                         className="wb-cell-days"),
                                    *_times("charge", at, row.start, row.end),
                                ],
                                className="wb-charge-window",
                            ),
                        ],
                        className="wb-charge-times",
                    ),
                ],
                className="wb-charge-fields",
            ),
            _drop("drop-charge", at, f"Take charge {at + 1} out"),
        ],
        className="wb-charge-row",
    )  # fmt: skip


def _times(kind: str, at: int, start: Any, end: Any) -> list[Any]:
    end_value = str(end or 0) if int(end or 0) else _ENDS[-1][0]
    return [
        cell("From", select(row_id(kind, "start", at), _STARTS, value=str(start))),
        cell("To", select(row_id(kind, "end", at), _ENDS, value=end_value)),
    ]


def _add(act: str, label: str) -> html.Div:
    return html.Div(
        button(label, icon_name="plus", small=True, attributes=_act(act, 0)),
        className="wb-form-add",
    )


def _drop(act: str, at: int, words: str, *, disabled: bool = False) -> Any:
    return icon_button("delete", words, disabled=disabled, attributes=_act(act, at))


def _act(name: str, at: int) -> dict[str, str]:
    return {"data-act": name, "data-value": str(at)}


def _number(typed_value: Any) -> Any:
    return None if typed_value == "" else typed_value
