"""`/api/v1/jobs`: the timed jobs, how each stands, and running one now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import IsoTime, OneOf, Query, closed
from api.times import iso
from domain.access.current import current_actor
from domain.jobs.model import STATES, JobNow, Run

if TYPE_CHECKING:
    from domain.house import House

JobState = Annotated[str, OneOf(STATES)]
JobName = Annotated[
    str, Field(min_length=1, max_length=64, description="The job's name.", examples=["settle"])
]


class JobsQuery(Query):
    """Takes nothing."""


@closed
class RunShown(TypedDict):
    """One run; moments are real time, also where the building's clock is another one."""

    started_at: IsoTime
    finished_at: IsoTime | None
    took_s: float | None
    outcome: str | None
    """`ok` or `failed: why`; null while it runs."""
    process: str
    asked_by: str | None


@closed
class JobShown(TypedDict):
    """One timed job and how it stands."""

    name: str
    title: str
    meaning: str
    every_s: float
    state: JobState
    detail: str
    last_run: RunShown | None
    next_run_at: IsoTime | None
    """Null while no process runs jobs."""
    p95_s: float | None
    """Of the newest runs, as many as `counted`."""
    counted: int
    failures_last_day: int
    asked_by: str | None
    """Who asked for a run that has not begun yet."""


@closed
class JobList(TypedDict):
    """Every job, in the order of the code, and who runs them."""

    jobs: list[JobShown]
    processes: list[str]
    next_cursor: str | None


@closed
class RunAsked(TypedDict):
    """A run that was asked for; it shows as the job's last one once it has begun."""

    name: str
    state: Annotated[str, OneOf(("asked",))]
    asked_by: str
    asked_at: IsoTime


def jobs_api(house: House) -> Blueprint:
    """Build the routes of the jobs resource."""
    jobs = Resource(house, "jobs", "/api/v1/jobs", "What runs by itself, and how it fares.")

    @jobs.get("", "iot.view")
    def list_jobs(query: JobsQuery) -> JobList:
        """List the timed jobs with their last and next run."""
        actor = current_actor()
        return {
            "jobs": [_shown(now) for now in house.jobs.all(actor)],
            "processes": [process.owner for process in house.jobs.processes(actor)],
            "next_cursor": None,
        }

    @jobs.post("/<job>/run", "jobs.run", status=202, errors=(404, 409, 503), acting=True)
    def run(job: JobName) -> RunAsked:
        """Have a job run now, once, by the process that runs the jobs."""
        asked = house.jobs.run_now(current_actor(), job)
        at = iso(asked.asked_ms)
        return {"name": job, "state": "asked", "asked_by": asked.asked_by, "asked_at": str(at)}

    return jobs.blueprint


def _shown(now: JobNow) -> JobShown:
    return {
        "name": now.info.name,
        "title": now.info.title,
        "meaning": now.info.meaning,
        "every_s": now.info.every_s,
        "state": now.standing.state,
        "detail": now.standing.words,
        "last_run": _run(now.last) if now.last else None,
        "next_run_at": iso(now.next_ms),
        "p95_s": None if now.p95_ms is None else now.p95_ms / 1000,
        "counted": now.counted,
        "failures_last_day": now.failures,
        "asked_by": now.asked.asked_by if now.asked and now.waits else None,
    }


def _run(run: Run) -> RunShown:
    return {
        "started_at": str(iso(run.started_ms)),
        "finished_at": iso(run.finished_ms),
        "took_s": None if run.took_ms is None else run.took_ms / 1000,
        "outcome": run.outcome,
        "process": run.owner,
        "asked_by": run.asked_by,
    }
