"""How a job stands, as a table of its last run and who is alive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.jobs.listing import COLUMNS, JobQuery, job_rows, listed
from domain.jobs.model import JobInfo, JobNow, Run, Standing
from domain.jobs.states import LOST, first_tick_ms, next_due_ms, p95, standing

NOW = 1_800_000_000_000
MINUTE = 60_000
JOB = JobInfo("feeds", "Feeds", "fetch prices", 30)


def ran(ago_s: float, took_s: float | None = 1, outcome: str | None = "ok") -> Run:
    started = NOW - round(ago_s * 1000)
    ended = None if took_s is None else started + round(took_s * 1000)
    return Run("feeds", started, "desk:1", started, ended, outcome if ended else None)


@pytest.mark.parametrize(
    ("last", "alive", "state", "words"),
    [
        (None, True, "overdue", "never run"),
        (ran(10), True, "ok", "ok"),
        (ran(90), True, "ok", "ok"),
        (ran(90.1), True, "overdue", "not run since"),
        (ran(10, outcome="failed: no host"), True, "failed", "no host"),
        (ran(91, outcome="failed: no host"), True, "overdue", "not run since"),
        (ran(10, None), True, "running", "running"),
        (ran(10, None), False, "failed", LOST),
        (ran(599, None), True, "running", "running"),
        (ran(601, None), True, "overdue", "still running"),
        (ran(601, None), False, "overdue", "not run since"),
    ],
)
def test_a_job_stands_as_its_last_run_and_its_process_say(
    last: Run | None, alive: bool, state: str, words: str
) -> None:
    living = {"desk:1"} if alive else set()
    found = standing(JOB, last, living, NOW - 10 * MINUTE, NOW - 10 * MINUTE, NOW)
    assert (found.state, found.words) == (state, words)


def test_who_has_just_started_says_of_no_job_that_it_is_overdue() -> None:
    last = ran(3600)
    assert standing(JOB, last, (), NOW, NOW - 59_000, NOW).state == "ok"
    assert standing(JOB, last, (), NOW, NOW - 61_000, NOW).state == "overdue"
    assert standing(JOB, None, (), NOW - 59_000, 0, NOW).state == "never"


@given(every_s=st.floats(0.1, 86_400), now_ms=st.integers(0, 2**42))
def test_every_process_counts_the_same_due_moments(every_s: float, now_ms: int) -> None:
    info = JobInfo("a", "A", "do", every_s)
    due = next_due_ms(info, now_ms)
    assert now_ms < due <= now_ms + info.every_ms
    assert due % info.every_ms == 0


@pytest.mark.parametrize(
    ("last_ago_s", "first_in_s"), [(None, 86_400 - NOW / 1000 % 86_400), (90_000, 5)]
)
def test_a_daily_job_that_was_missed_follows_soon_after_the_start(
    last_ago_s: float | None, first_in_s: float
) -> None:
    daily = JobInfo("a", "A", "do", 86_400)
    last = None if last_ago_s is None else NOW - round(last_ago_s * 1000)
    assert first_tick_ms(daily, last, NOW, 5_000) == NOW + round(first_in_s * 1000)


def test_ninety_five_of_a_hundred_runs_took_no_longer() -> None:
    assert p95([]) is None
    assert p95([7]) == 7
    assert p95(list(range(100, 0, -1))) == 95


def now_of(name: str, state: str, every_s: float, last: Run | None = None) -> JobNow:
    info = JobInfo(name, name.title(), f"do {name}", every_s)
    return JobNow(info, Standing(state, state), last, None, None, None, 0, 0)


def test_what_needs_somebody_stands_first_unless_another_order_is_asked_for() -> None:
    jobs = [now_of("b", "ok", 5, ran(3)), now_of("a", "failed", 10), now_of("c", "overdue", 1)]

    def names(query: JobQuery) -> list[str]:
        return [now.info.name for now in listed(jobs, query)]

    assert names(JobQuery()) == ["c", "a", "b"]
    assert names(JobQuery(sort="every", descending=True)) == ["a", "b", "c"]
    assert names(JobQuery(sort="last")) == ["b", "a", "c"]  # what never ran has no place
    assert names(JobQuery(state="failed")) == ["a"]
    assert names(JobQuery(text=" DO B")) == ["b"]
    assert all(len(row) == len(COLUMNS) for row in job_rows(jobs))
