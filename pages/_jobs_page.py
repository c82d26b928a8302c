"""Puts the Jobs pages together from the house."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.buttons import confirm_dialog
from components.cards import card, grid, page_head
from components.files import csv_links
from components.forms import search_field, select
from components.marks import data
from components.native import Events
from components.states import empty
from components.tables import data_table, table_body
from domain.access.policy import Actor
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Unknown
from domain.house import House
from domain.jobs.listing import JobQuery, listed
from pages import _jobs_view as view

TABLE, FACTS, FILES, TEXT, STATE = (
    f"jobs-{name}" for name in ("table", "facts", "files", "text", "state")
)
NEWS, JOB_NEWS = "wb-jobs-news", "wb-job-news"
"""Stores, of the list and of one job, that assets/jobs.js writes to."""
ACTS, DETAIL, NAME, PENDING, DIALOG, MESSAGE = (
    "jobs-acts",
    "job-detail",
    "job-name",
    "jobs-pending",
    view.DIALOG,
    view.MESSAGE,
)
RUN = "jobs.run"
WATCHED = "job/news"
HISTORY = 60


def jobs_page(house: House, actor: Actor, state: str) -> Any:
    """The whole list."""
    chosen = state if state in dict(view.STATE_OPTIONS) else view.ALL
    query = view.query_of("", chosen, None)
    return html.Div(
        [
            page_head(
                "Jobs",
                facts=html.Span(facts(house, actor), id=FACTS),
                actions=[dcc.Link("Drills", href="/drills", className="wb-back")],
            ),
            dcc.Store(id=NEWS),
            html.Div(
                [
                    search_field(TEXT, placeholder="Job"),
                    select(STATE, list(view.STATE_OPTIONS), value=chosen),
                    html.Div(files(actor, query), id=FILES, className="wb-row"),
                ],
                className="wb-toolbar",
            ),
            Events(
                id=ACTS,
                children=card(
                    None,
                    data_table(TABLE, **_table(house, actor, query)),
                    className="wb-card-table wb-jobs-list",
                ),
            ),
            view.time_note(house.clock.speed, house.clock.now_ms(), real_now_ms()),
            *_dialogs(actor),
        ],
        className="wb-page wb-jobs",
        **data(live_watch=WATCHED, news=NEWS),
    )


def facts(house: House, actor: Actor) -> str:
    """How many there are, how many need somebody, who runs them."""
    return view.list_facts(house.jobs.all(actor), house.jobs.processes(actor))


def files(actor: Actor, query: JobQuery) -> list[Any]:
    """The list as filtered and sorted, as a file."""
    if not actor.may("export"):
        return []
    return csv_links("Jobs", "/download/jobs.csv", view.file_search(query), small=False)


def list_body(house: House, actor: Actor, query: JobQuery) -> list[Any]:
    """What stands in the table."""
    return table_body(**_table(house, actor, query))


def _table(house: House, actor: Actor, query: JobQuery) -> dict[str, Any]:
    jobs = house.jobs.all(actor)
    found = listed(jobs, query)
    shown = view.Shown(real_now_ms(), house.zone, actor.may(RUN))
    return {
        "columns": view.COLUMNS,
        "rows": [view.job_row(now, shown) for now in found],
        "total": len(found),
        "query": {"sort": query.sort, "descending": query.descending, "page": 0},
        "page_size": max(50, len(found)),
        "caption": "Jobs",
        "nothing": None if found else view.nothing(bool(jobs)),
        "noun": "jobs",
    }


def job_page(house: House, actor: Actor, name: str) -> Any:
    """One job with its runs."""
    try:
        now = house.jobs.job(actor, name)
    except Unknown:
        words = "It may have been renamed; runs are kept for seven days."
        lost = empty(f"There is no job “{name[:64]}”", words, view.back_link())
        return html.Div(lost, className="wb-page")
    detail = html.Div(job_children(house, actor, name), id=DETAIL)
    return html.Div(
        [
            view.back_link(),
            page_head(now.info.title, facts=view.meaning_words(now)),
            dcc.Store(id=JOB_NEWS),
            dcc.Store(id=NAME, data=name),
            Events(id=ACTS, children=detail),
            view.time_note(house.clock.speed, house.clock.now_ms(), real_now_ms()),
            *_dialogs(actor),
        ],
        className="wb-page wb-jobs",
        **data(live_watch=WATCHED, news=JOB_NEWS, job=name),
    )


def job_children(house: House, actor: Actor, name: str) -> Any:
    """What changes while the page is open."""
    now = house.jobs.job(actor, name)
    shown = view.Shown(real_now_ms(), house.zone, actor.may(RUN))
    return grid(
        view.runs_card(house.jobs.history(actor, name, HISTORY), shown),
        view.facts_card(now, shown),
        columns="main-side",
    )


def _dialogs(actor: Actor) -> list[Any]:
    if not actor.may(RUN):
        return []
    return [dcc.Store(id=PENDING), confirm_dialog(DIALOG, act="Run now")]
