"""The list of jobs as one asks for it, on the page and as a file. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.foundation.clock import from_ms, iso_utc
from domain.jobs.model import JobNow

SORTS = ("title", "state", "every", "last", "next", "took")
COLUMNS = (
    "job",
    "title",
    "meaning",
    "every_s",
    "state",
    "words",
    "last_started_at_utc",
    "last_finished_at_utc",
    "last_took_s",
    "p95_s",
    "runs_counted",
    "failures_last_day",
    "next_due_at_utc",
    "process",
    "asked_by",
)
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs, in which order; without a sort what needs somebody stands first."""

    text: str = ""
    state: str | None = None
    sort: str | None = None
    descending: bool = False


def listed(jobs: Iterable[JobNow], query: JobQuery) -> list[JobNow]:
    """The jobs that a query asks for, in its order."""
    wanted = query.text.strip().casefold()
    kept = [
        now
        for now in jobs
        if query.state in (None, now.standing.state)
        and (not wanted or any(wanted in words.casefold() for words in _words(now)))
    ]
    key = _KEYS.get(query.sort or "state", _KEYS["state"])
    if query.sort is None:
        return sorted(kept, key=key)
    known = [now for now in kept if key(now) is not None]
    unknown = [now for now in kept if key(now) is None]
    return [*sorted(known, key=key, reverse=query.descending), *unknown]


def job_rows(jobs: Iterable[JobNow]) -> Iterator[Sequence[Cell]]:
    """One line a job under `COLUMNS`."""
    for now in jobs:
        last = now.last
        took_ms = last.took_ms if last else None
        yield (
            now.info.name,
            now.info.title,
            now.info.meaning,
            now.info.every_s,
            now.standing.state,
            now.standing.words,
            _utc(last.started_ms) if last else None,
            _utc(last.finished_ms) if last else None,
            None if took_ms is None else took_ms / 1000,
            None if now.p95_ms is None else now.p95_ms / 1000,
            now.counted,
            now.failures,
            _utc(now.next_ms),
            last.owner if last else None,
            now.asked.asked_by if now.asked and now.waits else None,
        )


def _words(now: JobNow) -> tuple[str, ...]:
    return now.info.name, now.info.title, now.info.meaning, now.standing.words


def _utc(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso_utc(from_ms(at_ms))


_URGENT = {"overdue": 0, "failed": 1}
_KEYS: Mapping[str, Any] = {
    "title": lambda now: now.info.title.casefold(),
    "state": lambda now: _URGENT.get(now.standing.state, len(_URGENT)),
    "every": lambda now: now.info.every_s,
    "last": lambda now: now.last.started_ms if now.last else None,
    "next": lambda now: now.next_ms,
    "took": lambda now: now.last.took_ms if now.last else None,
}
