"""What stands where data are not: empty, error, loading; banners and toasts."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.icons import icon
from components.marks import Children, classes, data


def empty(
    title: str, words: Children = None, action: Any = None, *, icon_name: str = "info"
) -> html.Div:
    """Nothing here yet: what this is, one example, one button."""
    return html.Div(
        [
            html.Span(icon(icon_name, size=20), className="wb-state-icon"),
            html.H3(title),
            html.P(words) if words is not None else None,
            html.Div(action, className="wb-row") if action is not None else None,
        ],
        className="wb-state wb-state-empty",
    )


def failed(title: str, words: Children = None, *actions: Any) -> html.Div:
    """Something could not be had: what, since when, what still works, try again."""
    return html.Div(
        [
            html.Span(icon("fault", size=20), className="wb-state-icon wb-state-fault"),
            html.H3(title),
            html.P(words) if words is not None else None,
            html.Div(list(actions), className="wb-row") if actions else None,
        ],
        className="wb-state wb-state-error",
        role="alert",
    )


def no_access(permission: str) -> html.Div:
    """The page of somebody who may not see it, naming what would be needed."""
    return html.Div(
        [
            html.Span(icon("lock", size=20), className="wb-state-icon"),
            html.H3("You may not see this page"),
            html.P(["It needs the permission ", html.Code(permission), ". Ask an administrator."]),
        ],
        className="wb-state wb-state-empty",
    )


BANNERS = {"fault": "stop", "late": "clock", "warning": "grid", "accent": "clock", "ok": "check"}


def banner(
    title: Children,
    words: Children = None,
    *,
    tone: str = "accent",
    action: Any = None,
    icon_name: str | None = None,
    id: str | None = None,
    state: str | None = None,
) -> html.Div:
    """One line on a soft ground under the top bar: fault, late, warning, accent or ok."""
    known: dict[str, Any] = {"id": id} if id else {}
    return html.Div(
        [
            icon(icon_name or BANNERS[tone]),
            html.Span([html.Strong(title), " ", words], className="wb-banner-words"),
            action,
        ],
        className=classes("wb-banner", f"wb-banner-{tone}"),
        role="alert" if tone == "fault" else "status",
        **known,
        **data(state=state),
    )


def toast(
    title: str,
    words: Children = None,
    *,
    tone: str = "ok",
    action: Any = None,
    stays: bool = False,
) -> dbc.Toast:
    """The result of an act, lower right, 6 s; errors (tone fault) and `stays` wait to be closed.

    Put it into `ids.TOASTS` (`set_props(ids.TOASTS, {"children": [toast(…)]})`); never the only
    place of a result.
    """
    marks = {"ok": "check", "fault": "fault", "late": "clock", "accent": "info", "warning": "fault"}
    return dbc.Toast(
        [
            html.Span(icon(marks[tone]), className=f"wb-toast-icon wb-tone-{tone}"),
            html.Div([html.Strong(title), html.Div(words)], className="wb-toast-words"),
            action,
        ],
        is_open=True,
        dismissable=True,
        duration=None if stays or tone == "fault" else 6000,
        className="wb-toast",
        bodyClassName="wb-toast-body",
        headerClassName="wb-toast-head",
    )
