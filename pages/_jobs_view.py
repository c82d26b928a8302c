"""Jobs and their runs, as pure functions of how they stand and a moment of real time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, command_state, dialog_content
from components.cards import card
from components.forms import form
from components.marks import chip, key_value
from components.states import banner, empty
from components.tables import Column, Row, simple_table
from domain.jobs import states
from domain.jobs.listing import SORTS, JobQuery
from domain.jobs.model import STATES, JobNow, Process, Run
from pages._values import TableQuery

ALL = "all"
STATE_OPTIONS = ((ALL, "All states"), *STATES.items())
TONES = {"overdue": "fault", "failed": "fault", "running": "accent", "never": "outline", "ok": "ok"}
DIALOG, MESSAGE = "jobs-run", "jobs-run-message"
RESULT_SHOWN_MS = 20_000
"""So long the result of a run that somebody asked for stands in the button's place."""
APART_MS = 60_000
"""Clocks that differ by less are the same clock."""
COLUMNS = (
    Column("title", "Job"),
    Column("state", "Last result"),
    Column("every", "Every", number=True, hide_below="lg"),
    Column("last", "Last run", number=True),
    Column("took", "Took", number=True, hide_below="md"),
    Column("p95", "95 % within", number=True, sortable=False, hide_below="lg"),
    Column("next", "Next run", number=True, hide_below="md"),
    Column("process", "Run by", sortable=False, hide_below="xl"),
    Column("act", "", sortable=False),
)
RUN_COLUMNS = (
    Column("at", "Started", sortable=False),
    Column("result", "Result", sortable=False),
    Column("took", "Took", number=True, sortable=False),
    Column("process", "Run by", sortable=False, hide_below="md"),
    Column("asked", "Why", sortable=False, hide_below="sm"),
)


@dataclass(frozen=True)
class Shown:
    """When it is written, in which zone, and whether this person may run jobs."""

    now_ms: int
    zone: ZoneInfo
    may_run: bool


def query_of(text: str | None, state: str | None, table: TableQuery | None) -> JobQuery:
    """The list that controls and table ask for; what neither offers means all."""
    asked = table or {}
    sort = asked.get("sort")
    return JobQuery(
        text=(text or "")[:100],
        state=state if state in STATES else None,
        sort=sort if sort in SORTS else None,
        descending=bool(asked.get("descending")),
    )


def file_search(query: JobQuery) -> str:
    """The part of the address that asks for the same list as a file."""
    asked = {"q": query.text, "state": query.state, "sort": query.sort}
    asked["descending"] = "1" if query.descending else None
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def list_facts(jobs: Sequence[JobNow], processes: Sequence[Process]) -> str:
    """`14 · 1 overdue, 2 failed · run by desk:4711`."""
    if not jobs:
        return "none yet"
    words = []
    for state in ("overdue", "failed"):
        count = sum(now.standing.state == state for now in jobs)
        words += [f"{count} {state}"] if count else []
    runners = ", ".join(process.owner for process in processes)
    said = f"run by {runners}" if runners else "no process runs them"
    return " · ".join(part for part in (str(len(jobs)), ", ".join(words), said) if part)


def job_row(now: JobNow, shown: Shown) -> Row:
    """One line of the list."""
    last = now.last
    name = html.Span(
        [
            dcc.Link(now.info.title, href=f"/jobs/{now.info.name}", className="wb-name"),
            html.Span(_sentence(now.info.meaning), className="wb-jobs-meaning"),
        ],
        className="wb-jobs-name",
    )
    return Row(
        key=now.info.name,
        cells=[
            name,
            state_part(now, shown),
            formats.interval(now.info.every_s),
            when(last.started_ms, shown) if last else formats.MISSING,
            took_words(last.took_ms if last else None),
            took_words(now.p95_ms),
            next_words(now, shown),
            last.owner if last else formats.MISSING,
            act_part(now, shown),
        ],
        state="fault" if now.standing.state in ("overdue", "failed") else None,
        label=now.info.title,
    )


def state_part(now: JobNow, shown: Shown) -> Any:
    """The result in a chip, with why it is no good one."""
    standing = now.standing
    mark = chip(STATES[standing.state], TONES[standing.state])
    said = state_words(now, shown)
    return html.Span([mark, html.Span(said, className="wb-jobs-why")] if said else mark)


def state_words(now: JobNow, shown: Shown) -> str:
    """What the chip does not say."""
    standing = now.standing
    if standing.state == "overdue":
        since = when(standing.since_ms or shown.now_ms, shown)
        missed = f"{states.MISSED} intervals missed since {since}"
        return f"{standing.words} for too long" if standing.words == "still running" else missed
    if standing.state == "failed":
        return standing.words
    if now.failures:
        return f"{now.failures} failed in 24 h"
    return ""


def when(at_ms: int, shown: Shown) -> str:
    """How long ago, or when."""
    return formats.age(at_ms, shown.now_ms, shown.zone)


def next_words(now: JobNow, shown: Shown) -> str:
    """When it runs next; a dash while nobody runs jobs."""
    if now.next_ms is None:
        return formats.MISSING
    return f"in {formats.span(max(1, (now.next_ms - shown.now_ms) / 1000))}"


