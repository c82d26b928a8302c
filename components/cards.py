"""Pages, cards and value tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components.icons import icon
from components.marks import Children, aria, classes, data, state_chip, value
from components.sparklines import sparkline


def page(
    title: str | None,
    *children: Any,
    facts: Children = None,
    actions: Sequence[Any] = (),
    className: str = "",
    id: str | None = None,
) -> html.Div:
    """What stands right of the navigation: head line (title, small facts, actions), then the rest.

    Args:
        title: The page's heading; None leaves the whole head out (overview).
        children: Cards, rows, grids.
        facts: One short line beside the title.
        actions: Buttons at the right end.
        className: Further classes.
        id: Dash id.
    """
    known: dict[str, Any] = {"id": id} if id else {}
    return html.Div(
        [page_head(title, facts=facts, actions=actions) if title else None, *children],
        className=classes("wb-page", className),
        **known,
    )


def page_head(
    title: str, *, facts: Children = None, actions: Sequence[Any] = (), level: int = 1
) -> html.Div:
    """The head line alone, for pages of two columns (level 2 for the second)."""
    heading = {1: html.H1, 2: html.H2}[level]
    return html.Div(
        [
            heading(title, className="wb-page-title"),
            html.Span(facts, className="wb-page-facts") if facts else None,
            html.Span(list(actions), className="wb-page-actions") if actions else None,
        ],
        className="wb-page-head",
    )


def card(
    title: Children = None,
    *children: Any,
    fact: Children = None,
    actions: Children = None,
    className: str = "",
    id: str | None = None,
    fresh: str | None = None,
    state: str | None = None,
    level: int = 2,
) -> html.Section:
    """A surface with a head: title, small grey fact, and at the right actions or a legend.

    Args:
        title: Head words; None leaves the head out.
        children: The body.
        fact: Small and grey beside the title (an age, a unit).
        actions: At the right end of the head.
        className: Further classes.
        id: Dash id.
        fresh: Live key whose freshness live.js writes as `data-state`.
        state: The first such state; "fault" draws the fault border.
        level: Heading level of the title.
    """
    heading = {2: html.H2, 3: html.H3}[level]
    head = None
    if title is not None or actions is not None:
        head = html.Div(
            [
                heading(title, className="wb-card-title") if title is not None else None,
                html.Span(fact, className="wb-card-fact") if fact is not None else None,
                html.Div(actions, className="wb-card-actions") if actions is not None else None,
            ],
            className="wb-card-head",
        )
    known: dict[str, Any] = {"id": id} if id else {}
    return html.Section(
        [head, *children],
        className=classes("wb-card", className),
        **known,
        **data(fresh=fresh, state=state),
    )


def tile(
    label: str,
    amount: float | None = None,
    fmt: str = "number",
    *,
    unit: str | None = None,
    words: Children = None,
    note: Children = None,
    state: str = "fresh",
    reason: str | None = None,
    live: str | None = None,
    spark: Sequence[float | None] | None = None,
    spark_token: str = "text-2",
    spark_area: bool = False,
    href: str | None = None,
    id: str | None = None,
) -> Any:
    """One value with its label, state, small curve and one line below; same height in every state.

    Args:
        label: What it is.
        amount: In the format's unit; None is a dash.
        fmt: A key of formats.FORMATS.
        unit: Replaces the format's unit.
        words: Instead of a number ("Cooling 3.4 kW").
        note: The line below: comparison, age, reason.
        state: fresh, late, stale, dead, missing, estimate or fault.
        reason: What a resting pointer on the tile says.
        live: Live key of value and freshness.
        spark: Points of the small curve, None is a gap; not drawn when stale or missing.
        spark_token: Its colour token.
        spark_area: Fills below it.
        href: Makes the tile a link.
        id: Dash id.
    """
    curve = None
    if spark is not None and state in ("fresh", "late", "estimate"):
        curve = sparkline(spark, token=spark_token, area=spark_area)
    shown = (
        html.Span(words, className="wb-tile-words")
        if words is not None
        else value(amount, fmt, unit=unit, live=live, size="lg", estimate=state == "estimate")
    )
    body: list[Any] = [
        html.Div([html.Span(label, className="wb-tile-label"), state_chip(state)],
                 className="wb-tile-top"),
        html.Div([shown, curve], className="wb-tile-mid"),
        html.Div(note, className="wb-tile-note"),
    ]  # fmt: skip
    known: dict[str, Any] = {"id": id} if id else {}
    if reason:
        known["title"] = reason
    if href:
        # dcc.Link takes no data attributes: the tile is the inner box.
        inner = html.Div(body, className="wb-tile", **known, **data(fresh=live, state=state))
        return dcc.Link(inner, href=href, className="wb-tile-link")
    return html.Div(body, className="wb-tile", **known, **data(fresh=live, state=state))


def grid(*children: Any, columns: str = "tiles", className: str = "") -> html.Div:
    """A grid of the look.

    Args:
        children: Its cells.
        columns: tiles (6/3/2), tiles-4 (4/2), tiles-3 (3/2), halves, thirds, main-side (rest +
            372), overview (742 + rest), list-detail (506 + rest) or stack (one column).
        className: Further classes.
    """
    return html.Div(list(children), className=classes("wb-grid", f"wb-grid-{columns}", className))


def row(*children: Any, className: str = "") -> html.Div:
    """Things on one line that wraps."""
    return html.Div(list(children), className=classes("wb-row", className))


def needs_row(
    title: Children, evidence: Children, action: Any = None, *, tone: str = "fault", icon_name: str
) -> html.Div:
    """A line that needs a person: soft icon, bold fact, evidence with its age, one button."""
    return html.Div(
        [
            html.Span(icon(icon_name), className=f"wb-soft-icon wb-soft-{tone}"),
            html.Div([html.Strong(title), html.Span(evidence)], className="wb-needs-words"),
            action,
        ],
        className="wb-needs",
    )


def skeleton(shape: str = "tile", *, lines: int = 3) -> html.Div:
    """Blocks in the final shape, shown only after 300 ms (tile, table, chart)."""
    widths = ("58%", "74%", "90%", "66%")
    blocks = [
        html.Div(className="wb-skeleton-line", style={"width": widths[i % 4]}) for i in range(lines)
    ]
    return html.Div(
        blocks if shape != "chart" else html.Div(className="wb-skeleton-chart"),
        className=classes("wb-skeleton", f"wb-skeleton-{shape}"),
        role="status",
        **aria(label="Loading", busy="true"),
    )
