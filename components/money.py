"""The Money pages' tab bar, sums by source, the budget's bar, and columns of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import charts, energy_figures, formats
from components.energy_figures import BarSeries
from components.marks import Children, aria, classes, data, value

TABS = (
    ("/money", "This month"),
    ("/money/ledger", "Ledger"),
    ("/money/tariffs", "Tariffs"),
)
NEWS = "wb-money-news"
"""A store that assets/money.js writes to when the socket tells of a posting."""
WATCH = "money/postings"
"""The live key that has the socket tell of postings."""
DAY, SUM = "day", "sum"
"""Acts of an `Events` around: the value names the day, or the accounts."""


def tabs(current: str) -> html.Nav:
    """The pages about money side by side; `current` is the path of the one shown."""
    links = [
        html.Span(label, className="wb-segment wb-segment-on", **aria(current="page"))
        if path == current
        else dcc.Link(label, href=path, className="wb-segment")
        for path, label in TABS
    ]
    return html.Nav(links, className="wb-segments wb-money-tabs", **aria(label="Money"))


def opening(name: str, key: str, child: Any, spoken: str, className: str = "") -> html.Div:
    """Something that opens what it is made of, by click or Enter, inside an `Events`."""
    return html.Div(
        child,
        className=classes("wb-money-open", className),
        role="row",
        tabIndex=0,
        **data(act=name, value=key),
        **aria(label=spoken),
    )


@dataclass(frozen=True)
class SumLine:
    """One line of sums by source: what, its hue, how much in units of the currency.

    `accounts` is what a click shows the postings of; `level` 1 is part of the line above it.
    """

    label: str
    amount: float | None
    accounts: str
    token: str | None = None
    level: int = 0
    strong: bool = False
    note: Children = None
    words: str | None = None


def sum_lines(lines: Sequence[SumLine], unit: str) -> html.Div:
    """Sums under each other; each opens its postings."""
    return html.Div([_sum_line(line, unit) for line in lines], className="wb-sums", role="table")


def _sum_line(line: SumLine, unit: str) -> Any:
    number = line.words or formats.fixed(line.amount, 2)
    mark = html.Span(
        className="wb-key wb-key-box",
        style={"color": f"var(--wb-{line.token})"} if line.token else {"visibility": "hidden"},
    )
    shown = [
        mark,
        html.Span([line.label, html.Small(line.note) if line.note else None], role="cell"),
        html.Span(
            [
                html.Span(number, className="wb-num"),
                html.Span(unit, className="wb-unit"),
            ],
            className="wb-value",
            role="cell",
        ),
    ]
    css = classes("wb-sum", f"wb-sum-{line.level}", line.strong and "wb-sum-strong")
    if line.amount is None:
        return html.Div(shown, className=css, role="row")
    return opening(SUM, line.accounts, shown, f"Postings of {line.label}", css)


def budget_bar(spent: float, budget: float, gone: float, unit: str) -> html.Div:
    """How much of a budget is spent, with a mark where the month stands (`gone`, 0 to 1)."""
    share = spent / budget
    ahead = share > max(gone, 0.02)
    state = "over" if share > 1 else "ahead" if ahead else "within"
    percent = f"{formats.fixed(share * 100, 0)} % of the budget"
    words = f"{percent} with {formats.fixed(gone * 100, 0)} % of the month gone"
    return html.Div(
        [
            html.Div(
                [
                    html.Span(
                        className="wb-budget-spent", style={"width": f"{min(share, 1) * 100:.1f}%"}
                    ),
                    html.Span(className="wb-budget-gone", style={"left": f"{gone * 100:.1f}%"}),
                ],
                className="wb-budget-track",
                role="img",
                **aria(label=words),
                **data(state=state),
            ),
            html.Div(
                [
                    html.Span(words),
                    html.Span(["of ", value(budget, "money", unit=unit)]),
                ],
                className="wb-budget-words",
            ),
        ],
        className="wb-budget",
    )


@dataclass(frozen=True)
class DayColumns:
    """Days of a month in units of the currency: what was paid and earned, and what was saved."""

    starts_ms: Sequence[int]
    ends_ms: Sequence[int]
    bought: Sequence[float | None]
    earned: Sequence[float | None]
    solar: Sequence[float | None]
    battery: Sequence[float | None]


def cash_figure(days: DayColumns, zone: ZoneInfo, unit: str, revision: str) -> dict[str, Any]:
    """A column a day: bought above the line, earned below it."""
    series = [BarSeries("Bought", days.bought, "import")]
    if any(days.earned):
        series.append(BarSeries("Sold", days.earned, "export", below=True))
    return _figure(days, series, zone, unit, 230, revision)


def saved_figure(days: DayColumns, zone: ZoneInfo, unit: str, revision: str) -> dict[str, Any]:
    """A column a day: what own solar and the batteries saved, which nobody paid."""
    series = [
        BarSeries("Solar", days.solar, "solar-fill"),
        BarSeries("Batteries", days.battery, "discharging"),
    ]
    return _figure(days, [s for s in series if any(s.values)], zone, unit, 130, revision)


def _figure(
    days: DayColumns,
    series: Sequence[BarSeries],
    zone: ZoneInfo,
    unit: str,
    height: int,
    revision: str,
) -> dict[str, Any]:
    figure = energy_figures.bars(
        days.starts_ms,
        days.ends_ms,
        series,
        zone,
        fmt="money",
        unit=unit,
        height=height,
        revision=revision,
    )
    figure["layout"]["hovermode"] = "x"  # so that a click tells its day; the hover box is ours
    figure["layout"]["margin"]["l"] = 44
    return figure


def column_chart(figure: dict[str, Any], id: str, summary: str) -> html.Div:
    """Columns that a click opens."""
    return charts.chart(figure, id=id, summary=summary, className="wb-money-columns")