def took_words(took_ms: int | None) -> str:
    """`3 ms`, `1.4 s`, `2 min`."""
    if took_ms is None:
        return formats.MISSING
    if took_ms < 1000:
        return f"{took_ms} ms"
    if took_ms < 60_000:
        return f"{formats.fixed(took_ms / 1000, 1)} s"
    return formats.span(took_ms / 1000)


def act_part(now: JobNow, shown: Shown) -> Any:
    """The button, or in its place what becomes of what somebody asked for."""
    asked = now.asked
    if asked is not None and asked.run is None:
        return command_state("Waiting for its process", "waiting")
    if now.standing.state == "running":
        return command_state("Running", "waiting")
    run = asked.run if asked else None
    ended_ms = run.finished_ms if run else None
    if run is not None and ended_ms is not None and shown.now_ms - ended_ms <= RESULT_SHOWN_MS:
        word = "Failed" if run.failed else f"Done in {took_words(run.took_ms)}"
        return command_state(word, "failed" if run.failed else "observed")
    if not shown.may_run:
        return None
    attributes = {"data-act": "run", "data-value": now.info.name}
    label: list[Any] = ["Run now", html.Span(f": {now.info.title}", className="visually-hidden")]
    return button(html.Span(label), small=True, attributes=attributes)


def run_form(now: JobNow) -> list[Any]:
    """What running it now means."""
    last = took_words(now.p95_ms)
    return dialog_content(
        f"Run “{now.info.title}” now",
        form(message_id=MESSAGE),
        target=f"{_sentence(now.info.meaning)} It does what is due, as it would by itself every "
        f"{formats.interval(now.info.every_s)}, and takes {last} at most as a rule."
        if now.p95_ms is not None
        else f"{_sentence(now.info.meaning)} It does what is due, as it would by itself every "
        f"{formats.interval(now.info.every_s)}.",
    )


def nothing(there_are_jobs: bool) -> Any:
    """Filters that find nothing, or an installation whose scheduler has never run."""
    if there_are_jobs:
        words = "Take the filter or a word of the search away."
        return empty("No job matches", words, icon_name="search")
    words = (
        "The process that runs the jobs lists them here when it starts: python app.py, with "
        "WATTBOARD_ROLE all or scheduler."
    )
    return empty("No jobs yet", words, icon_name="clock")


def runs_card(runs: Sequence[Run], shown: Shown) -> Any:
    """Its runs, those that failed first."""
    if not runs:
        words = "Each run will stand here with its result and how long it took."
        return card("Runs", empty("Not run yet", words, icon_name="history"))
    rows = [
        Row(
            key=str(run.due_ms),
            cells=[
                _exactly(run.started_ms, shown),
                _result(run),
                took_words(run.took_ms),
                run.owner,
                f"asked for by {run.asked_by}" if run.asked_by else "its time",
            ],
        )
        for run in runs
    ]
    table = simple_table(RUN_COLUMNS, rows, caption="Runs", className="wb-jobs-runs")
    return card("Runs", table, fact="failed ones first, then newest first; kept for 7 days")


def facts_card(now: JobNow, shown: Shown) -> Any:
    """How it stands, and the button."""
    counted = f" of {now.counted} runs" if now.counted else ""
    rows: list[tuple[Any, Any]] = [
        ("Stands", state_part(now, shown)),
        ("Every", formats.interval(now.info.every_s)),
        ("Last run", _exactly(now.last.started_ms, shown) if now.last else formats.MISSING),
        ("Next run", next_words(now, shown)),
        ("Took last", took_words(now.last.took_ms if now.last else None)),
        ("95 % within", f"{took_words(now.p95_ms)}{counted}"),
        ("Failed in 24 h", str(now.failures)),
        ("Run by", now.last.owner if now.last else formats.MISSING),
        ("Name", html.Code(now.info.name)),
    ]
    return card("Now", key_value(rows), html.Div(act_part(now, shown), className="wb-row"))


def meaning_words(now: JobNow) -> str:
    """What it does."""
    return _sentence(now.info.meaning)


def time_note(speed: float, building_ms: int, real_ms: int) -> Any:
    """That jobs follow real time, where the building's clock is another one."""
    if speed == 1 and abs(building_ms - real_ms) < APART_MS:
        return None
    return banner("Jobs run on real time.", "The times here are not the building's.")


def back_link() -> Any:
    """To the list."""
    return dcc.Link("All jobs", href="/jobs", className="wb-back")


def _result(run: Run) -> Any:
    if run.finished_ms is None:
        return chip("Not ended", "outline")
    if run.failed:
        return html.Span(
            [chip("Failed", "fault"), html.Span(states.reason(run), className="wb-jobs-why")]
        )
    return chip("Done", "ok")


def _exactly(at_ms: int, shown: Shown) -> str:
    if shown.now_ms - at_ms < 86_400_000:
        return formats.clock(at_ms, shown.zone, seconds=True)
    return formats.moment(at_ms, shown.now_ms, shown.zone)


def _sentence(meaning: str) -> str:
    text = meaning.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
