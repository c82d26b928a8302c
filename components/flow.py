"""The flow picture (power now, from source to sink), its phone form, and what it says in words.

All take the frame of the `energy` topic: a flat dict in kW whose parts already add up, None where
unknown. assets/flow.js redraws them from the same frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from components import formats
from components.flow_geometry import DEAD_BAND_KW, LAYOUTS, Box, n, ribbons_markup, shown_flows
from components.icons import icon
from components.marks import Children, classes, data
from components.native import Svg

Frame = Mapping[str, Any]

USES: tuple[tuple[str, str], ...] = (
    ("climate", "Climate"),
    ("equipment", "Equipment"),
    ("lighting", "Lighting"),
    ("kitchen", "Kitchen"),
    ("other", "Lifts, plant"),
)
WORD_TOKENS: dict[str, str] = {
    "generating": "solar-text",
    "importing": "import-text",
    "exporting": "export-text",
    "charging": "charging-text",
    "discharging": "discharging-text",
    "consuming": "text",
}
# node: name, icon, token of the icon, field of its word
NODES: dict[str, tuple[str, str, str, str]] = {
    "grid": ("Grid", "grid", "import-text", "grid_word"),
    "solar": ("Solar", "sun", "solar-text", "solar_word"),
    "battery": ("Batteries", "battery", "charging-text", "battery_word"),
    "building": ("Building", "building", "text-2", "building_word"),
}


def node_kw(frame: Frame, node: str) -> float | None:
    """What a node shows: always without a sign, its word says the direction."""
    if node == "solar":
        return _number(frame, "generation_kw")
    if node == "building":
        return _number(frame, "consumption_kw")
    pair = ("import_kw", "export_kw") if node == "grid" else ("charging_kw", "discharging_kw")
    known = [amount for key in pair if (amount := _number(frame, key)) is not None]
    return max(known) if known else None


def _number(frame: Frame, key: str) -> float | None:
    amount = frame.get(key)
    return float(amount) if isinstance(amount, int | float) else None


def _written(amount: float | None) -> str:
    return formats.fixed(amount, 1)


def node_words(frame: Frame, node: str) -> str:
    """A node's number as written; ≈ on what an estimate touches."""
    amount = node_kw(frame, node)
    estimate = node in (frame.get("estimated_nodes") or ()) and amount is not None
    return f"{'≈ ' if estimate else ''}{_written(amount)}"


def use_rows(frame: Frame) -> list[tuple[str, str, float]]:
    """The metered uses of the building (key, name, kW), largest first, the unmetered rest last.

    Those that draw nothing are among them: their row waits, hidden, until they do.
    """
    uses: Mapping[str, float | None] = frame.get("uses") or {}
    rows = [(key, name, kw) for key, name in USES if (kw := uses.get(key)) is not None]
    rest = _number(frame, "unmetered_kw") or 0.0
    return [*sorted(rows, key=lambda row: -row[2]), ("unmetered", "Unmetered rest", rest)]


def flow_words(frame: Frame) -> str:
    """The picture in sentences, for who does not see it."""
    if frame.get("state") not in ("fresh", "late"):
        return "Energy flow: no current values."
    names = {"solar": "solar", "battery": "the batteries", "grid": "the grid",
             "building": "the building"}  # fmt: skip
    flows = [
        f"{_written(kw)} kW from {names[key.split('_')[0]]} to {names[key.split('_')[1]]}"
        for key, kw in shown_flows(frame).items()
    ]
    used = _written(_number(frame, "consumption_kw"))
    return f"The building uses {used} kW. Energy flow: {'; '.join(flows) or 'none'}."


def flow_picture(
    frame: Frame,
    *,
    peak_kw: float | None = None,
    facts: Mapping[str, Children] | None = None,
    layout: str = "desk",
    now_words: str = "",
    live: bool = True,
) -> html.Div:
    """Grid, solar, batteries and building with ribbons as wide as their kW.

    Args:
        frame: The energy frame.
        peak_kw: The day's largest sum of flows: the fullest bundle.
        facts: Small words beside a node's number (grid: price; solar: peak of the day); the
            battery's charge comes from the frame.
        layout: desk or wall.
        now_words: When the frame was, shown while it is stale ("Thu 13:47").
        live: Whether flow.js redraws it from frames; examples stand still.
    """
    has: Mapping[str, bool] = frame.get("has") or {}
    nodes = [
        _node(frame, name, layout, (facts or {}).get(name))
        for name, there in (
            ("grid", True), ("solar", has.get("generation", True)),
            ("battery", has.get("battery", True)),
        )
        if there
    ]  # fmt: skip
    return html.Div(
        [
            Svg(markup=ribbons_markup(frame, layout, peak_kw), className="wb-flow-svg"),
            *nodes,
            _building_node(frame, layout, (facts or {}).get("building")),
            html.P(flow_words(frame), className="visually-hidden", **data(flow_text="1")),
            html.Span(now_words, className="wb-flow-stale") if now_words else None,
        ],
        className=classes("wb-flow", f"wb-flow-{layout}"),
        **data(
            flow=layout if live else None,
            peak=peak_kw,
            state=frame.get("state"),
            fresh="energy" if live else None,
        ),
    )


