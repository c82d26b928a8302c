"""Jobs over a real database: who asks, who runs, what is told when nobody does."""

import threading

import pytest

from domain.access.policy import Actor
from domain.access.store import audit_log
from domain.alarms.model import EventQuery
from domain.foundation.bus import Bus
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Conflict, NotAllowed, Unavailable, Unknown
from domain.house import House
from domain.jobs import service, store
from domain.jobs.model import Asked
from domain.jobs.service import Jobs
from domain.jobs.watch import tell_overdue
from scheduler.jobs import JOBS, Job
from scheduler.runner import Scheduler, run_once
from tests.waiting import wait_until

MANAGER, VIEWER = Actor("mia", "manager", 3), Actor("vic", "viewer", 4)


class Counted:
    """A job that tells how often it ran; `fails` lets it fail."""

    def __init__(self, name: str = "count", every_s: float = 86_400) -> None:
        self.runs, self.fails = 0, False
        self.job = Job(name, every_s, self.run, "count its runs", "Counting")

    def run(self, _: House) -> None:
        self.runs += 1
        if self.fails:
            raise RuntimeError("nothing to count")


def test_a_person_has_a_job_run_once_by_whichever_process_is_first(house: House) -> None:
    counted = Counted()
    schedulers = [Scheduler(house, (counted.job,)) for _ in range(2)]
    schedulers[1]._owner = "desk:2"
    for scheduler in schedulers:
        scheduler.start()
    try:
        asked = house.jobs.run_now(MANAGER, "count")
        assert house.jobs.job(VIEWER, "count").waits
        with pytest.raises(Conflict, match="mia has just asked"):
            house.jobs.run_now(MANAGER, "count")
        wait_until(lambda: house.jobs.job(VIEWER, "count").standing.state == "ok")
        counted.fails = True
        house.jobs.run_now(MANAGER, "count")
        wait_until(lambda: house.jobs.job(VIEWER, "count").standing.state == "failed")
    finally:
        for scheduler in schedulers:
            scheduler.stop()
    assert counted.runs == 2
    failed, done = house.jobs.history(VIEWER, "count")
    assert (failed.outcome, failed.asked_by) == ("failed: nothing to count", "mia")
    assert (done.outcome, done.due_ms) == ("ok", asked.due_ms)
    with house.database.read() as c:
        actions = [row.action for row in c.execute(audit_log.select())]
    assert actions.count("jobs.run") == 2
    assert house.jobs.processes(VIEWER) == []


def test_nobody_is_promised_a_run_that_no_process_would_do(house: House) -> None:
    house.jobs.register([Counted().job.info])
    with pytest.raises(NotAllowed):
        house.jobs.run_now(VIEWER, "count")
    with pytest.raises(Unknown):
        house.jobs.run_now(MANAGER, "nothing")
    with pytest.raises(Unavailable):
        house.jobs.run_now(MANAGER, "count")
    assert house.jobs.job(VIEWER, "count").next_ms is None


def test_what_was_asked_for_long_ago_is_not_begun_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.jobs.register([Counted().job.info])
    house.jobs.seen("desk:1")
    house.jobs.run_now(MANAGER, "count")
    assert [asked.job for asked in house.jobs.waiting()] == ["count"]
    late_ms = real_now_ms() + service.WAITS_MS + 1
    monkeypatch.setattr(service, "real_now_ms", lambda: late_ms)
    assert house.jobs.waiting() == []


def test_runs_of_a_process_that_was_killed_are_told_as_failed(house: House) -> None:
    info = Counted(every_s=600).job.info
    house.jobs.register([info])
    house.jobs.seen("desk:1")
    store.claim(house.database, "count", 0, "desk:1", real_now_ms())
    assert house.jobs.job(VIEWER, "count").standing.state == "running"
    with pytest.raises(Conflict, match="running now"):
        house.jobs.run_now(MANAGER, "count")
    house.jobs.left("desk:1")
    assert house.jobs.job(VIEWER, "count").standing.state == "failed"


def test_jobs_that_do_not_run_ring_once_and_are_cleared_when_they_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(every_s=5)
    house.jobs.register([counted.job.info])
    run_once(house, counted.job, 0, "desk:1")

    def ringing() -> list[str]:
        tell_overdue(house.jobs.overdue(), house.alarms, house.clock)
        page = house.alarms.events(VIEWER, EventQuery(service="jobs", state="active"))
        return [event.cause for event in page.events]

    began_ms = real_now_ms()
    assert ringing() == []
    monkeypatch.setattr(service, "real_now_ms", lambda: began_ms + 16_000)
    told = ["No process runs the jobs: Counting overdue"]
    assert ringing() == told
    assert ringing() == told
    monkeypatch.undo()
    run_once(house, counted.job, 1, "desk:1")
    assert ringing() == []


def test_open_pages_of_another_process_hear_of_it(house: House) -> None:
    beside, heard = Bus(), []
    beside.subscribe("job", heard.append)
    web = Jobs(house.database, beside)
    counted = Counted()
    house.jobs.register([counted.job.info])
    web.tell_news()
    assert heard == []
    run_once(house, counted.job, 0, "desk:1")
    assert web.tell_news() == 1
    assert heard == [{"jobs": ["count"]}]
    assert web.tell_news() == 0


def test_a_job_never_runs_beside_itself_in_one_process(house: House) -> None:
    gate, inside, most = threading.Event(), [0], [0]

    def slow(_: House) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        gate.wait(20)
        inside[0] -= 1

    scheduler = Scheduler(house, (Job("slow", 0.5, slow, "wait"),))
    scheduler.start()
    try:
        wait_until(lambda: inside[0] == 1)
        with house.database.write() as c:
            now_ms = real_now_ms()
            store.insert_asked(c, Asked("slow", now_ms | 1, now_ms, "mia"))
        wait_until(lambda: ("slow", now_ms | 1) in scheduler._taken)
    finally:
        gate.set()
        scheduler.stop()
    assert most == [1]


def test_every_job_says_what_it_is_in_words(house: House) -> None:
    house.jobs.register([job.info for job in JOBS])
    listed = house.jobs.all(VIEWER)
    assert [now.info.name for now in listed] == [job.name for job in JOBS]
    assert all(now.info.title and now.info.meaning for now in listed)
    house.jobs.register([JOBS[0].info])
    assert [now.info.name for now in house.jobs.all(VIEWER)] == [JOBS[0].name]
