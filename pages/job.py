"""One job: how it stands and its runs, those that failed first."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from domain.access.current import current_actor
from domain.foundation.errors import Unknown
from domain.house import house
from pages import _jobs_page as parts
from pages._values import Text

dash.register_page(
    __name__,
    path_template="/jobs/<name>",
    title="Job · Wattboard",
    name="Job",
    permission="iot.view",
)

News = float | None


def layout(name: str | None = None, **_: object) -> Any:
    """The job of the address."""
    return parts.job_page(house(), current_actor(), str(name))


@callback(
    Output(parts.DETAIL, "children"),
    Input(parts.JOB_NEWS, "data"),
    State(parts.NAME, "data"),
    prevent_initial_call=True,
)
def renew(news: News, name: Text) -> Any:
    """The job after news of it."""
    try:
        return parts.job_children(house(), current_actor(), str(name))
    except Unknown:
        return no_update
