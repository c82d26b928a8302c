"""Where a figure becomes a component: the only place that makes a dcc.Graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.figures import HEAD_PX, Strip, strips
from components.marks import Children, aria, classes, data

# No bar over the plot, no logo, and no button that sends data to somebody else's server.
GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "displayModeBar": False,
    "responsive": True,
    "doubleClick": "reset",
    "scrollZoom": False,
    "showTips": False,
}


def chart(
    figure: dict[str, Any],
    *,
    id: str | None = None,
    summary: str,
    heads: Sequence[Any] = (),
    className: str = "",
) -> html.Div:
    """A figure on the page.

    Args:
        figure: From components.figures: a plain dict whose colours are token names.
        id: Dash id of the graph itself (`figure`, `relayoutData`).
        summary: The picture in one sentence, for who does not see it.
        heads: HTML laid over the plot (strip heads).
        className: Further classes.
    """
    known: dict[str, Any] = {"id": id} if id else {}
    height = figure["layout"]["height"]
    live = sorted({t["meta"]["live"] for t in figure["data"] if t.get("meta", {}).get("live")})
    graph = dcc.Graph(
        figure=figure,
        config=GRAPH_CONFIG,
        style={"height": f"{height}px"},
        responsive=True,
        className="wb-graph",
        **known,
    )
    return html.Div(
        [html.Div(graph, role="img", **aria(label=summary)), *heads],
        className=classes("wb-chart", className),
        style={"minHeight": f"{height}px"},
        **data(zone=figure["layout"]["meta"]["zone"], live_watch=" ".join(live) or None),
    )


def strip_chart(
    panels: Sequence[Strip],
    start_ms: int,
    end_ms: int,
    zone: ZoneInfo,
    *,
    id: str | None = None,
    now_ms: int | None = None,
    summary: str = "",
    revision: str | None = None,
) -> html.Div:
    """Strips with their head lines: name and unit left, `head` (value now, limits) right."""
    figure = strips(panels, start_ms, end_ms, zone, now_ms=now_ms, revision=revision)
    heads = []
    top = 0
    for index, panel in enumerate(panels):
        heads.append(
            html.Div(
                [
                    html.Span([html.B(panel.label), f" {panel.unit}" if panel.unit else ""]),
                    html.Span(panel.head, className="wb-strip-now"),
                    html.Span(className="wb-strip-hover"),
                ],
                className="wb-strip-head",
                style={"top": f"{top}px", "height": f"{HEAD_PX}px"},
                **data(strip=index),
            )
        )
        top += HEAD_PX + panel.height
    words = summary or f"{formats.list_words([panel.label for panel in panels])} over time"
    return chart(figure, id=id, summary=words, heads=heads, className="wb-chart-strips")


def legend(entries: Sequence[tuple[str, str, str]], chart_id: str | None = None) -> html.Div:
    """Legend entries (name, token, kind: box, line, dashed or band).

    With the id of a chart they are buttons: a click hides its traces of that name, a double click
    leaves only them.
    """
    shown: list[Any] = []
    for name, token, kind in entries:
        mark = html.Span(className=f"wb-key wb-key-{kind}", style={"color": f"var(--wb-{token})"})
        if chart_id is None:
            shown.append(html.Span([mark, name], className="wb-legend-entry"))
        else:
            shown.append(
                html.Button(
                    [mark, name],
                    type="button",
                    className="wb-legend-entry wb-legend-button",
                    **aria(pressed="true"),
                    **data(chart=chart_id, group=name),
                )
            )
    return html.Div(shown, className="wb-legend")


def chart_card_head(title: Children, unit: str, entries: Any) -> html.Div:
    """The head of a chart card: title, unit, legend at the right."""
    return html.Div(
        [
            html.H2(title, className="wb-card-title"),
            html.Span(unit, className="wb-card-fact"),
            html.Div(entries, className="wb-card-actions"),
        ],
        className="wb-card-head",
    )