def _place(layout: str, name: str) -> dict[str, str]:
    size = LAYOUTS[layout]
    box: Box = getattr(size, name)
    return {
        "left": f"{n(box.x / size.width * 100)}%",
        "top": f"{n(box.y / size.height * 100)}%",
        "width": f"{n(box.w / size.width * 100)}%",
        "height": f"{n(box.h / size.height * 100)}%",
    }


def _head(frame: Frame, name: str) -> html.Div:
    label, icon_name, token, field = NODES[name]
    word = str(frame.get(field) or "")
    shown = "" if word == "unknown" else word
    colour = WORD_TOKENS.get(shown, "text-3")
    return html.Div(
        [
            icon(icon_name, token=token),
            html.Span(label),
            html.Span(shown, className="wb-node-word", style={"color": f"var(--wb-{colour})"},
                      **data(node_word=name)),
        ],
        className="wb-node-head",
    )  # fmt: skip


def _amount(frame: Frame, name: str, size: str) -> html.Span:
    return html.Span(
        [
            html.Span(node_words(frame, name), className="wb-num", **data(node_kw=name)),
            html.Span("kW", className="wb-unit"),
        ],
        className=f"wb-value wb-value-{size}",
    )


def _node(frame: Frame, name: str, layout: str, fact: Children) -> html.Div:
    if name == "battery":
        soc = _number(frame, "soc_percent")
        fact = html.Span(
            "" if soc is None else f"{formats.fixed(soc, 0)} % full", **data(node_soc="1")
        )
    return html.Div(
        [
            _head(frame, name),
            html.Div(
                [_amount(frame, name, "node"), html.Span(fact, className="wb-node-fact")],
                className="wb-node-line",
            ),
        ],
        className="wb-node",
        style=_place(layout, name),
        **data(node=name),
    )


def _building_node(frame: Frame, layout: str, fact: Children) -> html.Div:
    rows = use_rows(frame)
    most = max((kw for _, _, kw in rows), default=1.0) or 1.0
    return html.Div(
        [
            _head(frame, "building"),
            html.Div(
                [_amount(frame, "building", "total"), html.Span(fact, className="wb-node-fact")],
                className="wb-node-line",
            ),
            html.Div(
                [
                    bar_row(
                        name,
                        kw / most,
                        _written(kw),
                        key=key,
                        hatch=key == "unmetered",
                        hidden=kw < DEAD_BAND_KW,
                    )
                    for key, name, kw in rows
                ],
                className="wb-uses",
            ),
        ],
        className="wb-node wb-node-building",
        style=_place(layout, "building"),
        **data(node="building"),
    )


def bar_row(
    name: str,
    share: float,
    words: str,
    *,
    key: str = "",
    hatch: bool = False,
    hidden: bool = False,
) -> html.Div:
    """A name, a bar of `share` (0..1) of its track, a number; hidden ones keep their place."""
    css = classes("wb-bar-fill", hatch and "wb-bar-hatch")
    return html.Div(
        [
            html.Span(name, className="wb-use-name"),
            html.Span(
                html.Span(className=css, style={"width": f"{n(max(0.0, min(1.0, share)) * 100)}%"}),
                className="wb-bar",
            ),
            html.B(words, className="wb-use-kw"),
        ],
        className="wb-use",
        **data(use=key or None, empty="1" if hidden else None),
    )


def flow_balance(frame: Frame, *, live: bool = True) -> html.Span:
    """`In 78.4 = out 78.4 kW`, for the card's head; flow.js keeps it while `live`."""
    hooks = data(flow_balance="1" if live else None)
    return html.Span(balance_words(frame), className="wb-balance", **hooks)


def balance_words(frame: Frame) -> str:
    """The sum of what comes in and what goes out; empty while unknown."""
    inward, outward = _number(frame, "in_kw"), _number(frame, "out_kw")
    if inward is None or outward is None:
        return ""
    return f"In {_written(inward)} = out {_written(outward)} kW"


