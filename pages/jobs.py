"""Jobs: what runs by itself, when it last did, how long it took, and running one now."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, callback

from domain.access.current import current_actor
from domain.house import house
from pages import _jobs_page as parts
from pages import _jobs_view as view
from pages._values import TableQuery, Text

dash.register_page(
    __name__,
    path="/jobs",
    title="Jobs · Wattboard",
    name="Jobs",
    order=70,
    permission="iot.view",
)

News = float | None
"""When a job had news last, as assets/jobs.js heard it."""


def layout(state: str = view.ALL, **_: object) -> Any:
    """The list, narrowed to a state where the address says so."""
    return parts.jobs_page(house(), current_actor(), str(state))


@callback(
    output={
        "body": Output(parts.TABLE, "children"),
        "facts": Output(parts.FACTS, "children"),
        "files": Output(parts.FILES, "children"),
    },
    inputs={
        "text": Input(parts.TEXT, "value"),
        "state": Input(parts.STATE, "value"),
        "table": Input(parts.TABLE, "query"),
        "news": Input(parts.NEWS, "data"),
    },
    prevent_initial_call=True,
)
def list_jobs(text: Text, state: Text, table: TableQuery | None, news: News) -> dict[str, Any]:
    """The list for the controls, anew when a job began or ended."""
    now, actor = house(), current_actor()
    query = view.query_of(text, state, table)
    return {
        "body": parts.list_body(now, actor, query),
        "facts": parts.facts(now, actor),
        "files": parts.files(actor, query),
    }


# What acts is shared with the page of one job.
from pages import _jobs_acts  # noqa: E402, F401
