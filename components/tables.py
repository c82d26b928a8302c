"""A table whose sorting, paging and selecting are one property each; the rows come from the server.

The page listens to `query` ({"sort", "descending", "page"}) and, where rows are selectable,
`selected` (list of keys) and `event` of the table's id, and writes new `children` made by
`table_body`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import dcc, html

from components.icons import icon
from components.marks import Children, aria, classes, data
from components.native import Events


@dataclass(frozen=True)
class Column:
    """One column; `key` is what `query["sort"]` says, numbers stand right."""

    key: str
    label: str
    number: bool = False
    sortable: bool = True
    width: str | None = None
    hide_below: str | None = None  # "sm", "md", "lg", "xl"


@dataclass(frozen=True)
class Row:
    """One line: its key, its cells in column order, and what state it is in.

    `state` fresh, late, stale, dead or missing; `fresh` is the live key that keeps it true; `href`
    or `act` (an Events name with the key as value) is what a click or Enter does.
    """

    key: str
    cells: Sequence[Children]
    state: str | None = None
    fresh: str | None = None
    act: str | None = None
    label: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def data_table(
    id: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    total: int,
    query: dict[str, Any] | None = None,
    page_size: int = 50,
    selectable: bool = False,
    selected: Sequence[str] = (),
    caption: str = "",
    nothing: Children = None,
    noun: str = "rows",
) -> Events:
    """The table with its pager.

    Args:
        id: Dash id; callbacks take `Input(id, "query")`, `Input(id, "selected")`, `Input(id,
            "event")` and write `Output(id, "children")` with `table_body(...)`.
        columns: In order.
        rows: Of the page shown.
        total: Rows of all pages.
        query: sort (column key), descending, page (from 0).
        page_size: Rows a page.
        selectable: A checkbox per row.
        selected: Keys that are chosen.
        caption: What a screen reader says the table is.
        nothing: Shown instead of rows when there are none (an `empty(...)`).
        noun: What the rows are, for the pager's words.
    """
    current = {"sort": None, "descending": False, "page": 0} | (query or {})
    return Events(
        id=id,
        className="wb-table-box",
        query=current,
        selected=list(selected),
        children=table_body(
            columns,
            rows,
            total=total,
            query=current,
            page_size=page_size,
            selectable=selectable,
            caption=caption,
            nothing=nothing,
            noun=noun,
        ),
    )


def table_body(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    total: int,
    query: dict[str, Any],
    page_size: int = 50,
    selectable: bool = False,
    caption: str = "",
    nothing: Children = None,
    noun: str = "rows",
) -> list[Any]:
    """What stands inside `data_table`: for callbacks that renew it."""
    if not rows and nothing is not None:
        return [nothing]
    head = [_head_cell(column, query) for column in columns]
    if selectable:
        box = _checkbox("Select all rows shown", select_all="1")
        head.insert(0, html.Th(box, className="wb-cell-check", scope="col"))
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden") if caption else None,
            html.Thead(html.Tr(head)),
            html.Tbody([_row(row, columns, selectable) for row in rows]),
        ],
        className="wb-table",
    )
    return [
        html.Div(table, className="wb-table-scroll"),
        pager(total=total, page=int(query.get("page") or 0), page_size=page_size, noun=noun),
    ]


def _sort_set(column: Column, query: dict[str, Any]) -> dict[str, Any]:
    now = query.get("sort") == column.key
    turned = not query.get("descending") if now else False
    return {"sort": column.key, "descending": turned, "page": 0}


def _head_cell(column: Column, query: dict[str, Any]) -> html.Th:
    active = query.get("sort") == column.key
    down = bool(query.get("descending"))
    css = _cell_class(column)
    style = {"width": column.width} if column.width else None
    if not column.sortable:
        return html.Th(column.label, className=css, style=style, scope="col")
    mark = icon("descending" if down else "ascending", size=12) if active else None
    inner = html.Button(
        [column.label, mark],
        className="wb-sort",
        type="button",
        **data(set=json.dumps(_sort_set(column, query))),
    )
    named = aria(sort="descending" if down else "ascending") if active else {}
    return html.Th(inner, className=css, style=style, scope="col", **named)


def _cell_class(column: Column) -> str:
    return classes(
        column.number and "wb-cell-number",
        column.hide_below and f"wb-hide-below-{column.hide_below}",
    )


def _row(row: Row, columns: Sequence[Column], selectable: bool) -> html.Tr:
    cells: list[Any] = []
    for index, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        css = classes(_cell_class(column), index == 0 and "wb-cell-first")
        named = data(label=column.label)
        cells.append(html.Td(cell, className=css, **named))
    if selectable:
        box = _checkbox(f"Select {row.label or row.key}", select=row.key)
        cells.insert(0, html.Td(box, className="wb-cell-check"))
    acting = data(act=row.act, value=row.key if row.act else None)
    known: dict[str, Any] = {"tabIndex": 0} if row.act or selectable else {}
    return html.Tr(
        cells,
        className="wb-tr-act" if row.act else "",
        **known,
        **acting,
        **data(state=row.state, fresh=row.fresh, key=row.key),
        **row.extra,
    )


def _checkbox(label: str, **hooks: str) -> html.Button:
    return html.Button(
        icon("check", size=12),
        className="wb-check",
        type="button",
        role="checkbox",
        **aria(label=label, checked="false"),
        **data(**hooks),
    )


def pager(
    *,
    total: int,
    page: int,
    page_size: int,
    noun: str = "rows",
    moves: tuple[str, str] | None = None,
) -> html.Div:
    """Which rows are shown of how many, back and forth; works inside an Events.

    `moves` are words for its two buttons, which otherwise are arrows alone.
    """
    last = max(0, (total - 1) // page_size)
    page = min(page, last)
    first = page * page_size + 1 if total else 0
    words = f"{first:,} to {min(total, (page + 1) * page_size):,} of {total:,} {noun}"

    before, after = moves or ("Page before", "Next page")
    steps = [
        _step("left", before, page - 1, off=page == 0, worded=moves is not None),
        _step("right", after, page + 1, off=page >= last, worded=moves is not None),
    ]
    return html.Div(
        [html.Span(words, className="wb-pager-words"), *(steps if last else [])],
        className="wb-pager",
    )


def _step(name: str, label: str, target: int, *, off: bool, worded: bool) -> html.Button:
    mark = icon(name)
    named: dict[str, Any] = {} if worded else {"title": label, **aria(label=label)}
    words: list[Any] = [mark, label] if name == "left" else [label, mark]
    return html.Button(
        words if worded else [mark],
        className=classes("btn btn-outline-secondary wb-btn", not worded and "wb-btn-icon"),
        type="button",
        disabled=off,
        **named,
        **data(set=json.dumps({"page": target})),
    )


def simple_table(
    columns: Sequence[Column], rows: Sequence[Row], *, caption: str = "", className: str = ""
) -> html.Div:
    """A short table that is neither sorted nor paged (users, sensors of a room)."""
    table = html.Table(
        [
            html.Caption(caption, className="visually-hidden") if caption else None,
            html.Thead(
                html.Tr([html.Th(c.label, className=_cell_class(c), scope="col") for c in columns])
            ),
            html.Tbody([_row(row, columns, selectable=False) for row in rows]),
        ],
        className=classes("wb-table", className),
    )
    return html.Div(table, className="wb-table-scroll")


def name_cell(name: str, key: str | None = None, href: str | None = None) -> html.Span:
    """A first cell: the name strong, its id small beside it."""
    strong = dcc.Link(name, href=href, className="wb-name") if href else html.B(name)
    return html.Span([strong, html.Span(key, className="wb-id") if key else None])