# side: parts (key, name, field, token)
IN_OUT: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "In": (
        ("solar", "Solar", "generation_kw", "solar"),
        ("discharging", "Discharging", "discharging_kw", "discharging"),
        ("import", "Importing", "import_kw", "import"),
    ),
    "Out": (
        ("consumption", "Building", "consumption_kw", "consumption"),
        ("charging", "Charging", "charging_kw", "charging"),
        ("export", "Exporting", "export_kw", "export"),
    ),
}


def in_out_bars(frame: Frame, *, live: bool = True) -> html.Div:
    """The flow on a phone: what comes in over what goes out, same scale, with its legend."""
    bars: list[Any] = []
    entries: list[Any] = []
    for side, parts in IN_OUT.items():
        total = _number(frame, "in_kw" if side == "In" else "out_kw")
        bars.append(
            html.Div(
                [html.Span(side), html.Span(f"{_written(total)} kW", **data(io_total=side))],
                className="wb-io-head",
            )
        )
        bars.append(html.Div([_io_part(frame, part) for part in parts], className="wb-io-bar"))
        entries += [_io_entry(frame, part) for part in parts]
    return html.Div(
        [
            *bars,
            html.Div(entries, className="wb-io-legend"),
            html.P(flow_words(frame), className="visually-hidden", **data(flow_text="1")),
        ],
        className="wb-io",
        **data(
            io="1" if live else None,
            state=frame.get("state"),
            fresh="energy" if live else None,
        ),
    )


def _io_part(frame: Frame, part: tuple[str, str, str, str]) -> html.Span:
    key, _, field, token = part
    kw = _number(frame, field) or 0.0
    fill = f"var(--wb-{'solar-fill' if token == 'solar' else token})"
    return html.Span(
        _written(kw) if kw >= DEAD_BAND_KW else "",
        className="wb-io-part",
        style={"flexGrow": n(kw), "background": fill, "color": f"var(--wb-on-{token})"},
        **data(io_part=key, field=field, empty="1" if kw < DEAD_BAND_KW else None),
    )


def _io_entry(frame: Frame, part: tuple[str, str, str, str]) -> html.Div:
    key, name, field, token = part
    kw = _number(frame, field)
    mark = "solar-fill" if token == "solar" else token
    return html.Div(
        [
            html.Span(className="wb-key wb-key-box", style={"color": f"var(--wb-{mark})"}),
            html.Span(name),
            html.B(_written(kw)),
        ],
        className="wb-io-entry",
        **data(io_entry=key, field=field, empty="1" if (kw or 0.0) < DEAD_BAND_KW else None),
    )


Part = tuple[str, float] | tuple[str, float, str]
RankRow = tuple[str, Sequence[Part], str] | tuple[str, Sequence[Part], str, str]


def stacked_rows(rows: Sequence[RankRow], *, most: float | None = None) -> html.Div:
    """Ranked rows of stacked bars on one scale.

    Args:
        rows: (name, parts, number[, live key]); a part is (colour token or "rest", amount[,
            name]). With a key (`energy/rooms/12`) the number follows `<key>/kw` and each named
            part `<key>/<name>`.
        most: The amount that fills the track; default is the largest row.
    """
    top = most or max((sum(p[1] for p in row[1]) for row in rows), default=1.0) or 1.0
    return html.Div([_rank(row, top) for row in rows], className="wb-ranks")


def _rank(row: RankRow, top: float) -> html.Div:
    key = row[3] if len(row) > 3 else None
    return html.Div(
        [
            html.Span(row[0], className="wb-rank-name"),
            html.Span(
                [_rank_part(part, top, key) for part in row[1] if part[1] > 0 or key],
                className="wb-rank-bar",
            ),
            html.B(
                html.Span(row[2], className="wb-num"),
                className="wb-rank-kw",
                **data(live=f"{key}/kw" if key else None, format="kw" if key else None),
            ),
        ],
        className="wb-rank",
    )


def _rank_part(part: Part, top: float, key: str | None) -> html.Span:
    token, name = part[0], part[2] if len(part) > 2 else None
    style = {"width": f"{n(part[1] / top * 100)}%"}
    if token != "rest":
        style["background"] = f"var(--wb-{token})"
    live = f"{key}/{name}" if key and name else None
    return html.Span(
        className=classes("wb-rank-part", token == "rest" and "wb-bar-hatch"),
        style=style,
        **data(live_width=live, max=f"{top:g}" if live else None),
    )
