"""Running a job now: asked for in a dialog, done by the process that runs the jobs."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _jobs_page as parts
from pages import _jobs_view as view
from pages._values import Act, Clicks, Text


@callback(
    Output(ids.dialog_body(parts.DIALOG), "children"),
    Output(ids.dialog(parts.DIALOG), "is_open"),
    Output(parts.PENDING, "data"),
    Input(parts.ACTS, "event"),
    prevent_initial_call=True,
)
@needs("jobs.run")
def open_run(event: Act | None) -> Any:
    """Ask before a job runs."""
    if event is None or event["name"] != "run":
        return (no_update,) * 3
    now = house().jobs.job(current_actor(), event["value"])
    return view.run_form(now), True, now.info.name


@callback(
    Output(parts.MESSAGE, "children"),
    Output(ids.dialog(parts.DIALOG), "is_open", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.DIALOG), "n_clicks"),
    State(parts.PENDING, "data"),
    prevent_initial_call=True,
)
@needs("jobs.run")
def run(clicks: Clicks, name: Text) -> Any:
    """Have it run; the button tells what becomes of it."""
    if not clicks or not name:
        return no_update, no_update
    try:
        house().jobs.run_now(current_actor(), name)
    except WattboardError as error:
        return error.message, no_update
    return "", False
